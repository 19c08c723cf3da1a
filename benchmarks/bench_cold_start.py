"""Cold start of the dispatch function (a new process, its imports, and its first event) on the running local cloud,
against the smallest function that could do anything: boto3 and one HeadObject of the same file.

Every invocation is made cold by a change of the function's environment. The figures are medians, the two are measured
in turn. Run it with `make bench`, or `python -m benchmarks.bench_cold_start`.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from glue_etl.sample_data.known import TEST_CSV
from local.cloud import LocalCloud
from local.deploy import LOCAL_CHOICES, deploy
from shipping.build import build

SMALLEST = """
import boto3
def handler(event, context):
    place = event["Records"][0]["s3"]
    boto3.client("s3").head_object(Bucket=place["bucket"]["name"], Key=place["object"]["key"])
"""
LIMIT_SECONDS = 1.0


def main() -> None:
    """Measure and print both and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_cold_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each, after one that is not counted")
    runs = parser.parse_args().runs
    ours, smallest = [], []
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "dist")
        with LocalCloud(state_dir=Path(folder) / "cloud", only="lambda") as cloud:
            # Nothing executes the runs that are started, so none of them ends.
            choices = {**LOCAL_CHOICES, "glue_max_concurrent_runs": runs + 1}
            stack = deploy(cloud.client, dist=Path(folder) / "dist", choices=choices)
            _stop_polling(cloud)
            dispatch = next(function for function in stack.functions if function.name.endswith("-dispatch"))
            _deploy_smallest(cloud, dispatch.role_arn)
            for number in range(runs + 1):
                record = _drop(cloud, stack.raw_bucket, f"{stack.incoming_prefix}2026/01/01/{number}/test.csv")
                message = {"messageId": str(number), "receiptHandle": "-", "body": json.dumps({"Records": [record]})}
                smallest.append(_cold_seconds(cloud, "smallest", {}, {"Records": [record]}))
                ours.append(_cold_seconds(cloud, dispatch.name, dict(dispatch.environment), {"Records": [message]}))
    own, peer = statistics.median(ours[1:]), statistics.median(smallest[1:])
    console = Console()
    console.print(
        f"dispatch: {own:.2f} s cold, first event included (our limit: {LIMIT_SECONDS} s); smallest: {peer:.2f} s"
    )
    console.print(
        f"cold start of dispatch / of the smallest function: {own / peer:.2f} (medians of {runs}; lower is better)"
    )


def _stop_polling(cloud: LocalCloud) -> None:
    client = cloud.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _deploy_smallest(cloud: LocalCloud, role: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("smallest.py", SMALLEST)
    cloud.client("lambda").create_function(
        FunctionName="smallest", Runtime="python3.11", Role=role, Handler="smallest.handler",
        Code={"ZipFile": packed.getvalue()}, MemorySize=512, Timeout=30,
    )  # fmt: skip


def _drop(cloud: LocalCloud, bucket: str, key: str) -> dict[str, Any]:
    """The S3 event of a new file."""
    version = cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=TEST_CSV.encode())["VersionId"]
    place = {"key": quote(key), "versionId": version, "size": len(TEST_CSV)}
    return {
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-01T00:00:00.000Z",
        "s3": {"bucket": {"name": bucket}, "object": place},
    }  # fmt: skip


def _cold_seconds(cloud: LocalCloud, name: str, environment: dict[str, str], event: dict[str, Any]) -> float:
    client = cloud.client("lambda")
    variables = {**environment, "COLD": str(time.monotonic_ns())}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    started = time.monotonic()
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
    seconds = time.monotonic() - started
    told = json.loads(answer["Payload"].read() or "null")
    if "FunctionError" in answer or (told or {}).get("batchItemFailures"):
        raise SystemExit(f"{name} failed: {told}")
    return seconds


if __name__ == "__main__":
    main()
