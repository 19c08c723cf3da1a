"""Spark's Python daemon of a machine, with the engine imported before it forks: its workers share what takes seconds to import.

A session asks for it by `spark.python.daemon.module` (see session.py). It must be importable where Spark starts Python, which
Glue promises for nothing of ours: there Spark's own daemon runs, and each worker imports for itself.
"""

from __future__ import annotations

import gc
import importlib
import sys
from contextlib import redirect_stdout

from pyspark import daemon

from glue_etl.engine.audit.importing import import_expectations

_OF_EVERY_TASK = ("glue_etl.spark.work", "glue_etl.engine.audit", "glue_etl.engine.csv", "glue_etl.engine.json")


def preload() -> None:
    """Imports, and keeps the garbage collector from going over what stays: that also lets the workers share the memory."""
    with redirect_stdout(sys.stderr):  # Spark reads the daemon's port from the first bytes of its output
        import_expectations()
        for name in _OF_EVERY_TASK:
            importlib.import_module(name)
    gc.freeze()


if __name__ == "__main__":
    preload()
    daemon.manager()
