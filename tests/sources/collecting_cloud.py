"""The collect function, from its zip, on the local cloud: its AWS calls fail and its process dies, by a fixed pattern.

The pattern counts the calls of all the function's processes together: some never reach AWS, some take effect but are not
heard of, at some the process is killed, before or after they take effect.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from shipping.build import build
from tests.local.cloud_builders import fresh, role

FAULTY = """
import os, signal
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

_call = BaseClient._make_api_call
_WRITES = ("PutObject", "PutItem", "GetItem", "HeadObject")

def _count():
    handle = os.open(os.environ["CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, b".")
        return os.fstat(handle).st_size
    finally:
        os.close(handle)

def _faulty(self, operation, arguments):
    if operation not in _WRITES or "CALLS" not in os.environ or arguments.get("Bucket") == os.environ.get("ARTIFACTS"):
        return _call(self, operation, arguments)
    number = _count()
    every = int(os.environ["EVERY"])
    if number % every == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number % every == 5:
        raise EndpointConnectionError(endpoint_url="refused")
    answer = _call(self, operation, arguments)
    if number % every == 7:
        raise EndpointConnectionError(endpoint_url="unheard")
    if number % every == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

BaseClient._make_api_call = _faulty

from lambdas.collect.handler import lambda_handler
"""


@dataclass
class Collecting:
    """One source, deployed. `n` of a row, or of a poison `poison <n>`, tells which record it was."""

    cloud: LocalCloud
    package: bytes
    folder: Path
    declared: dict[str, Any]
    every: int = 0
    timeout: int = 30
    name: str = field(default_factory=lambda: fresh("collected"))

    def __post_init__(self) -> None:
        s3 = self.cloud.client("s3")
        for bucket in ("raw", "quarantine", "artifacts"):
            s3.create_bucket(Bucket=f"{self.name}-{bucket}")
        bundle = {"sources": {"orders": self.declared}}
        s3.put_object(Bucket=f"{self.name}-artifacts", Key="sources.json", Body=json.dumps(bundle).encode())
        keys = [("source", "HASH"), ("part", "RANGE")]
        self.cloud.client("dynamodb").create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    @cached_property
    def function(self) -> str:
        faults = {"CALLS": str(self.folder / self.name), "EVERY": str(self.every)} if self.every else {}
        self.cloud.client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=role(self.cloud),
            Handler="faulty.lambda_handler",
            Code={"ZipFile": self.package},
            Timeout=self.timeout,
            MemorySize=512,
            Environment={
                "Variables": {
                    "ENVIRONMENT": "test", "RAW_BUCKET": f"{self.name}-raw", "QUARANTINE_BUCKET": f"{self.name}-quarantine",
                    "NOTICES_TOPIC_ARN": "none", "SOURCES_URI": f"s3://{self.name}-artifacts/sources.json", "SOURCE": "orders",
                    "SOURCES_TABLE": self.name, "ARTIFACTS": f"{self.name}-artifacts", "POWERTOOLS_LOG_LEVEL": "WARNING",
                    "POWERTOOLS_METRICS_NAMESPACE": "test", "POWERTOOLS_SERVICE_NAME": "collect", **faults,
                }
            },
        )  # fmt: skip
        return self.name

    def objects(self, bucket: str) -> dict[str, list[Any]]:
        """Every object's lines, by its key."""
        client, name = self.cloud.client("s3"), f"{self.name}-{bucket}"
        found = {}
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
            for entry in page.get("Contents", []):
                body = client.get_object(Bucket=name, Key=entry["Key"])["Body"].read()
                found[entry["Key"]] = [json.loads(line) for line in gzip.decompress(body).splitlines()]
        return found

    def count(self, bucket: str) -> int:
        """How many records the objects of a bucket say that they hold: cheaper than reading them."""
        client, name = self.cloud.client("s3"), f"{self.name}-{bucket}"
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=name)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return sum(int(client.head_object(Bucket=name, Key=key)["Metadata"]["records"]) for key in keys)

    def await_records(self, total: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (there := self.count("raw") + self.count("quarantine")) < total:
            assert time.monotonic() < deadline, f"{there} of {total} records have landed"
            time.sleep(1)

    def check(self, everything: set[int], poison: set[int]) -> int:
        """Each record is exactly once where it belongs; how many files of rows there are."""
        raw, quarantine = self.objects("raw"), self.objects("quarantine")
        rows = Counter(row["n"] for lines in raw.values() for row in lines)
        set_aside = Counter(
            int(base64.b64decode(row["bytes"]).removeprefix(b"poison "))
            for lines in quarantine.values()
            for row in lines
        )
        assert rows == Counter(everything - poison)
        assert set_aside == Counter(poison)
        return len(raw)

    def faults(self) -> int:
        """How often a call failed or a process died so far."""
        calls = (self.folder / self.name).stat().st_size
        return sum(number % self.every in (3, 5, 7, 10) for number in range(1, calls + 1))


def body(number: int, poison: set[int]) -> bytes:
    return b"poison %d" % number if number in poison else b'{"n":%d,"text":"order number %d"}' % (number, number)


@contextmanager
def collect_package(folder: Path) -> Iterator[bytes]:
    """collect.zip as it is deployed, with the faults added beside it."""
    build(folder / "dist")
    package = folder / "faulty.zip"
    package.write_bytes((folder / "dist" / "collect.zip").read_bytes())
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("faulty.py", FAULTY)
    yield package.read_bytes()
