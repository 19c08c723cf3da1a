"""Schemas are stored in one order of versions, come back as they were stored, and are listed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from glue_etl.aws.files.ledger import Ledger
from glue_etl.core.datasets.schemas import Change, Schema, SchemaColumn, register

AT = "2024-03-05T00:00:00+00:00"
LATER = "2024-03-06T00:00:00+00:00"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    names = ("batch_id", "open_state", "updated_at", "dataset")
    indexes: Any = [
        {"IndexName": f"by-{name}", "KeySchema": _keys(hash_key, "updated_at"), "Projection": {"ProjectionType": "ALL"}}
        for name, hash_key in (("state", "open_state"), ("dataset", "dataset"))
    ]
    with patch.dict(os.environ, credentials), mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="ledger", KeySchema=_keys("batch_id"), BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            GlobalSecondaryIndexes=indexes,
        )  # fmt: skip
        yield Ledger(client, "ledger", pause=lambda seconds: None)


def _keys(*names: str) -> Any:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def registered(ledger: Ledger, dataset: str, at: str = AT) -> Schema:
    return ledger.update_schema(Schema(dataset), lambda now: register(now, "folder", at))


def with_column(schema: Schema, name: str, at: str = AT) -> Schema:
    """The next version, with a column more."""
    change = Change(schema.version + 1, at, "b", "data/incoming/a.csv", "added", name, "", "int")
    return replace(
        schema, version=change.version, columns=(*schema.columns, SchemaColumn(name, "int")),
        changes=(*schema.changes, change), rev=schema.rev + 1,
    )  # fmt: skip


def test_what_is_stored_comes_back(ledger: Ledger) -> None:
    assert ledger.schema("sales") is None
    registered(ledger, "sales")
    stored = ledger.update_schema(Schema("sales"), lambda now: with_column(now, "amount"))
    assert ledger.schema("sales") == stored == Schema.from_json(stored.to_json())
    assert (stored.version, stored.origin, stored.types) == (1, "folder", {"amount": "int"})


def test_registering_again_changes_nothing(ledger: Ledger) -> None:
    first = registered(ledger, "sales")
    again = ledger.update_schema(Schema("sales"), lambda now: register(now, "stem", LATER))
    assert again == first == ledger.schema("sales")


def test_a_change_on_top_of_an_old_version_is_made_again_on_the_new_one(ledger: Ledger) -> None:
    registered(ledger, "sales")
    left = ["theirs"]

    def change(now: Schema) -> Schema:
        if left:
            ledger.update_schema(now, lambda between: with_column(between, left.pop()))
        return with_column(now, "mine")

    stored = ledger.update_schema(Schema("sales"), change)
    assert [column.name for column in stored.columns] == ["theirs", "mine"]
    assert [(each.version, each.column) for each in stored.changes] == [(1, "theirs"), (2, "mine")]


def test_datasets_are_listed_the_latest_first_and_no_file_is_among_them(ledger: Ledger) -> None:
    registered(ledger, "old")
    registered(ledger, "new", LATER)
    assert [schema.dataset for schema in ledger.schemas()] == ["new", "old"]
    assert [schema.dataset for schema in ledger.schemas(since=LATER)] == ["new"]
    assert not list(ledger.by_dataset("old")) and not list(ledger.by_state("DATASET"))


def test_what_a_run_needs_of_a_schema_is_without_its_history() -> None:
    schema = with_column(register(Schema("sales"), "stem", AT), "amount")
    assert Schema.from_json(schema.to_json(changes=False)) == replace(schema, changes=())


def test_what_another_release_wrote_besides_is_left_aside() -> None:
    schema = with_column(Schema("sales"), "amount")
    document = {**schema.to_json(), "unheard_of": 1, "columns": [{"name": "amount", "type": "int", "unheard_of": 2}]}
    assert Schema.from_json(document).columns == schema.columns
