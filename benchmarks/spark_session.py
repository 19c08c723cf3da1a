"""The Spark session of both sides of bench_ingest: two cores, Spark's own defaults where a side asks for nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.java import java_home


def open_session(jars: str = "", settings: Mapping[str, Any] | None = None) -> Any:
    """A new session. `jars`: what it needs besides, as Spark's setting has it. `settings`: what a side sets itself."""
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(java_home())
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.showConsoleProgress", "false")
    builder = builder.config(map=dict(settings or {}))
    session = (builder.config("spark.jars", jars) if jars else builder).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
