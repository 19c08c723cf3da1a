"""The peer of bench_ingest, in a process of its own: plain PySpark with its own default settings reads files and writes them as
snappy Parquet, partitioned by day. Two cores, the schema is given; nothing is detected, counted or judged.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.ingest_inputs import SPARK_SCHEMA
from benchmarks.process_cpu import cpu_seconds
from benchmarks.spark_session import open_session


def main() -> None:
    """Prints as JSON the seconds of the session's start and of the work, and the processor time of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=("csv", "json", "parquet", "orc", "avro"))
    parser.add_argument("source", help="a file, or a folder of files")
    parser.add_argument("target", help="the folder to write")
    parser.add_argument("--jar", default="", help="what Spark needs besides to read Avro")
    chosen = parser.parse_args()
    began = time.monotonic()
    spark = open_session(chosen.jar)
    opened, session_cpu = time.monotonic(), cpu_seconds()
    write(read(spark, chosen.format, chosen.source), chosen.target)
    told = {"session": opened - began, "work": time.monotonic() - opened}
    print(json.dumps(told | {"session_cpu": session_cpu, "cpu": cpu_seconds()}))
    spark.stop()


def read(spark: Any, form: str, source: str) -> Any:
    """CSV and JSON by the given schema; the others have their own."""
    reader = spark.read.format(form)
    if form in ("csv", "json"):
        reader = reader.schema(SPARK_SCHEMA)
    return (reader.option("header", True) if form == "csv" else reader).load(str(Path(source)))


def write(frame: Any, target: str) -> None:
    from pyspark.sql import functions as F

    for name, value in (("year", "2024"), ("month", "01"), ("day", "31")):
        frame = frame.withColumn(name, F.lit(value))
    frame.write.partitionBy("year", "month", "day").mode("overwrite").parquet(target)


if __name__ == "__main__":
    main()
