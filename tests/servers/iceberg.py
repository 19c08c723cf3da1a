"""Iceberg's own reader for Spark, for tests of the tables that we commit to: pinned, fetched once, kept in .cache/iceberg."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from local import jars

FOLDER = jars.FOLDER.parent / "iceberg"
RUNTIME = jars.Jar(
    "org.apache.iceberg",
    "iceberg-spark-runtime-3.5_2.12",
    "1.10.1",
    "39ea09e6c03550a300b9d9ab498949836d2d434e441da4c12a943a086e396940",
)
"""Glue 5.1 has Iceberg 1.10."""


def ensure(tell: Callable[[str], None] = lambda line: None) -> Path:
    """The runtime's path. Raises JarsUnavailable or JavaMissing."""
    (path,) = jars.ensure(FOLDER, tell, (RUNTIME,), ())
    return path


if __name__ == "__main__":
    sys.exit(jars.report("iceberg", lambda tell: [ensure(tell)]))
