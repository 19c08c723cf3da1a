"""A pull of a database whose process dies again and again, at any of its calls: every row is landed, and none twice."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest

from local.cloud import LocalCloud
from tests.local.cloud_builders import fresh
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
ROWS = 20_000
KILLS = 5
MINUTES_BETWEEN = 60


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(state_dir=tmp_path_factory.mktemp("cloud"), only="lambda") as running:
        yield running


class Pulling:
    """A source of one stream, and what it takes to pull it in other processes."""

    def __init__(self, cloud: LocalCloud, postgres: PostgresServer, stream: dict[str, Any]) -> None:
        self.cloud, self.bucket, name = cloud, fresh("raw"), fresh("shop")
        declared = {
            "kind": "database", "dialect": "postgresql", "host": postgres.host, "port": postgres.port, "tls": "disable",
            "database": postgres.database, "secret": name, "chunk_mb": 0.2, "streams": {"orders": stream},
        }  # fmt: skip
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        bundle = json.dumps({"sources": {"shop": declared}}).encode()
        cloud.client("s3").put_object(Bucket=self.bucket, Key="sources.json", Body=bundle)
        secret = json.dumps({"username": postgres.user, "password": postgres.password})
        cloud.client("secretsmanager").create_secret(Name=name, SecretString=secret)
        keys = {"source": "HASH", "part": "RANGE"}
        cloud.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.environment = {
            **os.environ, "AWS_ENDPOINT_URL": cloud.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1", "ENVIRONMENT": "test", "RAW_BUCKET": self.bucket,
            "QUARANTINE_BUCKET": self.bucket, "SOURCES_TABLE": name, "SOURCE": "shop",
            "NOTICES_TOPIC_ARN": cloud.client("sns").create_topic(Name=name)["TopicArn"],
            "SOURCES_URI": f"s3://{self.bucket}/sources.json", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.minutes = 0

    def invoke(self, kill_at: int = 0, when: str = "before") -> dict[str, Any] | None:
        """One invocation, an hour after the last: its answer, None where it was killed."""
        self.minutes += MINUTES_BETWEEN
        command = [sys.executable, "-m", "tests.sources.pull_victim", str(kill_at), when, str(self.minutes)]
        answer = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if answer.returncode == -9:
            return None
        assert answer.returncode == 0, answer.stderr
        return dict(json.loads(answer.stdout.splitlines()[-1])["streams"]["orders"])

    def landed(self) -> list[list[dict[str, Any]]]:
        """The rows of every landed file."""
        s3 = self.cloud.client("s3")
        listed = s3.list_objects_v2(Bucket=self.bucket, Prefix="data/incoming/shop/")["Contents"]
        bodies = [s3.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read() for entry in listed]
        return [list(fastavro.reader(io.BytesIO(body))) for body in bodies]


STREAMS: dict[str, dict[str, Any]] = {
    "cursor and primary key": {"cursor": {"field": "updated_at"}},
    "primary key alone": {},
    "cursor alone": {"cursor": {"field": "updated_at"}, "query": "select id, updated_at, note from {table}"},
}


@pytest.mark.parametrize("kind", STREAMS)
def test_killed_at_any_call_and_begun_again_it_lands_every_row_once(
    cloud: LocalCloud, postgres: PostgresServer, schema: str, kind: str
) -> None:
    postgres.run(
        f"""create table {schema}.orders as select n as id, timestamptz '2024-01-01Z' + n / 7 * interval '1 second' as updated_at,
            md5(n::text) || md5((n + 1)::text) as note from generate_series(1, {ROWS}) as n""",
        f"alter table {schema}.orders add primary key (id)",
    )
    stream = {
        key: value.format(table=f"{schema}.orders") if key == "query" else value for key, value in STREAMS[kind].items()
    }
    pulling = Pulling(cloud, postgres, stream if "query" in stream else {**stream, "table": f"{schema}.orders"})
    chance = random.Random(kind)
    killed = 0
    for _ in range(KILLS):
        answer = pulling.invoke(chance.randint(1, 5), chance.choice(["before", "after"]))
        killed += answer is None
        assert answer is None or answer["state"] == "DONE", answer
        if answer:
            break
    assert killed >= 2
    answer = answer or pulling.invoke()
    assert answer and answer["state"] == "DONE", answer
    files = pulling.landed()
    assert len(files) > 3
    assert Counter(row["id"] for rows in files for row in rows) == Counter(range(1, ROWS + 1))
    if "cursor" in stream:
        _and_what_comes_later_is_landed_once_too(pulling, postgres, schema)


def _and_what_comes_later_is_landed_once_too(pulling: Pulling, postgres: PostgresServer, schema: str) -> None:
    """Rows at the very value that the cursor stands at, and behind it."""
    postgres.run(
        f"insert into {schema}.orders select {ROWS} + n, latest + n / 3 * interval '1 second', '' "
        f"from generate_series(1, 10) as n, (select max(updated_at) as latest from {schema}.orders) as t"
    )
    answer = pulling.invoke()
    assert answer and (answer["state"], answer["rows"]) == ("DONE", 10), answer
    assert Counter(row["id"] for rows in pulling.landed() for row in rows) == Counter(range(1, ROWS + 11))
