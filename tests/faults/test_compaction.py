"""Compaction under faults: at every moment readers of the catalog see what is published, once, whatever happens to a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from glue_etl.aws.files.objects import Objects
from glue_etl.core.datasets.contracts import ICEBERG
from glue_etl.core.files.compaction import FILES, Day
from glue_etl.core.files.compaction_plan import is_compaction
from glue_etl.core.files.events import parse_run_ended
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.operating.operate import Operator
from tests.faults.simulator import compact
from tests.faults.simulator.calm import Calm
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.contents import Content
from tests.faults.simulator.glue import SimulatedRun, run_ended_event
from tests.faults.simulator.history import make_compaction_history, play
from tests.faults.simulator.job import run_job
from tests.faults.simulator.schedule import Killed
from tests.faults.simulator.search import shrink, told
from tests.faults.simulator.snapshots import listed
from tests.faults.simulator.tables import Table
from tests.faults.simulator.world import Version
from tests.scale import scaled

HISTORIES = scaled(5, 500)
pytestmark = pytest.mark.faults
FORMATS = ("parquet", ICEBERG)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 5) for start in range(0, HISTORIES, 5)], ids=str)
def test_at_every_moment_readers_see_each_published_row_once(cloud: Cloud, seeds: range) -> None:
    compacted = 0
    for seed in seeds:
        history = make_compaction_history(seed)
        played = play(cloud, history)
        compacted += played.compactions
        if played.problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))
    assert compacted


class Dying:
    """Clients of a process that dies right before its `nth` call, or, where `after`, right after it."""

    def __init__(self, calm: Calm, nth: int, after: bool = False) -> None:
        self._calm, self._nth, self._after = calm, nth, after
        self.made = 0

    def clients(self) -> dict[str, Any]:
        return {name: _DyingClient(self, self._calm.world.raw_client(name)) for name in ("s3", "dynamodb", "glue")}

    def call(self, method: Callable[..., Any], **arguments: Any) -> Any:
        self.made += 1
        if self.made == self._nth and not self._after:
            raise Killed("here")
        answer = method(**arguments)
        if self.made == self._nth:
            raise Killed("here")
        return answer


class _DyingClient:
    def __init__(self, life: Dying, client: Any) -> None:
        self._life, self._client = life, client

    def get_paginator(self, operation: str) -> Any:
        return self._client.get_paginator(operation)

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)
        return lambda **arguments: self._life.call(method, **arguments)


class Quiet:
    """A table with a day of small files; `compaction` is the run that compacts it, which has ended."""

    def __init__(self, cloud: Cloud, table_format: str) -> None:
        changes = {
            "table_format": table_format,
            "automatic_datasets": "stem",
            "max_files_per_run": 10,
            "max_bytes_per_run": 10**9,
        }
        self.calm = Calm(cloud, changes={**changes, "compact_after_hours": 1, "compact_least_objects": 4})
        self.is_iceberg = table_format == ICEBERG
        self.calm.world.table_format = table_format
        day = ("data/" if self.is_iceberg else "") + "year=2030/month=01/day=05"
        self.day = Day("table_a", day)
        self.versions = [self.drop(f"{n}.json", f"f{n}") for n in range(5)]
        self.publish()
        self.compaction = self.compact()

    def drop(self, name: str, tag: str) -> Version:
        table = Table((("k", "whole"), ("l", "word")), ((1, "x"), (2, None)))
        version = self.calm.world.upload(f"data/incoming/table_a/2030/01/05/{name}", Content(tag, "good", 2, table))
        self.calm._traffic.announce(version, "s3")
        return version

    def publish(self) -> None:
        self.calm.dispatch()
        self.calm.end_runs()

    def compact(self) -> SimulatedRun:
        """Two quiet hours, and the sweep after them."""
        assert self.calm.sweep(later=3 * 3600).compactions_started == 1
        (run,) = self.calm.world.glue.waiting()
        assert is_compaction(run.manifest)
        run_job(Objects(self.calm.world.raw_client("s3")), run, spoils=False)
        run.state, run.ended_at = "SUCCEEDED", self.calm.cloud.clock.now()
        return run

    def finish(self, life: Dying | None = None) -> None:
        event = json.dumps(run_ended_event(self.calm.settings.glue_job_name, self.compaction))
        with suppress(Killed):
            finalize_run(self.calm.services(life.clients() if life else None), parse_run_ended(event))

    def roll_back(self, version: Version, life: Dying | None = None) -> None:
        record = self.calm.world.ledger.get(version.batch_id)
        assert record is not None
        with suppress(Killed):
            Operator(self.calm.services(life.clients() if life else None), "an operator").roll_back([record])

    def settle(self) -> None:
        """What a sweep makes good, after the time of all who died; it may begin the next compaction, which is not looked at."""
        self.calm.sweep()
        self.calm.sweep()

    def seen(self) -> list[str]:
        """The files whose rows readers see, by tag."""
        world = self.calm.world
        if self.is_iceberg:
            rows = Counter(row["id"] for _, document in listed(world, "table_a") for row in document["rows"])
        else:
            rows = sum(compact._seen(world).values(), Counter[str]())
        assert set(rows.values()) <= {1}, rows
        assert set(Counter(row.partition(".")[0] for row in rows).values()) <= {2}, f"files in part: {rows}"
        return sorted({row.partition(".")[0] for row in rows})

    def objects(self) -> int:
        """How many objects readers open."""
        world = self.calm.world
        if self.is_iceberg:
            return len(list(listed(world, "table_a")))
        folder = world.ledger.day(self.day).folder
        return sum(key.startswith(folder) for key in world.curated_keys())


ALL = ["f0", "f1", "f2", "f3", "f4"]


@pytest.mark.parametrize("table_format", FORMATS)
def test_files_of_a_compacted_day_come_go_and_are_replaced_each_alone(cloud: Cloud, table_format: str) -> None:
    quiet = Quiet(cloud, table_format)
    assert (quiet.seen(), quiet.objects()) == (ALL, 5)
    quiet.finish()
    assert (quiet.seen(), quiet.objects()) == (ALL, 1)
    quiet.finish()
    assert (quiet.seen(), quiet.objects()) == (ALL, 1), "a repeat changes nothing"
    quiet.roll_back(quiet.versions[0])
    assert (quiet.seen(), quiet.objects()) == (ALL[1:], 4)
    quiet.drop("1.json", "again")
    quiet.drop("9.json", "late")
    quiet.publish()
    assert (quiet.seen(), quiet.objects()) == (["again", "f2", "f3", "f4", "late"], 5)
    quiet.calm.cloud.clock.advance(6 * 3600)
    quiet.compaction = quiet.compact()
    quiet.finish()
    assert (quiet.seen(), quiet.objects()) == (["again", "f2", "f3", "f4", "late"], 1)


@pytest.mark.parametrize("table_format", FORMATS)
def test_a_file_that_leaves_while_its_day_is_compacted_does_not_come_back(cloud: Cloud, table_format: str) -> None:
    quiet = Quiet(cloud, table_format)
    quiet.roll_back(quiet.versions[0])
    quiet.finish()
    assert quiet.seen() == ALL[1:]
    assert quiet.calm.world.ledger.day(quiet.day).state == FILES
    quiet.calm.sweep(later=8 * 3600)
    made = [key for key in quiet.calm.world.curated_keys() if key.startswith("compact-days/") or "_compact_" in key]
    assert made == [], "what was copied for it is deleted"


def test_a_file_is_not_listed_again_that_was_compacted_before_its_head_knew_that_its_table_has_it(cloud: Cloud) -> None:
    quiet = Quiet(cloud, ICEBERG)
    quiet.finish()
    for head in quiet.calm.world.heads():
        quiet.calm.world.ledger.update_head(head, lambda known: replace(known, entering=True, rev=known.rev + 1))
    quiet.settle()
    assert (quiet.seen(), quiet.objects()) == (ALL, 1)
    assert not any(head.is_ahead for head in quiet.calm.world.heads())


@pytest.mark.parametrize("table_format", FORMATS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_dies_at_whichever_call_readers_see_every_file_once(
    cloud: Cloud, table_format: str, after: bool
) -> None:
    """First who shows what a compaction made, then who takes a file of it back: dead at one call, the sweep finishes it."""
    step, nth = scaled(9, 1), 1
    while True:
        quiet = Quiet(cloud, table_format)
        life = Dying(quiet.calm, nth, after)
        quiet.finish(life)
        assert quiet.seen() == ALL
        quiet.settle()
        assert (quiet.seen(), quiet.objects()) == (ALL, 1), nth
        back = Dying(quiet.calm, nth, after)
        quiet.roll_back(quiet.versions[2], back)
        assert quiet.seen() in (ALL, [f for f in ALL if f != "f2"])
        quiet.settle()
        record = quiet.calm.world.ledger.get(quiet.versions[2].batch_id)
        assert record and (quiet.seen() == ALL) == record.is_readable, nth
        if life.made < nth and back.made < nth:
            break
        nth += step
    assert nth > 10
