"""Which of Spark's Java classes a run needs: a job's tasks, for class_archive, in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pyspark import SparkContext
from pyspark.sql import SparkSession

from glue_etl.spark.session import configure
from local import jars
from local.class_archive import QUIET
from local.glue_runtime.configuration import WorkerSetup, spark_defaults, write
from local.java import java_home


def train(base: Path, target: Path, folder: Path) -> None:
    """Run what a job asks of Spark, tasks in Python, in a JVM that writes down at its end which classes it had."""
    recording = (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={target}", *QUIET)
    folder = folder / "training"
    setup = WorkerSetup("http://127.0.0.1", "us-east-1", java_home(), tuple(jars.ensure()), java_options=recording)
    os.environ.update(write(folder, spark_defaults(setup, folder)))
    os.environ.update(JAVA_HOME=str(setup.java_home), PYSPARK_PYTHON=sys.executable)
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=str(folder / "spark"))
    spark = configure(SparkSession.builder.appName("training").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    spark.sparkContext.parallelize(range(4), 4).map(str).collect()
    java = SparkContext._gateway.proc  # type: ignore[union-attr]
    spark.stop()
    java.stdin.close()
    java.wait()


if __name__ == "__main__":
    train(*map(Path, sys.argv[1:]))
