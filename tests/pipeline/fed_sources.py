"""The servers of every kind of source, and a pipeline whose sources read them."""

from __future__ import annotations

import gzip
import io
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import fastavro
import yaml
from confluent_kafka import Producer
from pyarrow.parquet import ParquetFile

from glue_etl.cli.source_presets import presets
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from local.cloud import LocalCloud
from shipping.build import ROOT, build
from shipping.contracts import compile_contracts
from shipping.deployment import compile_deployment
from tests.pipeline.running import Running
from tests.planted import secret
from tests.servers import api
from tests.servers.github import Github
from tests.servers.http import HttpServer, http_server
from tests.servers.kafka import USER as KAFKA_USER
from tests.servers.kafka import KafkaServer, kafka
from tests.servers.postgres import PostgresServer, postgres_server

PULLED = ("shop-rest", "shop-graphql", "spark-issues", "shop-database")
COLLECTED = ("clicks", "orders", "tasks")
BROKEN = ("no-secret", "wrong-password", "no-stream")
UNREACHABLE = "no-host"
PAGED, ISSUES, RECORDS, POISON = 23, 150, 300, 3
TABLE_ROWS = 5_000


class World:
    """All servers, and a pipeline whose sources read them."""

    def __init__(self, cloud: LocalCloud, dist: Path, servers: ExitStack) -> None:
        self.cloud = cloud
        self.postgres: PostgresServer = servers.enter_context(postgres_server())
        self.kafka: KafkaServer = servers.enter_context(kafka())
        self.dataset = api.Dataset(7)
        for _ in range(PAGED):
            self.dataset.add()
        self.shop = api.Api(self.dataset)
        self.github = Github("apache/spark", secret("github"))
        self.github.add(ISSUES)
        self.shop.url, self.github.url = (
            servers.enter_context(http_server(one.answer)).url for one in (self.shop, self.github)
        )
        self.closed: HttpServer = HttpServer(self.shop.answer)
        self.closed.close()
        self._fill_table()
        self._plant_secrets()
        build(dist)
        declared = {"sources": self.declared()}
        (dist / "sources.json").write_text(json.dumps(declared))
        (dist / "deployment.json").write_text(json.dumps(compile_deployment(ROOT, compile_contracts(ROOT), declared)))
        self.pipeline = Running(cloud, dist)
        self._notices: list[dict[str, Any]] = []

    def declared(self) -> dict[str, Any]:
        rest = api.declaration("cursor", self.shop.url, key=["id"])
        database = {
            "kind": "database", "dialect": "postgresql", "host": "127.0.0.1", "port": self.postgres.port,
            "database": self.postgres.database, "secret": "shop-db", "tls": "disable",
            "streams": {"payments": {"table": "payments", "cursor": {"field": "paid_at"}}},
        }  # fmt: skip
        issues = {"repository": "apache/spark", "secret": "github", "base_url": f"{self.github.url}/"}
        keep = {"batch": {"records": 10_000, "seconds": 2}, "keep": ["position"]}
        return {
            "shop-rest": rest,
            "shop-graphql": api.declaration("graphql", self.shop.url, key=["id"]),
            "spark-issues": yaml.safe_load(presets()["github-issues"].fill(issues)),
            "shop-database": database,
            "clicks": {"kind": "kinesis", "stream": "clicks", **keep},
            "orders": {
                "kind": "kafka", "bootstrap_servers": [self.kafka.sasl], "topics": ["orders"],
                "auth": {"type": "scram_sha_512", "secret": "broker"}, "ca_secret": "broker-ca", **keep,
            },
            "tasks": {"kind": "sqs", "queue": "tasks", **keep},
            "no-secret": {**rest, "auth": {"type": "bearer", "secret": "nobody-made-it"}},
            "wrong-password": {**database, "secret": "shop-db-old"},
            "no-host": {**rest, "base_url": self.closed.url},
            "no-stream": {**rest, "streams": {"rows": {**rest["streams"]["rows"], "rows": "data.orders"}}},
        }  # fmt: skip

    def _fill_table(self) -> None:
        self.postgres.run(
            "create table payments (id bigint primary key, amount numeric(12,2), note text, raw bytea, paid_at timestamptz)",
            "insert into payments select n, n / 7.0, 'Grüße ' || n, decode(md5(n::text), 'hex'),"
            f" timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second' from generate_series(1, {TABLE_ROWS}) n",
        )

    def _plant_secrets(self) -> None:
        manager = self.cloud.client("secretsmanager")
        database = {"username": self.postgres.user, "password": self.postgres.password}
        for name, value in {
            "api": json.dumps({"token": api.TOKEN}),
            "github": self.github.token,
            "shop-db": json.dumps(database),
            "shop-db-old": json.dumps({**database, "password": secret("old-password")}),
            "broker": json.dumps({"username": KAFKA_USER, "password": self.kafka.password}),
            "broker-ca": json.dumps({"certificate": self.kafka.authority}),
        }.items():
            manager.create_secret(Name=name, SecretString=value)

    def feed(self) -> None:
        """RECORDS good records and POISON bad ones into each stream."""
        bodies = [json.dumps({"n": n, "text": f"Grüße {n}"}).encode() for n in range(RECORDS)]
        bodies[10:10] = [b"not JSON %d" % n for n in range(POISON)]
        records = [{"Data": body, "PartitionKey": "all"} for body in bodies]
        self.cloud.client("kinesis").put_records(StreamName="clicks", Records=records)
        producer = Producer({"bootstrap.servers": self.kafka.plain})
        for body in bodies:
            producer.produce("orders", body)
        assert producer.flush() == 0
        sqs = self.cloud.client("sqs")
        url = sqs.get_queue_url(QueueName="tasks")["QueueUrl"]
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body.decode()} for n, body in enumerate(bodies[start : start + 10])
            ]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def notices(self) -> list[dict[str, Any]]:
        """All notices so far."""
        self._notices += self.pipeline.notices()
        return self._notices

    def landed(self, name: str) -> dict[str, list[Any]]:
        """The rows of each file that the source has landed, by its key."""
        bucket = self.pipeline.stack.raw_bucket
        found = self.keys(bucket, f"data/incoming/{name}/")
        return {key: rows_of(key, self.pipeline.object_bytes(bucket, key)) for key in found}

    def collected(self, name: str) -> list[Any]:
        """The rows of a stream, once all have landed."""

        def rows() -> list[Any]:
            return [row for rows in self.landed(name).values() for row in rows]

        self.pipeline.eventually(
            lambda: len(rows()) >= RECORDS, 120, lambda: f"{len(rows())} of {RECORDS} records of {name} have landed"
        )
        return rows()

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def published(self, name: str) -> list[dict[str, Any]]:
        """What readers see of a source, after all its files came to rest as PUBLISHED."""
        bucket = self.pipeline.stack.raw_bucket
        versions = self.cloud.client("s3").list_object_versions(Bucket=bucket, Prefix=f"data/incoming/{name}/")[
            "Versions"
        ]
        ids = [File(bucket, v["Key"], v["VersionId"], "", 0, "").batch_id for v in versions]
        records = self.pipeline.await_rest(ids)
        assert {str(record.state) for record in records} == {State.PUBLISHED}, [record.reasons for record in records]
        curated = self.pipeline.stack.curated_bucket
        mine = [key for key in self.keys(curated) if any(batch_id in key for batch_id in ids)]
        tables = [ParquetFile(io.BytesIO(self.pipeline.object_bytes(curated, key))).read() for key in mine]
        rows = [row for table in tables for row in table.to_pylist()]
        assert len(rows) == sum(record.rows_read for record in records) == sum(r.rows_published for r in records)
        return rows


def rows_of(key: str, body: bytes) -> list[Any]:
    if key.endswith(".avro"):
        return list(fastavro.reader(io.BytesIO(body)))
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]
