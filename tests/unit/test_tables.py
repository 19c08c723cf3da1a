"""A stored value changes only on top of what was read of it, over boto3 and moto."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.tables import BATCH_GET, TRIES, Table
from glue_etl.core.batches import batches
from glue_etl.core.errors import Transient
from glue_etl.core.files.ledger import Stamp, receive
from glue_etl.core.files.model import File


@dataclass(frozen=True)
class Counter:
    """A value to be stored."""

    id: str = "a"
    count: int = 0
    rev: int = 0

    def more(self) -> Counter:
        return replace(self, count=self.count + 1, rev=self.rev + 1)


@contextmanager
def dynamodb(key: str) -> Iterator[Any]:
    """A client of moto's DynamoDB, which has the table "t" with this key."""
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    with patch.dict(os.environ, credentials), mock_aws():
        client: Any = boto3.client("dynamodb")
        client.create_table(
            TableName="t", KeySchema=[{"AttributeName": key, "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        )  # fmt: skip
        yield client


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb("id") as client:
        yield Table(client, "t", pause=lambda seconds: None)


def stored(table: Table) -> Counter:
    return Counter(**(table.get(id="a") or {}))


def count_up(table: Table, others: int = 0) -> Counter:
    """Count one, while others come in between `others` times."""
    left = [Counter.more] * others

    def change(before: Counter) -> Counter:
        if left:
            assert table.put(asdict(left.pop()(before)), before.rev)
        return before.more()

    return table.change("the counter", lambda: stored(table), change, asdict)


def test_who_comes_in_between_is_counted_too(table: Table):
    assert count_up(table) == Counter(count=1, rev=1)
    assert count_up(table, others=3) == Counter(count=5, rev=5) == stored(table)


def test_a_value_that_others_keep_storing_is_given_back(table: Table):
    with pytest.raises(Transient, match="the counter keeps changing: try again"):
        count_up(table, others=TRIES)
    assert stored(table).count == TRIES


def test_a_change_that_changes_nothing_stores_nothing(table: Table):
    table.change("the counter", lambda: stored(table), lambda before: before, asdict)
    assert table.get(id="a") is None


def test_a_first_write_never_replaces_and_a_later_one_only_what_was_read(table: Table):
    assert table.put(asdict(Counter(rev=1)), rev=0)
    assert not table.put(asdict(Counter(count=9, rev=1)), rev=0)
    assert not table.put(asdict(Counter(count=9, rev=3)), rev=2)
    assert stored(table) == Counter(rev=1)


def test_several_are_stored_together_or_not_at_all(table: Table):
    a, b = Counter("a", 1, 1), Counter("b", 1, 1)
    assert table.put_all([asdict(a), asdict(b)])
    assert not table.put_all([asdict(a.more()), asdict(replace(b.more(), rev=7))])
    assert stored(table) == a
    assert table.known("id", ["a", "b", *(f"c{n}" for n in range(BATCH_GET - 2))]) == {"a", "b"}


def test_a_ledger_is_asked_for_more_files_than_one_call_takes():
    there = [f"f{n}" for n in range(0, 3 * BATCH_GET, 2)]
    with dynamodb("batch_id") as client:
        for batch_id in there:
            Table(client, "t").write({"batch_id": batch_id})
        assert Ledger(client, "t").known(f"f{n}" for n in range(3 * BATCH_GET)) == set(there)


def test_records_of_many_files_come_by_the_hundred():
    files = [File("raw", f"k{n}", "v", "e", 1, "2024-03-05T00:00:00+00:00") for n in range(2 * BATCH_GET + 1)]
    arrived = Stamp("2024-03-05T00:00:30+00:00", "dispatch", "arrived")
    with dynamodb("batch_id") as client:
        calls: list[str] = []
        client.meta.events.register("before-call.dynamodb", lambda model, **more: calls.append(model.name))
        ledger = Ledger(client, "t")
        there = {file.batch_id: receive(file, "claim", arrived) for file in files[::2]}
        assert all(ledger.receive(record) for record in there.values())
        calls.clear()
        assert ledger.records(file.batch_id for file in files) == there
        assert calls == ["BatchGetItem"] * 3


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batches_hold_all_in_order_and_only_the_last_is_short(items: list[int], size: int):
    found = list(batches(iter(items), size))
    assert [item for batch in found for item in batch] == items
    assert all(len(batch) == size for batch in found[:-1]) and all(found)
