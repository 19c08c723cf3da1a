"""The sweep's walk over the listing: every version is looked up once a round, in stretches, and never more at once than fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.steps.files import lost_events
from glue_etl.steps.files.lost_events import Walk, recover
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.sweep import SHARES
from shipping.deployment import DESCRIPTION
from tests.unit.in_memory import NOW, services_on

TODAY, YESTERDAY, LONG_AGO = "data/incoming/2024/03/05/", "data/incoming/2024/03/04/", "data/incoming/2020/01/01/"
OLD = (NOW - timedelta(hours=1)).isoformat()


class Bucket:
    """A bucket with some versions a key, in the listing's order."""

    def __init__(self, versions: Mapping[str, int]) -> None:
        self.files = [File("raw", key, f"v{n}", "", 1, OLD) for key in sorted(versions) for n in range(versions[key])]
        self.deepest = 0

    def versions(self, bucket: str, prefix: str, after: str = "", limit: int | None = None) -> Iterator[File]:
        for given_out, file in enumerate(f for f in self.files if f.key.startswith(prefix) and f.key > after):
            self.deepest = max(self.deepest, given_out + 1)
            yield file

    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]:
        return iter(["2020/", "2024/", "shop/"])


class Looked:
    """A ledger that knows nothing, and notes what it is asked."""

    def __init__(self) -> None:
        self.notes: dict[str, Mapping[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.largest = 0
        self.records: dict[str, Record] = {}

    def known(self, batch_ids: Iterable[str], just_now: bool = True) -> set[str]:
        ids = list(batch_ids)
        self.asked.update(ids)
        self.largest = max(self.largest, len(ids))
        return {batch_id for batch_id in ids if batch_id in self.records}

    def receive(self, record: Record) -> bool:
        return self.records.setdefault(record.batch_id, record) is record

    def read_note(self, name: str) -> Mapping[str, Any]:
        return self.notes.get(name, {})

    def write_note(self, name: str, note: Mapping[str, Any]) -> None:
        self.notes[name] = note


class Queue:
    depth = staticmethod(lambda: 0)


def world(bucket: Bucket, ledger: Looked, now: datetime = NOW) -> Services:
    stored: Any = ledger
    kept: Any = bucket
    queue: Any = Queue()
    return replace(services_on(stored, kept), arrivals=queue, now=lambda: now)


def walk(found: Services) -> Walk:
    walked = Walk(found, (found.now() - timedelta(minutes=15)).isoformat(), found.now() + timedelta(minutes=1))
    recover(walked)
    return walked


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LISTING_LIMIT": 6, "RECENT_LIMIT": 9, "AT_ONCE": 4}.items():
        monkeypatch.setattr(lost_events, name, value)


@given(st.dictionaries(st.integers(0, 40), st.integers(1, 3), max_size=30))
def test_each_version_is_looked_up_once_a_round_in_stretches(versions: dict[int, int]) -> None:
    bucket = Bucket({f"{LONG_AGO}{n:02d}.csv": count for n, count in versions.items()})
    ledger = Looked()
    for _ in range(len(bucket.files) + 2):
        walk(world(bucket, ledger))
        if not ledger.notes.get(lost_events.ALL, {}).get("after"):
            break
    assert ledger.asked == Counter(file.batch_id for file in bucket.files)
    assert ledger.records.keys() == ledger.asked.keys()
    assert ledger.largest <= lost_events.AT_ONCE + 2, "a look-up ends with a key, which has at most three versions here"


def test_the_last_days_are_walked_round_and_round_beside_the_slow_walk() -> None:
    names = [f"{day}{n:02d}.csv" for day in (LONG_AGO, YESTERDAY, TODAY) for n in range(12)]
    bucket, ledger = Bucket(dict.fromkeys(names, 1)), Looked()
    for _ in range(3):
        walk(world(bucket, ledger))
    recent = {file.batch_id for file in bucket.files if not file.key.startswith(LONG_AGO)}
    assert recent <= ledger.asked.keys(), "three calls of nine see the 24 of the last two days"
    assert ledger.notes[lost_events.RECENT]["prefix"] in (YESTERDAY, TODAY, "")


def test_where_the_day_is_over_that_the_cursor_stood_in_the_walk_begins_with_the_new_days() -> None:
    bucket = Bucket(dict.fromkeys([f"{TODAY}{n:02d}.csv" for n in range(20)], 1))
    ledger = Looked()
    ledger.notes[lost_events.RECENT] = {"prefix": "data/incoming/2024/03/01/", "after": "data/incoming/2024/03/01/x"}
    walk(world(bucket, ledger))
    assert ledger.asked[bucket.files[0].batch_id] >= 1


def test_a_walk_ends_with_its_time_and_keeps_its_place() -> None:
    bucket = Bucket(dict.fromkeys([f"{LONG_AGO}{n:02d}.csv" for n in range(20)], 1))
    ledger = Looked()
    late = Walk(world(bucket, ledger), OLD, NOW - timedelta(seconds=1))
    recover(late)
    assert late.postponed >= 1
    assert ledger.notes[lost_events.ALL]["after"] == f"{LONG_AGO}03.csv"


def test_what_has_just_arrived_may_have_its_event_still_to_come() -> None:
    bucket = Bucket({f"{TODAY}a.csv": 1})
    bucket.files = [replace(bucket.files[0], arrived_at=NOW.isoformat())]
    ledger = Looked()
    assert walk(world(bucket, ledger)).recovered == 0
    assert not ledger.records


def test_folder_markers_are_no_files() -> None:
    ledger = Looked()
    assert walk(world(Bucket({TODAY: 1}), ledger)).recovered == 0


def test_all_kinds_of_work_leave_time_for_one_item_more() -> None:
    assert sum(SHARES.values()) <= DESCRIPTION["functions"]["sweep"]["timeout_seconds"] - 20
