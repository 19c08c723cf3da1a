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
    finder, collecting = _Lazily(), gc.isenabled()
    sys.meta_path.insert(0, finder)
    gc.disable()  # it would go over new objects, again and again, that nearly all stay
    try:
        importlib.import_module("great_expectations.expectations.core")
    finally:
        sys.meta_path.remove(finder)
        if collecting:
            gc.enable()
