"""Where PySpark is installed, and which version, without importing it: that takes a process a tenth of a second."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


def _installed() -> Path:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pyspark is not installed: run `make setup`", name="pyspark")
    return Path(found.origin).parent


SPARK_HOME = _installed()


def spark_version() -> str:
    return version("pyspark")
