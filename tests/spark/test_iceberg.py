"""Iceberg tables that finalize's own code committed to, read at each snapshot by Spark and by pyiceberg."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pyarrow as pa
import pytest
from moto.server import ThreadedMotoServer
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table

from glue_etl.aws.files.tables import Tables
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import Terminal
from glue_etl.core.files.heads import Publication
from glue_etl.engine.write import PartWriter
from glue_etl.steps.files.ports import TableChange
from local import jars
from local.java import java_home
from tests.servers import iceberg

NOW = datetime(2030, 1, 5, 1, 2, 3, 4, tzinfo=UTC)
BUCKET, DATABASE, DATASET = "curated", "lake", "orders"
ONE = Schema(
    DATASET, 1, (SchemaColumn("id", "string"), SchemaColumn("amount", "decimal(9,2)"), SchemaColumn("n", "int"))
)
TWO = replace(ONE, version=2, columns=(*ONE.columns, SchemaColumn("tags", "array<struct<a:bigint,b:string>>")))
SPARK = """
import json, sys
from pyspark.sql import SparkSession
settings, metadata, snapshots = json.loads(sys.argv[1])
builder = SparkSession.builder.master("local[1]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
found = {}
for snapshot in snapshots:
    rows = spark.read.format("iceberg").option("snapshot-id", snapshot).load(metadata)
    found[snapshot] = sorted(json.loads(row) for row in rows.selectExpr(
        "to_json(struct(*))").rdd.map(lambda row: json.dumps([json.loads(row[0])["id"], json.loads(row[0])])).collect())
newest = spark.read.format("iceberg").load(metadata)
found["one day"] = newest.where("year = '2030' and month = '01' and day = '02'").count()
found["types"] = dict(newest.dtypes)
print("FOUND " + json.dumps(found))
"""


@dataclass
class Lake:
    """A Glue catalog and S3 at `endpoint`, with one table, and how its files are written."""

    endpoint: str

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1")  # type: ignore[call-overload]

    def publish(self, number: int, token: str, rows: int, folder: Path, schema: Schema = ONE) -> Publication:
        """A file's rows where a finalizer has copied them, written as the engine writes them."""
        path, batch_id = folder / f"{number}-{token}.parquet", f"batch-{number}"
        with PartWriter(path) as writer:
            writer.write(_rows(number, token, rows, batch_id, schema))
        body = path.read_bytes()
        day = f"year=2030/month=01/day={1 + number % 7:02}"
        made = Publication(batch_id, "run", DATASET, day, 1, "", token, token, "iceberg", (rows,), (len(body),))
        self.client("s3").put_object(Bucket=BUCKET, Key=made.object_keys()[0], Body=body)
        return made

    def follow(self, schema: Schema, enter: Sequence[Publication] = (), leave: Sequence[Publication] = ()) -> Any:
        tables = Tables(self.client("glue"), self.client("s3"), DATABASE, BUCKET)
        return tables.follow(schema, lambda: TableChange(schema, tuple(enter), tuple(leave)))

    def table(self) -> Table:
        s3 = {"s3.endpoint": self.endpoint, "s3.access-key-id": "none", "s3.secret-access-key": "none"}
        return GlueCatalog("reader", client=self.client("glue"), **s3, **{"s3.region": "us-east-1"}).load_table(
            (DATABASE, DATASET)
        )


def _rows(number: int, token: str, count: int, batch_id: str, schema: Schema) -> pa.Table:
    columns: dict[str, Any] = {
        "id": [f"{number}.{token}.{n}" for n in range(count)],
        "amount": pa.array([Decimal(f"{number}.{n:02}") for n in range(count)], pa.decimal128(9, 2)),
        "n": pa.array(range(count), pa.int32()),
    }
    if schema is TWO:
        tags = pa.list_(pa.struct([("a", pa.int64()), ("b", pa.string())]))
        columns["tags"] = pa.array([[{"a": n, "b": token}] for n in range(count)], tags)
    columns["ingestion_timestamp"] = pa.array([NOW] * count, pa.timestamp("us", "UTC"))
    return pa.table({**columns, "batch_id": [batch_id] * count})


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    lake = Lake(f"http://127.0.0.1:{port}")
    lake.client("s3").create_bucket(Bucket=BUCKET)
    lake.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    yield lake
    urlopen(Request(f"{lake.endpoint}/moto-api/reset", method="POST")).close()
    server.stop()


def ids(rows: Any) -> list[str]:
    return sorted(rows["id"].to_pylist())


def test_replacing_and_taking_back_one_file_of_fifty_touches_no_other_s_rows(lake: Lake, tmp_path: Path) -> None:
    files = [lake.publish(n, "first", 1 + n % 3, tmp_path) for n in range(50)]
    lake.follow(ONE, files)
    newer = lake.publish(8, "second", 4, tmp_path, TWO)
    lake.follow(TWO, [newer], [files[8]])
    lake.follow(TWO, leave=[files[22]])
    table = lake.table()
    snapshots = [snapshot.snapshot_id for snapshot in table.snapshots()]
    told = [snapshot.summary.additional_properties for snapshot in table.snapshots() if snapshot.summary]
    assert [len(each.get("glue-etl.entered", "").split()) for each in told] == [50, 1, 0]
    assert [each.get("glue-etl.left") for each in told] == [None, "batch-8", "batch-22"]

    expected = [
        _ids(files),
        _ids([*files[:8], *files[9:], newer]),
        _ids([f for f in files if f not in (files[8], files[22])] + [newer]),
    ]
    assert [ids(table.scan(snapshot_id=each).to_arrow()) for each in snapshots] == expected
    found = read_by_spark(lake, table.metadata_location, snapshots, tmp_path)
    assert [[row[0] for row in found[str(each)]] for each in snapshots] == expected
    assert (
        found["one day"] == table.scan(row_filter="year = '2030' and month = '01' and day = '02'").to_arrow().num_rows
    )
    assert found["types"]["tags"] == "array<struct<a:bigint,b:string>>" and found["types"]["amount"] == "decimal(9,2)"
    newest = {row[0]: row[1] for row in found[str(snapshots[-1])]}
    row = newest["8.second.3"]
    assert (row["amount"], row["n"], row["tags"]) == (8.03, 3, [{"a": 3, "b": "second"}])
    assert (row["year"], row["month"], row["day"], row["ingestion_timestamp"][:19]) == (
        "2030",
        "01",
        "02",
        "2030-01-05T01:02:03",
    )
    assert newest["7.first.1"].get("tags") is None


def _ids(publications: Sequence[Publication]) -> list[str]:
    return sorted(f"{p.batch_id.removeprefix('batch-')}.{p.token}.{n}" for p in publications for n in range(p.rows[0]))


def read_by_spark(lake: Lake, metadata: str, snapshots: Sequence[int], folder: Path) -> dict[str, Any]:
    a = "spark.hadoop.fs.s3a"
    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.driver.extraClassPath": os.pathsep.join(map(str, [*jars.ensure(), iceberg.ensure()])),
        "spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.sql.session.timeZone": "UTC",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem", f"{a}.endpoint": lake.endpoint,
        f"{a}.path.style.access": "true", f"{a}.connection.ssl.enabled": "false", f"{a}.access.key": "none",
        f"{a}.secret.key": "none", f"{a}.endpoint.region": "us-east-1",
        f"{a}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }  # fmt: skip
    asked = json.dumps([settings, metadata, list(snapshots)])
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "-c", SPARK, asked], env=environment, capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND "))
    return found


def test_a_repeat_finds_its_own_commit_and_does_nothing(lake: Lake, tmp_path: Path) -> None:
    first, second = (lake.publish(1, token, 2, tmp_path) for token in ("first", "second"))
    lake.follow(ONE, [first])
    for _ in range(2):
        assert lake.follow(ONE, [second], [first]) == ()
    assert len(lake.table().snapshots()) == 2
    assert ids(lake.table().scan().to_arrow()) == ["1.second.0", "1.second.1"]


def test_what_leaves_without_having_been_listed_is_fenced_off_and_may_be_deleted(lake: Lake, tmp_path: Path) -> None:
    there, never = lake.publish(1, "first", 2, tmp_path), lake.publish(2, "first", 2, tmp_path)
    lake.follow(ONE, [there])
    assert lake.follow(ONE, leave=[never]) == (never,)
    assert len(lake.table().snapshots()) == 2, "another follower that was about to list it must fail"
    assert ids(lake.table().scan().to_arrow()) == ["1.first.0", "1.first.1"]


def test_a_table_of_that_name_that_is_no_iceberg_table_is_left_alone(lake: Lake, tmp_path: Path) -> None:
    glue = lake.client("glue")
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": DATASET, "Parameters": {"classification": "parquet"}})
    with pytest.raises(Terminal, match=r"lake\.orders of the catalog is no Iceberg table.*Delete or rename it"):
        lake.follow(ONE, [lake.publish(1, "first", 2, tmp_path)])
    assert "metadata_location" not in glue.get_table(DatabaseName=DATABASE, Name=DATASET)["Table"]["Parameters"]
