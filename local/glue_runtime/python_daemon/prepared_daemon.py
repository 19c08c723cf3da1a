"""Spark's Python daemon of a waiting worker, with what a task's first seconds go to imported before it forks.

Found by its folder on PYTHONPATH, which has nothing else of ours: what runs is what was deployed. So Great Expectations
is imported by the product's own way of importing it, read as a file, and none of the product's modules stays behind.
"""

from __future__ import annotations

import gc
import importlib
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path

from pyspark import daemon

_IMPORTING = Path(__file__).resolve().parents[3] / "glue_etl" / "engine" / "audit" / "importing.py"
_LIBRARIES = ("pyarrow.parquet", "pyarrow.orc", "pyarrow.json", "duckdb", "fastavro", "boto3.s3.transfer")


def prepare() -> None:
    """Imports, and keeps the garbage collector from going over what stays: that also lets the forks share the memory."""
    with redirect_stdout(sys.stderr):  # Spark reads the daemon's port from the first bytes of its output
        runpy.run_path(str(_IMPORTING))["import_expectations"]()
        for name in _LIBRARIES:
            importlib.import_module(name)
    gc.freeze()


if __name__ == "__main__":
    prepare()
    daemon.manager()
