"""The pull step's real code between a real HTTP server and moto in this process, on virtual time."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from glue_etl.aws.notices import Notices
from glue_etl.aws.sources.pulled import Landing, PullStates
from glue_etl.core.operating.sources import parse_source
from glue_etl.core.pulling.reports import PullReport
from glue_etl.core.sources.settings import SourceSettings
from glue_etl.extract.extraction import Extraction, Invocation
from glue_etl.steps.sources.ports import PullServices
from glue_etl.steps.sources.pull import pull
from tests.faults.simulator.direct_clients import (
    ACCOUNT,
    REGION,
    DirectDynamoDB,
    DirectS3,
    DirectSNS,
    _attributes,
    failure,
)
from tests.servers.api import TOKEN, Api, Dataset
from tests.servers.http import HttpServer

RAW, TABLE = "sim-raw", "sim-sources"
START = datetime(2026, 3, 5, 23, 50, tzinfo=UTC)
LIFETIME = 900.0
SECRETS = {"api": {"token": TOKEN}}


class S3(DirectS3):
    """With conditional creation and metadata."""

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str = "", **more: Any) -> dict[str, Any]:
        if more.get("IfNoneMatch") and self._backend.get_object(Bucket, Key) is not None:
            raise failure("PreconditionFailed", "PutObject")
        self._backend.put_object(Bucket, Key, Body).set_metadata(more.get("Metadata", {}))
        return {}

    def head_object(self, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:
        if self._backend.get_object(Bucket, Key) is None:
            raise failure("404", "HeadObject")
        return {"Metadata": dict(self._backend.get_object(Bucket, Key).metadata)}


class DynamoDB(DirectDynamoDB):
    """With a query by hash key alone."""

    def query(self, TableName: str, ExpressionAttributeValues: dict[str, Any], **_: Any) -> dict[str, Any]:  # type: ignore[override]
        source = ExpressionAttributeValues[":source"]["S"]
        found = [item for group in self._backend.get_table(TableName).items.values() for item in group.values()]
        return {"Items": [_attributes(item) for item in found if item.attrs["source"].value == source]}


class Clouds:
    """A bucket, a table and a topic, emptied for each world."""

    def __init__(self) -> None:
        boto3.client("s3").create_bucket(Bucket=RAW)
        make_table: Any = boto3.client("dynamodb").create_table
        keys = [("source", "HASH"), ("part", "RANGE")]
        make_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.topic = boto3.client("sns").create_topic(Name="sim-notices")["TopicArn"]
        self.clients: dict[str, Any] = {"s3": S3(), "dynamodb": DynamoDB(), "sns": DirectSNS()}

    def empty(self) -> None:
        s3_backends[ACCOUNT]["aws"].buckets[RAW].keys.clear()
        dynamodb_backends[ACCOUNT][REGION].get_table(TABLE).items.clear()
        sns_backends[ACCOUNT][REGION].topics[self.topic].sent_notifications.clear()

    def notices(self) -> list[tuple[str, str]]:
        topic = sns_backends[ACCOUNT][REGION].topics[self.topic]
        return [(subject or "", body) for _, body, subject, *_ in topic.sent_notifications]


@contextmanager
def clouds() -> Iterator[Clouds]:
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}
    with patch.dict(os.environ, credentials), mock_aws():
        yield Clouds()


class World:
    """One source with its cloud. `now` moves when something waits, or is told to."""

    def __init__(self, cloud: Clouds, declared: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]]) -> None:
        cloud.empty()
        self.cloud = cloud
        self.source = parse_source("shop", declared, "sources/shop.yaml")
        self.secrets = secrets
        self.now = START
        self.waited: list[float] = []
        self.lines: list[str] = []
        self._ids = 0

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.later(seconds)

    def pull(self, action: str = "pull", lifetime: float = LIFETIME, **event: Any) -> PullReport:
        """One invocation, with nothing in its way."""
        return self.invoke({"action": action, **event}, lifetime, self.cloud.clients.__getitem__)

    def invoke(
        self,
        event: Mapping[str, Any],
        lifetime: float,
        client_of: Callable[[str], Any],
        switch: Callable[[], None] = lambda: None,
    ) -> PullReport:
        """One invocation on the clients that `client_of` gives; `switch` is called where others may come in between."""
        deadline = self.now + timedelta(seconds=lifetime)

        def remaining() -> float:
            switch()
            return (deadline - self.now).total_seconds()

        invocation = Invocation(self.read_secret, remaining, self.wait, lambda: self.now.timestamp(), self.log)
        with closing(Extraction(self.source, invocation)) as extraction:
            return pull(self._services(extraction, remaining, client_of), event)

    def read_secret(self, name: str) -> Mapping[str, str]:
        return self.secrets[name]

    def landed(self, below: str = "data/incoming/shop/") -> dict[str, list[dict[str, Any]]]:
        """Rows by key."""
        keys = s3_backends[ACCOUNT]["aws"].buckets[RAW].keys
        return {name: rows_of(keys[name].value) for name in sorted(keys) if name.startswith(below)}

    def rows(self) -> list[dict[str, Any]]:
        return [row for rows in self.landed().values() for row in rows]

    def stored(self) -> str:
        """All that is stored anywhere, as one text: to look for what must not be in it."""
        keys = s3_backends[ACCOUNT]["aws"].buckets[RAW].keys
        bodies = [keys[name].value for name in keys]
        texts = [gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies]
        items = [str(state) for state in self.states()]
        return "\n".join([*(text.decode() for text in texts), *items, *self.lines, str(self.cloud.notices()), *keys])

    def states(self) -> list[Any]:
        return PullStates(self.cloud.clients["dynamodb"], TABLE).of("shop")

    def log(self, message: str, /, **fields: Any) -> None:
        self.lines.append(f"{message} {fields}")

    def new_id(self) -> str:
        self._ids += 1
        return f"id{self._ids}"

    def _services(
        self, extraction: Extraction, remaining: Callable[[], float], client_of: Callable[[str], Any]
    ) -> PullServices:
        settings = SourceSettings("test", RAW, "sim-quarantine", self.cloud.topic, "s3://a/sources.json", TABLE, "shop")
        return PullServices(
            settings=settings, source=self.source, streams=self.source.streams, extractor=extraction.extractor,
            landing=Landing(client_of("s3"), RAW, pause=lambda seconds: None), states=PullStates(client_of("dynamodb"), TABLE),
            notices=Notices(client_of("sns"), settings.notices_topic_arn), now=lambda: self.now, remaining=remaining,
            new_id=self.new_id, scrub=extraction.scrub,
            log=self.log,
        )  # fmt: skip


def rows_of(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]


def api_of(server: HttpServer, rows: int = 7) -> Api:
    """The server's API from now on, with so many rows, and no request seen."""
    dataset = Dataset(1)
    for _ in range(rows):
        dataset.add()
    api = Api(dataset, url=server.url)
    server.answer = api.answer
    server.requests.clear()
    return api
