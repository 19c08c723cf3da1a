"""Which of Spark's Java classes a job needs: a local Spark as the local cloud's workers have it, for class_archive."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark import SparkContext

from local import jars
from local.class_archive import QUIET
from local.glue_runtime.configuration import WorkerSetup, spark_defaults, write
from local.java import java_home


def train(base: Path, target: Path, folder: Path) -> None:
    """Run a job's tasks in a JVM that writes down at its end which classes it had."""
    recording = (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={target}", *QUIET)
    _run_tasks(folder / "training", recording)
    java = SparkContext._gateway.proc  # type: ignore[union-attr]
    java.stdin.close()
    java.wait()


def _run_tasks(folder: Path, java_options: tuple[str, ...]) -> None:
    """Run what a job asks of Spark: tasks in Python. `folder` holds all that is written."""
    with _spark(folder, java_options) as spark:
        spark.sparkContext.parallelize(range(4), 4).map(str).collect()


@contextmanager
def _spark(folder: Path, java_options: tuple[str, ...]) -> Iterator[Any]:
    """A session of this process alone, set up as the local cloud's workers are; it has no cloud to speak to."""
    cloud = WorkerSetup("http://127.0.0.1", "us-east-1", java_home(), tuple(jars.ensure()), java_options=java_options)
    os.environ.update(write(folder, spark_defaults(cloud, folder)))
    os.environ.update(JAVA_HOME=str(cloud.java_home), GX_ANALYTICS_ENABLED="false")
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=str(folder / "spark"), PYSPARK_PYTHON=sys.executable)
    from pyspark.sql import SparkSession

    from glue_etl.spark.session import configure

    spark = configure(SparkSession.builder.appName("training").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()


if __name__ == "__main__":
    train(*map(Path, sys.argv[1:]))
