"""The collect function's real code on moto in this process, with calls that fail, take effect unheard, or kill it."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from glue_etl.aws.sources.collected import CollectedObjects, Positions
from glue_etl.aws.sources.schemas import Schemas
from glue_etl.core.collecting.declarations import parse_collected
from glue_etl.core.collecting.payloads import NoSchema
from glue_etl.core.sources.settings import SourceSettings
from glue_etl.steps.sources.collect import CollectServices

DECLARED: dict[str, dict[str, Any]] = {
    "kinesis": {"kind": "kinesis", "stream": "orders"},
    "kafka": {"kind": "kafka", "bootstrap_servers": ["broker:9092"], "topics": ["orders"]},
    "sqs": {"kind": "sqs", "queue": "orders"},
}
START = datetime(2024, 3, 5, 23, 59, tzinfo=UTC)


class Killed(BaseException):
    """The function's process ends here."""


@dataclass
class Fault:
    """What happens at the `at`-th call: "refused", "unheard" (it took effect), "killed", "killed after", or a callable."""

    at: int
    what: str | Callable[[], None]
    calls: int = 0

    def around(self, operation: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        self.calls += 1
        if self.calls != self.at:
            return operation(**arguments)
        if callable(self.what):
            self.what()
            return operation(**arguments)
        if self.what in ("unheard", "killed after"):
            operation(**arguments)
        raise Killed if self.what.startswith("killed") else EndpointConnectionError(endpoint_url="https://moto")


@dataclass
class FaultyClient:
    """A boto3 client all of whose calls go through a fault."""

    client: Any
    fault: Fault

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self.client, name)

        def faulty(**arguments: Any) -> Any:
            return self.fault.around(operation, arguments)

        return faulty


def _silent(message: str, /, **fields: Any) -> None:
    return None


@dataclass
class World:
    """Buckets and a table of their own; `clock` stands still unless it is moved."""

    kind: str
    s3: Any
    dynamodb: Any
    declared: dict[str, Any] = field(default_factory=dict)
    clock: datetime = START
    name: str = field(default_factory=lambda: f"w{uuid.uuid4().hex}")
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        for bucket in (f"{self.name}-raw", f"{self.name}-quarantine"):
            self.s3.create_bucket(Bucket=bucket)
        keys = [("source", "HASH"), ("part", "RANGE")]
        self.dynamodb.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def services(self, fault: Fault | None = None) -> CollectServices:
        """Those of one invocation."""
        fault = fault or Fault(0, "refused")
        s3: Any = FaultyClient(self.s3, fault)
        dynamodb: Any = FaultyClient(self.dynamodb, fault)
        settings = SourceSettings(
            environment="test", raw_bucket=f"{self.name}-raw", quarantine_bucket=f"{self.name}-quarantine",
            notices_topic_arn="arn:topic", sources_uri="s3://artifacts/sources.json", sources_table=self.name,
            source="orders",
        )  # fmt: skip
        return CollectServices(
            settings=settings,
            source=parse_collected("orders", {**DECLARED[self.kind], **self.declared}, "sources/orders.yaml"),
            objects=CollectedObjects(s3),
            positions=Positions(dynamodb, self.name, "orders", lambda: self.clock),
            schema_of=Schemas(lambda schema_id: NoSchema("none here")),
            now=lambda: self.clock,
            new_id=lambda: f"id{next(self.numbers)}",
            each=lambda function, items: [function(item) for item in items],
            log=_silent,
        )

    def later(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    def objects(self, bucket: str) -> dict[str, list[Any]]:
        """Every object's lines, by its key."""
        found = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=f"{self.name}-{bucket}"):
            for entry in page.get("Contents", []):
                body = self.s3.get_object(Bucket=f"{self.name}-{bucket}", Key=entry["Key"])["Body"].read()
                found[entry["Key"]] = [json.loads(line) for line in gzip.decompress(body).splitlines()]
        return found

    def landed(self) -> Counter[int]:
        """How often each row's `n` is in the raw bucket."""
        return Counter(row["n"] for rows in self.objects("raw").values() for row in rows)

    def poisoned(self) -> Counter[int]:
        """How often each poison's number is in the quarantine bucket."""
        rows = [row for rows in self.objects("quarantine").values() for row in rows]
        return Counter(int(base64.b64decode(row["bytes"]).removeprefix(b"poison ")) for row in rows)


@dataclass(frozen=True)
class Cloud:
    """moto's clients. A world in it is alone, since its names are."""

    s3: Any
    dynamodb: Any

    def world(self, kind: str, **declared: Any) -> World:
        return World(kind, self.s3, self.dynamodb, declared)


@contextmanager
def moto_cloud() -> Iterator[Cloud]:
    with mock_aws():
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        yield Cloud(session.client("s3"), session.client("dynamodb"))


def payload(number: int, poison: bool) -> bytes:
    return b"poison %d" % number if poison else json.dumps({"n": number}).encode()


def kinesis_event(shard: str, numbers: Iterable[int], poison: set[int]) -> dict[str, Any]:
    """Records whose sequence numbers leave gaps, as Kinesis's do."""
    return {
        "Records": [
            {
                "eventID": f"{shard}:{10**50 + 7 * number}",
                "kinesis": {
                    "sequenceNumber": str(10**50 + 7 * number),
                    "partitionKey": "key",
                    "approximateArrivalTimestamp": START.timestamp() + number,
                    "data": base64.b64encode(payload(number, number in poison)).decode(),
                },
            }
            for number in numbers
        ]
    }


def kafka_event(partitions: dict[int, Iterable[int]], poison: set[int]) -> dict[str, Any]:
    """Record n of partition p has the number 1000 * p + n."""
    return {
        "records": {
            f"orders-{partition}": [
                {
                    "topic": "orders",
                    "partition": partition,
                    "offset": number,
                    "timestamp": int(START.timestamp() * 1000) + number,
                    "value": base64.b64encode(
                        payload(1000 * partition + number, 1000 * partition + number in poison)
                    ).decode(),
                    "headers": [],
                }
                for number in numbers
            ]
            for partition, numbers in partitions.items()
        }
    }


def sqs_event(numbers: Iterable[int], poison: set[int]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "body": payload(number, number in poison).decode(),
                "attributes": {"SentTimestamp": str(int(START.timestamp() * 1000) + number)},
            }
            for number in numbers
        ]
    }
