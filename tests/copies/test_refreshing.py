"""QuickSight imports a data set once after a change, not twice in its time, and again what was not heard of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.data_sets import Imports, item_refresh, refresh_item
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.errors import Refused, Transient
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.core.files.refreshes import Refresh
from glue_etl.core.files.states import State
from glue_etl.core.operating.diagnosis import Work, at_work
from glue_etl.steps.files.ports import JobState, Services
from glue_etl.steps.files.refresh_ports import Refreshing
from glue_etl.steps.files.refreshing import refresh
from tests.unit.in_memory import NOW, MemoryLedger, MemoryObjects, services_on

QUALITY = "test_quality"
texts = st.text(max_size=5)


@dataclass
class World:
    """A dataset's records, and QuickSight that notes what it is asked for; `fails` is raised by the next call."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    items: dict[str, Refresh] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    states: list[JobState] = field(default_factory=list)
    fails: Exception | None = None
    now: Any = NOW

    def services(self) -> Services:
        this: Any = self
        refreshing = Refreshing({"sales": "dev-sales", QUALITY: "dev-quality"}, 60, this, this)
        made = services_on(self.ledger, MemoryObjects())
        ids: Iterator[str] = (f"id-{n}" for n in range(len(self.started) * 100, 10**6))
        return replace(made, refreshing=refreshing, now=lambda: self.now, job_states=this, new_id=lambda: next(ids))

    def get(self, data_set: str) -> Refresh:
        return self.items.get(data_set, Refresh(data_set))

    def update(self, data_set: str, change: Callable[[Refresh], Refresh]) -> Refresh:
        self.items[data_set] = change(self.get(data_set))
        return self.items[data_set]

    def start(self, data_set: str, ingestion: str) -> None:
        if self.fails:
            failure, self.fails = self.fails, None
            raise failure
        self.started.append(f"{data_set} {ingestion}")

    def between(self, job: str, since: str, until: str) -> Iterator[JobState]:
        return (state for state in self.states if since <= state.updated_at < until)

    def publish(self, name: str, state: State = State.PUBLISHED) -> None:
        file = File("raw", name, "v", "e", 1, self.now.isoformat())
        record = Record(file, state, dataset="sales", updated_at=self.now.isoformat())
        self.ledger.records[file.batch_id] = record

    def sweep(self, minutes: int = 5, dataset: str = "sales") -> bool:
        self.now += timedelta(minutes=minutes)
        return refresh(self.services(), dataset)


def test_a_change_is_imported_once() -> None:
    world = World()
    world.publish("a")
    assert [world.sweep() for _ in range(40)] == [True] + [False] * 39
    world.publish("b")
    assert [world.sweep() for _ in range(40)] == [True] + [False] * 39


def test_changes_that_follow_are_imported_together_when_it_is_time() -> None:
    world = World()
    world.publish("a")
    world.sweep()
    asked = []
    for number in range(36):
        world.publish(f"more {number}")
        asked.append(world.sweep())
    assert sum(asked) == 3 and not any(asked[:11])


def test_what_was_written_before_and_stored_after_an_import_is_a_change() -> None:
    world = World()
    world.publish("a")
    world.sweep()
    world.now -= timedelta(minutes=10)
    world.publish("late")
    world.now += timedelta(minutes=10)
    assert world.sweep(minutes=61)


@pytest.mark.parametrize(("state", "asked"), [
    (State.RUNNING, False), (State.STAGED, False), (State.FAILED, False), (State.QUARANTINED, True), (State.REJECTED, True),
    (State.SUPERSEDED, True),
])  # fmt: skip
def test_a_file_that_moves_on_is_no_change_one_that_is_taken_back_is(state: State, asked: bool) -> None:
    world = World()
    world.publish("a")
    world.sweep()
    world.now += timedelta(hours=2)
    world.publish("b", state)
    assert world.sweep() is asked


@pytest.mark.parametrize("state", [State.QUARANTINED, State.REJECTED])
def test_a_replay_that_takes_rows_away_long_after_is_a_change(state: State) -> None:
    world = World()
    world.publish("a")
    world.sweep()
    world.now += timedelta(hours=5)
    world.publish("b")
    assert world.sweep()
    world.now += timedelta(hours=5)
    assert not any(world.sweep() for _ in range(30))
    world.publish("a", state)
    assert [world.sweep() for _ in range(30)].count(True) == 1


def test_an_import_that_nobody_heard_of_is_asked_for_again_under_its_id() -> None:
    world = World()
    world.publish("a")
    world.fails = Transient("time-out")
    with pytest.raises(Transient):
        world.sweep()
    noted = world.items["dev-sales"].ingestion
    assert world.sweep() and world.started == [f"dev-sales {noted}"]
    assert not world.sweep(minutes=120)


def test_a_refusal_is_shown_by_doctor_and_asked_again_when_it_is_time() -> None:
    world = World()
    world.publish("a")
    world.fails = Refused("SPICE is full")
    with pytest.raises(Refused):
        world.sweep()
    known = world.items["dev-sales"]
    work = Work(
        queues={}, open_files={}, newest={}, oldest={}, failed_streams={}, refused_imports={"dev-sales": known.error}
    )
    (finding,) = at_work(work)
    assert "dev-sales: SPICE is full" in finding.problem
    assert not world.sweep() and world.sweep(minutes=60)
    assert world.items["dev-sales"].error == ""


def test_the_table_of_quality_is_imported_after_a_run() -> None:
    world = World()
    assert world.sweep(dataset=QUALITY)
    assert not world.sweep(minutes=120, dataset=QUALITY)
    world.states.append(JobState("ingest", "SUCCEEDED", world.now.isoformat(), "", {}))
    assert world.sweep(dataset=QUALITY) and not world.sweep(minutes=120, dataset=QUALITY)


@given(st.builds(Refresh, texts.filter(bool), texts, texts, texts, texts, st.booleans(), texts, st.integers(0, 9)))
def test_an_import_comes_back_as_it_was_stored(known: Refresh) -> None:
    assert item_refresh(from_item(to_item(refresh_item(known)))) == known


@pytest.mark.parametrize(("code", "error"), [
    ("", None), ("ResourceExistsException", None), ("ConflictException", Transient), ("ThrottlingException", Transient),
    ("LimitExceededException", Refused), ("AccessDeniedException", Refused),
])  # fmt: skip
def test_quicksight_is_asked_by_its_model(code: str, error: type[Exception] | None) -> None:
    client = boto3.client("quicksight", region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stub:
        asked = {"AwsAccountId": "123456789012", "DataSetId": "dev-sales", "IngestionId": "0" * 32}
        if code:
            stub.add_client_error("create_ingestion", code)
        else:
            stub.add_response("create_ingestion", {"IngestionStatus": "INITIALIZED"}, asked)
        if error is None:
            Imports(client, "123456789012").start("dev-sales", "0" * 32)
            return
        with pytest.raises(error):
            Imports(client, "123456789012").start("dev-sales", "0" * 32)
