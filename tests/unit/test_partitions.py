"""Partitions have the columns of their table, also when these change: over boto3 and moto's catalog."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from glue_etl.aws.calls import RefusedCall, call
from glue_etl.aws.files.catalog import BATCH, Catalog
from glue_etl.core.errors import Refused, Transient
from glue_etl.core.files.model import Partition
from glue_etl.steps.files.partitions import register
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
ONE = [{"Name": "id", "Type": "bigint"}]
TWO = [*ONE, {"Name": "value", "Type": "string"}]
DAYS = [Partition("2024", f"{n // 28 + 1:02}", f"{n % 28 + 1:02}") for n in range(150)]


class Lake:
    """A database with the table of one dataset; `calls` counts what was asked of Glue."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("glue")
        self.client.create_database(DatabaseInput={"Name": "lake"})
        self.client.create_table(DatabaseName="lake", TableInput=self._table(ONE))
        self.calls: Counter[str] = Counter()
        self.client.meta.events.register("before-call.glue.*", self._count)
        self.catalog = Catalog(self.client, "lake", "curated")

    def change_columns(self, columns: list[dict[str, str]]) -> None:
        self.client.update_table(DatabaseName="lake", TableInput=self._table(columns))

    def columns(self) -> list[list[str]]:
        """The names of the columns of each partition."""
        listed = self.client.get_paginator("get_partitions").paginate(DatabaseName="lake", TableName="my_sales")
        found = [partition for page in listed for partition in page["Partitions"]]
        assert all(p["StorageDescriptor"]["Location"].startswith("s3://curated/my-sales/year=2024/") for p in found)
        return [[column["Name"] for column in p["StorageDescriptor"]["Columns"]] for p in found]

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    def _table(self, columns: list[dict[str, str]]) -> Any:
        keys = [{"Name": name, "Type": "string"} for name in ("year", "month", "day")]
        place = {"Columns": columns, "Location": "s3://curated/my-sales/", "InputFormat": "parquet"}
        return {"Name": "my_sales", "StorageDescriptor": place, "PartitionKeys": keys}


@pytest.fixture
def lake() -> Iterator[Lake]:
    with patch.dict(os.environ, CREDENTIALS), mock_aws():
        yield Lake()


def test_older_partitions_get_the_columns_that_the_table_got(lake: Lake) -> None:
    lake.catalog.add_partitions("my-sales", DAYS)
    lake.change_columns(TWO)
    lake.catalog.add_partitions("my-sales", DAYS[:1])
    assert Counter(map(tuple, lake.columns())) == {("id",): len(DAYS)}
    lake.calls.clear()
    assert lake.catalog.update_partitions("my-sales") == (len(DAYS), [])
    assert lake.calls["BatchUpdatePartition"] == -(-len(DAYS) // BATCH)
    assert Counter(map(tuple, lake.columns())) == {("id", "value"): len(DAYS)}
    assert lake.catalog.update_partitions("my-sales") == (0, [])


def test_partitions_are_compared_once_for_each_change_of_the_columns(lake: Lake) -> None:
    services = services_on(MemoryLedger(), MemoryObjects(), lake.catalog)
    for _ in range(3):
        register(services, "my-sales", DAYS[:3])
    assert lake.calls["GetPartitions"] == 1
    lake.change_columns(TWO)
    for _ in range(3):
        register(services, "my-sales", DAYS[3:5])
    assert (lake.calls["GetPartitions"], lake.calls["BatchUpdatePartition"]) == (2, 1)
    assert lake.columns() == [["id", "value"]] * 5


def test_an_update_that_ends_half_way_is_done_by_the_next_run(lake: Lake) -> None:
    services = services_on(MemoryLedger(), MemoryObjects(), lake.catalog)
    register(services, "my-sales", DAYS[:2])
    lake.change_columns(TWO)
    with patch.object(lake.catalog, "update_partitions", side_effect=Transient("throttled")), pytest.raises(Transient):
        register(services, "my-sales", DAYS[:1])
    register(services, "my-sales", DAYS[:1])
    assert lake.columns() == [["id", "value"]] * 2


def test_a_table_that_is_missing_is_named(lake: Lake) -> None:
    with pytest.raises(Transient, match=r"the catalog has no table lake\.other"):
        lake.catalog.add_partitions("other", DAYS[:1])


def test_what_aws_refuses_is_an_error_of_ours_and_of_botocore(lake: Lake) -> None:
    with pytest.raises(RefusedCall, match="AlreadyExistsException") as error:
        call(lake.client.create_database, DatabaseInput={"Name": "lake"})
    assert isinstance(error.value, Refused)
    assert error.value.response["Error"]["Code"] == "AlreadyExistsException"


class TestPlace:
    """A partition shows the folder that it is told to, with the table's columns."""

    day = DAYS[0].path
    copy = f"compact-days/my-sales/{day}/c1/"

    def place(self, lake: Lake, folder: str) -> str:
        lake.catalog.place("my-sales", self.day, folder)
        asked = {"DatabaseName": "lake", "TableName": "my_sales", "PartitionValues": ["2024", "01", "01"]}
        return str(lake.client.get_partition(**asked)["Partition"]["StorageDescriptor"]["Location"])

    def test_it_moves_by_one_call_and_back(self, lake: Lake) -> None:
        lake.catalog.add_partitions("my-sales", DAYS[:3])
        lake.calls.clear()
        assert self.place(lake, self.copy) == f"s3://curated/{self.copy}"
        assert lake.catalog.update_partitions("my-sales") == (0, [self.day])
        assert self.place(lake, self.copy) == f"s3://curated/{self.copy}"
        assert lake.calls["BatchUpdatePartition"] == 1, "a repeat changes nothing"
        assert self.place(lake, f"my-sales/{self.day}/") == f"s3://curated/my-sales/{self.day}/"
        assert lake.catalog.update_partitions("my-sales") == (0, [])

    def test_columns_that_changed_meanwhile_are_given_to_it_and_its_place_stays_when_they_change(
        self, lake: Lake
    ) -> None:
        lake.catalog.add_partitions("my-sales", DAYS[:1])
        lake.change_columns(TWO)
        self.place(lake, self.copy)
        assert lake.catalog.update_partitions("my-sales") == (0, [self.day])
        lake.change_columns(ONE)
        assert lake.catalog.update_partitions("my-sales") == (1, [self.day])

    def test_what_the_catalog_does_not_know_is_left(self, lake: Lake) -> None:
        lake.catalog.place("my-sales", self.day, self.copy)
        lake.catalog.place("other", self.day, self.copy)
        assert lake.calls["BatchUpdatePartition"] == 0
