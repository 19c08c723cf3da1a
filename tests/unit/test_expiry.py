"""Which snapshots expire, when a table is looked at, and what is never deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files import heads
from glue_etl.core.files.expiry import MOST_AT_ONCE, Expiry, Retention, Snapshot, batch_of, expired
from glue_etl.core.files.ledger import Stamp, receive
from glue_etl.core.files.model import Partition
from glue_etl.steps.files import expiry as steps
from tests.unit.in_memory import NOW, MemoryLedger, MemoryObjects, services_on
from tests.unit.test_ledger import FILE

DAY = 24 * 3600 * 1000
AT = int(NOW.timestamp() * 1000)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40), st.integers(0, 20), st.integers(1, 12))
def test_the_oldest_go_and_what_is_young_new_or_named_stays(
    made: list[tuple[int, bool]], days: int, least: int
) -> None:
    ages = sorted((age for age, _ in made), reverse=True)
    snapshots = [Snapshot(n, AT - age * DAY, named) for n, (age, (_, named)) in enumerate(zip(ages, made, strict=True))]
    gone = expired(snapshots, Retention(days, least), NOW)
    assert list(gone) == list(range(len(gone))), "without a gap"
    assert not gone or (days and len(snapshots) - len(gone) >= least)
    assert all(snapshots[n].at < AT - days * DAY and not snapshots[n].named for n in gone)
    left = snapshots[len(gone) :]
    assert not days or len(left) <= least or left[0].named or left[0].at >= AT - days * DAY


def test_one_call_takes_out_a_bounded_number() -> None:
    snapshots = [Snapshot(n, 0) for n in range(5 * MOST_AT_ONCE)]
    assert len(expired(snapshots, Retention(1, 1), NOW)) == MOST_AT_ONCE


class Tables:
    """Tables whose plans hold as `holds` says."""

    def __init__(self, planned: Expiry, holds: bool | None) -> None:
        self.planned, self.holds = planned, holds

    def plan_expiry(self, dataset: str, retention: Retention, now: Any) -> Expiry | None:
        return self.planned if self.holds is not None else None

    def expire(self, expiry: Expiry) -> bool | None:
        return self.holds

    def stale_metadata(self, dataset: str) -> list[str]:
        return [f"{dataset}/metadata/00001-x.metadata.json"]


class Deleted(MemoryObjects):
    """Remembers what was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def delete(self, bucket: str, keys: Any) -> None:
        self.keys += keys

    def list(self, uri: str) -> Any:
        return iter([])


def test_what_a_head_shows_is_not_deleted_though_no_kept_snapshot_lists_it() -> None:
    """Somebody has set the table back to an earlier snapshot."""
    ledger, objects = MemoryLedger(), Deleted()
    day = Partition("2024", "03", "05")
    shown = replace(
        heads.publication_of(FILE, "sales", "jr_1_2", day, 2, "t0"), table="iceberg", rows=(1, 1), sizes=(1, 1)
    )
    gone = replace(shown, token="t1")
    head = heads.publish(heads.intend(heads.head_of(FILE, False), heads.Intent(shown, "")), shown)
    ledger.heads[head.name] = head
    record = receive(FILE, "claim", Stamp(NOW.isoformat(), "dispatch", "arrived"))
    ledger.records[FILE.batch_id] = replace(record, head=head.name, location="s3://curated/sales/data/")
    rows = (*shown.object_keys(), *gone.object_keys())
    assert {batch_of(key) for key in rows} == {FILE.batch_id}
    planned = Expiry("sales", (1,), rows, ("sales/metadata/a.avro",), {"main": 2})
    services = services_on(ledger, objects)
    tables: Any = Tables(planned, True)
    assert steps.expire_snapshots(replace(services, tables=tables), "sales") == 4
    *deleted, plan = objects.keys
    assert set(deleted) == {*gone.object_keys(), "sales/metadata/a.avro", "sales/metadata/00001-x.metadata.json"}
    assert plan.startswith("sales/expiry/")
    objects.keys.clear()
    tables.holds = False
    assert steps.expire_snapshots(replace(services, tables=tables), "sales") == 0
    assert [key.partition("/")[2].partition("/")[0] for key in objects.keys] == ["expiry"], (
        "a plan that does not hold goes alone"
    )


def test_each_table_is_looked_at_once_a_day() -> None:
    ledger = MemoryLedger()
    for name in ("b", "a", "plain", "new"):
        ledger.stored[name] = Schema(name, version=0 if name == "new" else 1)
    services = services_on(ledger, MemoryObjects())
    settings = replace(services.settings, table_format="iceberg")
    contracts = {**services.contracts, "plain": Contract("plain", schema="evolve", table_format="parquet")}
    services = replace(services, settings=settings, contracts=contracts)
    assert steps.due(services) == ["a", "b"] == steps.due(services)
    steps.looked_at(services, "a", done=False)
    assert steps.due(services) == ["b"]
    steps.looked_at(services, "b", done=True)
    assert steps.due(services) == []
    tomorrow = replace(services, now=lambda: NOW + timedelta(days=1))
    assert steps.due(tomorrow) == ["a", "b"]
    assert steps.due(replace(tomorrow, settings=replace(settings, snapshot_days=0))) == []
