"""Great Expectations, imported at less processor time: what an audit hardly ever needs is loaded when it is first used.

Each Python process of a run imports it once; that is a good part of a small run.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

_SELDOM = ("scipy.stats", "altair")
"""Distributions (for two expectations) and charts (for none)."""
_NEVER = ("sqlalchemy", "pyspark.ml", "boto3")
"""Engines that Great Expectations offers where it finds these; an audit's figures are DuckDB's. Glue has no SQLAlchemy at all."""


class _Hidden(MetaPathFinder):
    """Says of modules that they are not installed. Those that are imported already stay as they are."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in _NEVER:
            raise ModuleNotFoundError(
                f"{fullname} is not looked for while Great Expectations is imported", name=fullname
            )
        return None


class _Lazily(MetaPathFinder):
    """Finds modules that are executed when something of theirs is first asked for."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in _SELDOM else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


def import_expectations() -> None:
    """Registers every expectation and metric."""
    if "great_expectations.expectations.core" in sys.modules:
        return
    finders, collecting = [_Hidden(), _Lazily()], gc.isenabled()
    sys.meta_path[:0] = finders
    gc.disable()  # it would go over new objects, again and again, that nearly all stay
    try:
        importlib.import_module("great_expectations.expectations.core")
    finally:
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in finders]
        if collecting:
            gc.enable()
