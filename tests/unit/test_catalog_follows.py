"""The catalog follows a dataset's schema, table and partitions: over boto3 and moto's catalog, with the calls recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from glue_etl.aws.files.catalog import Catalog
from glue_etl.core.datasets.catalog import COMMENT_BYTES, DESCRIPTION_BYTES, ENRICHMENT, description, table_columns
from glue_etl.core.datasets.schemas import RESCUED, Change, Schema, SchemaColumn
from glue_etl.core.errors import Terminal
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, Partition
from glue_etl.steps.files.partitions import register
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
AT = "2024-03-05T12:00:00+00:00"
DAYS = [Partition("2024", "01", f"{n:02}") for n in range(1, 6)]
# Of Athena, Redshift Spectrum and Spark alike, as the catalog writes them.
READABLE = {
    "string", "boolean", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "binary", "decimal(18,2)",
    "array<int>", "map<string,double>", "struct<a:int,b:array<smallint>>",
}  # fmt: skip


class Glue:
    """A Glue client that records its calls and refuses, as Glue does and moto does not, a change of an old version."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []
        client.meta.events.register("provide-client-params.glue.*", self._record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_table(self, **request: Any) -> Any:
        found = self._client.get_table(DatabaseName=request["DatabaseName"], Name=request["TableInput"]["Name"])
        if request["VersionId"] != found["Table"]["VersionId"]:
            raise ClientError({"Error": {"Code": "ConcurrentModificationException"}}, "UpdateTable")
        return self._client.update_table(**request)

    def named(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, params))


class Lake:
    """A database, and the catalog on it."""

    def __init__(self) -> None:
        self.glue = Glue(boto3.client("glue"))
        self.glue.create_database(DatabaseInput={"Name": "lake"})
        self.catalog = Catalog(self.glue, "lake", "curated")  # type: ignore[arg-type]

    def table(self) -> dict[str, Any]:
        return dict(self.glue.get_table(DatabaseName="lake", Name="sales")["Table"])

    def types(self) -> dict[str, str]:
        """The table's own columns."""
        columns = self.table()["StorageDescriptor"]["Columns"]
        return {c["Name"]: c["Type"] for c in columns if c["Name"] not in ENRICHMENT_COLUMNS}

    def partition_types(self) -> list[dict[str, str]]:
        found = self.glue.get_partitions(DatabaseName="lake", TableName="sales")["Partitions"]
        columns = [partition["StorageDescriptor"]["Columns"] for partition in found]
        return [{c["Name"]: c["Type"] for c in each if c["Name"] not in ENRICHMENT_COLUMNS} for each in columns]


@pytest.fixture
def lake() -> Iterator[Lake]:
    with patch.dict(os.environ, CREDENTIALS), mock_aws():
        yield Lake()


def schema(version: int, *changes: Change, **types: str) -> Schema:
    columns = tuple(SchemaColumn(name, kind) for name, kind in types.items())
    return Schema("sales", version, columns, changes, "stem", AT, rev=version + 1)


def changed(version: int, kind: str, column: str, before: str = "", after: str = "") -> Change:
    return Change(version, AT, "b-1", "data/incoming/2024/01/31/sales.csv", kind, column, before, after)


ONE = schema(1, id="int")
TWO = schema(
    2,
    changed(2, "widened", "id", "int", "bigint"),
    changed(2, "added", "note", "", "string"),
    id="bigint",
    note="string",
)


def test_the_first_version_makes_the_table(lake: Lake) -> None:
    lake.catalog.follow(ONE)
    [made] = lake.glue.named("CreateTable")
    table = made["TableInput"]
    assert (table["Name"], table["TableType"]) == ("sales", "EXTERNAL_TABLE")
    assert table["Parameters"] == {"EXTERNAL": "TRUE", "classification": "parquet", "schema_version": "1"}
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "month", "day"]
    storage = table["StorageDescriptor"]
    assert storage["Location"] == "s3://curated/sales/"
    assert storage["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert [(c["Name"], c["Type"]) for c in storage["Columns"]] == [("id", "int"), *(c[:2] for c in ENRICHMENT)]


def test_a_change_reaches_the_table_and_then_every_partition(lake: Lake) -> None:
    ledger = MemoryLedger()
    services = services_on(ledger, MemoryObjects(), lake.catalog)
    ledger.stored["sales"] = ONE
    register(services, "sales", DAYS[:4])
    ledger.stored["sales"] = TWO
    lake.glue.calls.clear()
    register(services, "sales", DAYS[3:])
    assert lake.types() == {"id": "bigint", "note": "string"}
    assert lake.partition_types() == [{"id": "bigint", "note": "string"}] * 5
    order = [name for name, _ in lake.glue.calls if not name.startswith("Get")]
    assert order == ["UpdateTable", "BatchCreatePartition", "BatchUpdatePartition"]
    [request] = lake.glue.named("UpdateTable")
    comments = {c["Name"]: c.get("Comment", "") for c in request["TableInput"]["StorageDescriptor"]["Columns"]}
    assert comments["id"] == "widened in version 2 (2024-03-05), int before"
    assert comments["note"] == "added in version 2 (2024-03-05)"
    lake.glue.calls.clear()
    register(services, "sales", DAYS[3:])
    assert {name for name, _ in lake.glue.calls} == {"GetTable", "BatchCreatePartition"}


def test_a_table_that_is_made_anew_gets_all_days_that_have_rows(lake: Lake) -> None:
    """It was deleted; or its contract keeps its schema from now on, and Terraform has given it up."""
    ledger, objects = MemoryLedger(), MemoryObjects()
    services = services_on(ledger, objects, lake.catalog)
    ledger.stored["sales"] = ONE
    for day in DAYS:
        objects.write_json(f"s3://curated/sales/{day.path}/a.parquet", None)
        register(services, "sales", [day])
    objects.write_json("s3://curated/sales/_not_a_day/a.parquet", None)
    lake.glue.delete_table(DatabaseName="lake", Name="sales")
    register(services, "sales", DAYS[:1])
    assert lake.partition_types() == [{"id": "int"}] * len(DAYS)
    lake.glue.calls.clear()
    register(services, "sales", DAYS[:1])
    assert [name for name, _ in lake.glue.calls if name != "GetTable"] == ["BatchCreatePartition"]


def test_an_older_finalizer_never_overwrites_a_newer_one(lake: Lake) -> None:
    lake.catalog.follow(TWO)
    lake.catalog.follow(ONE)
    assert lake.types() == {"id": "bigint", "note": "string"}
    assert lake.glue.named("UpdateTable") == []


def test_of_two_that_change_it_at_once_the_newer_schema_stays(lake: Lake) -> None:
    lake.catalog.follow(ONE)
    newest = schema(3, id="bigint", note="string", place="string")
    found, left = lake.catalog._found, [newest]

    def overtaken(dataset: str) -> Any:
        table = found(dataset)
        if left:
            Catalog(lake.glue, "lake", "curated").follow(left.pop())  # type: ignore[arg-type]
        return table

    with patch.object(lake.catalog, "_found", overtaken):
        lake.catalog.follow(TWO)
    assert lake.table()["Parameters"]["schema_version"] == "3"
    assert list(lake.types()) == ["id", "note", "place"]


def test_two_that_make_it_at_once_end_with_the_newer_schema(lake: Lake) -> None:
    found, left = lake.catalog._found, [ONE]

    def overtaken(dataset: str) -> Any:
        table = found(dataset)
        if left:
            Catalog(lake.glue, "lake", "curated").follow(left.pop())  # type: ignore[arg-type]
        return table

    with patch.object(lake.catalog, "_found", overtaken):
        lake.catalog.follow(TWO)
    assert lake.types() == {"id": "bigint", "note": "string"}


def test_what_people_added_to_the_table_stays(lake: Lake) -> None:
    lake.catalog.follow(ONE)
    table = lake.table()
    storage = table["StorageDescriptor"]
    storage["Columns"][0]["Comment"] = "Number of the sale"
    given = {name: table[name] for name in ("Name", "TableType", "PartitionKeys")}
    theirs = {
        **given,
        "Owner": "ann",
        "StorageDescriptor": storage,
        "Parameters": {**table["Parameters"], "team": "sales"},
    }
    lake.glue.update_table(DatabaseName="lake", TableInput=theirs, VersionId=table["VersionId"])
    lake.catalog.follow(schema(2, changed(2, "added", "note"), id="int", note="string"))
    after = lake.table()
    assert (after["Owner"], after["Parameters"]["team"], after["Parameters"]["schema_version"]) == ("ann", "sales", "2")
    assert after["StorageDescriptor"]["Columns"][0]["Comment"] == "Number of the sale"


def test_an_iceberg_table_is_not_given_days_of_plain_parquet(lake: Lake) -> None:
    there = {"Name": "sales", "Parameters": {"table_type": "ICEBERG"}, "StorageDescriptor": {"Columns": []}}
    lake.glue.create_table(DatabaseName="lake", TableInput=there)
    with pytest.raises(
        Terminal, match=r"lake\.sales is an Iceberg table.*Set table_format to iceberg, or delete or rename it"
    ):
        lake.catalog.follow(ONE)
    assert lake.table()["Parameters"] == {"table_type": "ICEBERG"}


def test_a_table_of_the_name_that_lies_elsewhere_is_left_alone(lake: Lake) -> None:
    other = {"Name": "sales", "StorageDescriptor": {"Columns": [], "Location": "s3://elsewhere/sales/"}}
    lake.glue.create_table(DatabaseName="lake", TableInput=other)
    with pytest.raises(Terminal, match=r"lake\.sales is not the dataset's: it lies at s3://elsewhere/sales/"):
        lake.catalog.follow(ONE)
    assert lake.table()["StorageDescriptor"]["Location"] == "s3://elsewhere/sales/"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        *((kind, kind) for kind in sorted(READABLE)),
        ("tinyint", "smallint"),
        ("array<tinyint>", "array<smallint>"),
        ("struct<`first name`:string>", None),
    ],
)
def test_types_are_written_as_all_readers_know_them_or_left_out_and_told(given: str, written: str | None) -> None:
    found = table_columns(schema(1, value=given))
    own = [column.type for column in found.columns if column.name == "value"]
    assert own == ([written] if written else [])
    assert set(found.left_out) == (set() if written else {"value"})
    assert ("Parquet files: value" in description(schema(1, value=given), found.left_out)) is (written is None)


def test_what_was_rescued_is_explained_beside_its_column() -> None:
    [column] = [c for c in table_columns(schema(2, **{RESCUED: "string"})).columns if c.name == RESCUED]
    assert "did not fit" in column.comment


@given(st.text(max_size=300), st.text(max_size=600), st.integers(1, 9))
def test_comments_and_descriptions_are_within_the_catalog_s_limits(name: str, before: str, version: int) -> None:
    one = replace(
        schema(version, changed(version, "widened", name, before)), columns=(SchemaColumn(name, "string"),) * 20
    )
    found = table_columns(one)
    assert all(len(c.comment.encode()) <= COMMENT_BYTES and len(c.comment.splitlines()) <= 1 for c in found.columns)
    assert len(description(one, [name] * 20).encode()) <= DESCRIPTION_BYTES
