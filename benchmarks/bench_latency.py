"""Drop-to-published time of one small file on the running local cloud, against a bare PySpark job on the same file.

The peer is the shortest script that does the reading and writing alone: start Spark, read the CSV, write Parquet, stop.
It reads from the local disk and is started the way `python job.py` is. Both are measured in turn in one run, since
machines are noisy; the figure is the ratio of the medians. Run it with `make bench`, or `python -m benchmarks.bench_latency`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from glue_etl.sample_data.known import TEST_CSV
from local.cloud import LocalCloud
from local.deploy import deploy
from local.java import java_home

BARE_JOB = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.read.csv(sys.argv[1], header=True, inferSchema=True).write.mode("overwrite").parquet(sys.argv[2])
spark.stop()
"""
FINAL = {"PUBLISHED", "QUARANTINED", "REJECTED", "FAILED"}


def bare_seconds(folder: Path) -> float:
    """Wall time of the bare job, from starting Python to its end."""
    source, script = folder / "test.csv", folder / "bare_job.py"
    source.write_text(TEST_CSV)
    script.write_text(BARE_JOB)
    started = time.monotonic()
    command = [sys.executable, str(script), str(source), str(folder / "out")]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "JAVA_HOME": str(java_home())})
    return time.monotonic() - started


def drop_seconds(cloud: LocalCloud, bucket: str, ledger: str, number: int) -> float:
    """Wall time from the upload's answer to the ledger saying PUBLISHED."""
    key = f"data/incoming/2026/01/01/{number:03d}/test.csv"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=TEST_CSV.encode())
    started = time.monotonic()
    while (state := _state(cloud, ledger, f"{bucket}/{key}")) not in FINAL:
        if time.monotonic() - started > 180:
            raise SystemExit(f"{key} is still {state or 'unknown to the ledger'} after 180 s: see .local/logs")
        time.sleep(0.05)
    if state != "PUBLISHED":
        raise SystemExit(f"{key} ended {state}: see .local/logs")
    return time.monotonic() - started


def _state(cloud: LocalCloud, ledger: str, object_key: str) -> str:
    values = {":key": {"S": object_key}}
    found: Any = cloud.client("dynamodb").query(
        TableName=ledger,
        IndexName="by-key",
        KeyConditionExpression="object_key = :key",
        ExpressionAttributeValues=values,
    )["Items"]
    return str(found[0]["state"]["S"]) if found else ""


def main() -> None:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each, after one that is not counted")
    runs = parser.parse_args().runs
    console = Console()
    ours, bare = [], []
    with LocalCloud(state_dir=Path(".local/bench")) as cloud, tempfile.TemporaryDirectory() as folder:
        stack = deploy(cloud.client, dist=Path("dist"))
        for number in range(runs + 1):
            bare.append(bare_seconds(Path(folder)))
            ours.append(drop_seconds(cloud, stack.raw_bucket, stack.ledger.name, number))
            console.print(f"run {number}: bare PySpark {bare[-1]:.2f} s, drop to published {ours[-1]:.2f} s")
            time.sleep(3)  # the spare worker for the next run starts meanwhile: a file rarely follows at once
    ratio = statistics.median(ours[1:]) / statistics.median(bare[1:])
    console.print(
        f"drop to published / bare PySpark job: {ratio:.2f} (medians of {runs}; lower is better, 2.0 is our limit)"
    )


if __name__ == "__main__":
    main()
