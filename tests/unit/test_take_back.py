"""What is readable is found by what was published, and nothing of it is taken away without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import LostClaim, StagingGone
from glue_etl.core.files import heads, ledger
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import Detection, File, FileResult, ManifestFile, Partition, Verdict
from glue_etl.core.files.states import State
from glue_etl.steps.files.attempt import STILL_READABLE, Attempt
from glue_etl.steps.operating.operate import Answer, Operator
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

PASSED = Verdict(True, 100.0, {"validity": 100.0})
STAMP = Stamp("2024-03-05T00:00:00+00:00", "dispatch", "arrived")


class Objects(MemoryObjects):
    """Copies what is there only, and tells of no version: the raw objects are gone."""

    def copy(self, source_uri: str, target_uri: str) -> None:
        if "/data/staging/" not in source_uri and source_uri not in self.uris:
            raise StagingGone(source_uri)
        super().copy(source_uri, target_uri)


class World:
    """One key's versions, published under a contract that may change."""

    def __init__(self) -> None:
        self.ledger, self.objects = MemoryLedger(), Objects()
        self.services = services_on(self.ledger, self.objects)
        self.runs = 0

    def reupload(self, how: str) -> None:
        contracts: Mapping[str, Any] = {"default": Contract("default", reupload=how)}
        self.services = replace(self.services, contracts=contracts)

    def arrive(self, version: int) -> File:
        file = File("raw", "data/incoming/a.csv", f"v{version}", "e", 9, f"2024-03-05T00:00:0{version}+00:00")
        self.ledger.records[file.batch_id] = ledger.receive(file, "claim-0", STAMP)
        return file

    def run(self, file: File, fails: bool = False, rejected: bool = False) -> Record:
        """A run of the file under a new claim."""
        self.runs += 1
        owner = Owner(f"claim-{self.runs}", f"jr_{self.runs}")
        waiting = replace(self.ledger.records[file.batch_id], state=State.FAILED, parked=False)
        self.ledger.records[file.batch_id] = ledger.claim(waiting, owner.claim, STAMP)
        entry = ManifestFile(file, "default", Detection("csv"), Partition("2024", "03", "05"))
        attempt = Attempt(self.services, entry, owner)
        if fails:
            return attempt.fail("an executor was lost", park=True)
        if rejected:
            return attempt.settle(FileResult(file.batch_id, "rejected", reasons=("object_gone: it is gone",)))
        staged = (f"data/staging/{owner.claim}/rows/0.parquet",)
        return attempt.settle(FileResult(file.batch_id, "staged", 2, 2, 0, staged, verdict=PASSED))

    def roll_back(self, file: File, dry_run: bool = False) -> Answer:
        (answer,) = Operator(self.services, "ann", dry_run).roll_back([self.ledger.records[file.batch_id]])
        return answer

    def readable(self) -> list[str]:
        """The version of each object that readers see."""
        found = {record.batch_id: record.file.version_id for record in self.ledger.records.values()}
        return sorted(found[batch_id] for uri in self.objects.below("curated") for batch_id in found if batch_id in uri)

    def kept(self, file: File) -> set[str]:
        return {u for u in self.objects.below("quarantine") if file.batch_id in u and "/rows/" in u}


@pytest.fixture
def world() -> World:
    return World()


def test_a_rollback_keeps_a_copy_whatever_became_of_the_raw_object(world: World) -> None:
    file = world.arrive(1)
    world.run(file)
    dry = world.roll_back(file, dry_run=True)
    assert (dry.done, world.readable(), world.kept(file)) == (True, ["v1"], set())
    answer = world.roll_back(file)
    assert (answer.done, answer.record.state, world.readable()) == (True, State.QUARANTINED, [])
    assert (answer.record.rows_read, answer.record.rows_published, answer.record.rows_quarantined) == (2, 0, 2)
    (copy,) = world.kept(file)
    assert copy.startswith(answer.record.location)
    assert not world.roll_back(file).done


@pytest.mark.parametrize(("before", "after"), [("replace", "append"), ("append", "replace")])
def test_a_rollback_finds_rows_that_were_published_under_another_contract(
    world: World, before: str, after: str
) -> None:
    world.reupload(before)
    file = world.arrive(1)
    world.run(file)
    world.reupload(after)
    assert world.roll_back(file).done
    assert world.readable() == []


@pytest.mark.parametrize(("before", "after"), [("replace", "append"), ("append", "replace")])
def test_a_replay_replaces_rows_that_were_published_under_another_contract(
    world: World, before: str, after: str
) -> None:
    world.reupload(before)
    file = world.arrive(1)
    first = world.run(file)
    world.reupload(after)
    second = world.run(file)
    assert (second.state, world.readable()) == (State.PUBLISHED, ["v1"])
    assert first.head != second.head
    assert world.ledger.heads[first.head].published is None


def test_rows_published_by_an_earlier_release_which_named_no_head_are_found_too(world: World) -> None:
    file = world.arrive(1)
    world.ledger.records[file.batch_id] = replace(world.run(file), head="")
    world.reupload("append")
    assert world.roll_back(file).done
    assert world.readable() == []


def test_a_replay_that_fails_leaves_the_rows_readable_says_so_and_can_be_rolled_back(world: World) -> None:
    file = world.arrive(1)
    world.run(file)
    failed = world.run(file, fails=True)
    assert (failed.state, failed.parked, world.readable()) == (State.FAILED, True, ["v1"])
    assert failed.reasons == ("an executor was lost", STILL_READABLE)
    answer = world.roll_back(file)
    assert (answer.done, answer.record.state, world.readable()) == (True, State.QUARANTINED, [])
    assert answer.record.rows_read == answer.record.rows_quarantined == 2
    assert len(world.kept(file)) == 1


def test_a_failed_replay_whose_rows_a_newer_version_replaces_is_superseded(world: World) -> None:
    first, second = world.arrive(1), world.arrive(2)
    world.run(first)
    world.run(first, fails=True)
    world.run(second)
    assert world.ledger.records[first.batch_id].state is State.SUPERSEDED
    assert not world.ledger.records[first.batch_id].is_readable
    assert world.readable() == ["v2"]


def test_a_replay_that_finds_the_object_gone_keeps_the_rows_that_it_takes_away(world: World) -> None:
    file = world.arrive(1)
    world.run(file)
    record = world.run(file, rejected=True)
    assert (record.state, world.readable()) == (State.REJECTED, [])
    (copy,) = world.kept(file)
    assert record.reasons[-1] == f"the rows that an earlier run published are kept in {copy.rpartition('/')[0]}/"


def test_what_has_no_readable_rows_and_what_a_run_works_on_is_left(world: World) -> None:
    file = world.arrive(1)
    world.run(file, fails=True)
    answer = world.roll_back(file)
    assert (answer.done, answer.why) == (False, "is FAILED: no rows to take back")
    world.run(file)
    world.ledger.records[file.batch_id] = ledger.requeue(world.ledger.records[file.batch_id], STAMP)
    answer = world.roll_back(file)
    assert (answer.done, answer.why) == (False, "is RECEIVED: a replay works on it, ask again when that has ended")
    with pytest.raises(LostClaim):
        ledger.roll_back(world.ledger.records[file.batch_id], STAMP, "", "")


def test_heads_of_a_file_are_those_of_both_contracts(world: World) -> None:
    file = world.arrive(1)
    assert heads.heads_of(file) == (heads.head_of(file, append=False), heads.head_of(file, append=True))
