"""A version that asks for somebody asks no more once a newer one of its key is published, and the past counts what is current."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.history import History
from glue_etl.core.errors import LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.heads import head_of, publication_of, publish
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import (
    Detection,
    File,
    FileResult,
    Manifest,
    ManifestFile,
    Partition,
    RunResult,
    Verdict,
)
from glue_etl.core.files.states import State
from glue_etl.steps.files.history import Judged, note_files
from glue_etl.steps.files.overtaken import end_overtaken
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.troubles import Troubles
from tests.unit.in_memory import SETTINGS, MemoryLedger, MemoryObjects, services_on

STAMP = Stamp("2024-03-05T00:00:00+00:00", "dispatch", "arrived")
DAY = Partition("2024", "03", "05")


class Objects(MemoryObjects):
    """Knows the versions of the key, the newest first, and documents."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[File] = []
        self.documents: dict[str, Any] = {}

    def versions_of(self, bucket: str, key: str) -> Iterator[File]:
        return iter(self.versions[::-1])

    def read_json(self, uri: str) -> Any:
        return self.documents.get(uri)


class Versions:
    """The versions of one key, each in a state."""

    def __init__(self, reupload: str = "replace") -> None:
        self.ledger, self.objects = MemoryLedger(), Objects()
        services = services_on(self.ledger, self.objects)
        contracts: dict[str, Any] = {"default": Contract("default", reupload=reupload)}
        self.services: Services = replace(services, contracts=contracts)
        self.append = reupload == "append"

    def add(self, state: State, **changes: Any) -> Record:
        number = len(self.objects.versions) + 1
        file = File("raw", "data/incoming/a.csv", f"v{number}", "e", 9, "2024-03-05T00:00:00+00:00")
        self.objects.versions.append(file)
        record = ledger.receive(file, f"claim-{number}", STAMP, "orders")
        self.ledger.records[file.batch_id] = replace(record, state=state, run_id=f"jr_{number}", **changes)
        if state is State.PUBLISHED:
            shown = publication_of(file, "orders", f"jr_{number}", DAY, 1, "t")
            self.ledger.update_head(head_of(file, self.append), lambda head: publish(head, shown))
        return self.ledger.records[file.batch_id]

    def end(self, record: Record) -> dict[str, State]:
        end_overtaken(self.services, record, "finalize")
        return {r.file.version_id: r.state for r in self.ledger.records.values()}


ASIDE = [(State.QUARANTINED, False), (State.REJECTED, False), (State.FAILED, True)]


@pytest.mark.parametrize(("state", "parked"), ASIDE)
@pytest.mark.parametrize("late", [False, True], ids=["published after it", "set aside after that"])
def test_what_asked_for_somebody_is_superseded_and_keeps_its_reasons(state: State, parked: bool, late: bool) -> None:
    versions = Versions()
    old = versions.add(state, parked=parked, reasons=("nulls",), location="s3://quarantine/x/")
    new = versions.add(State.PUBLISHED)
    assert versions.end(old if late else new) == {"v1": State.SUPERSEDED, "v2": State.PUBLISHED}
    ended = versions.ledger.records[old.batch_id]
    assert ended.reasons == ("version v2, which is newer, is published", "nulls")
    assert (ended.location, ended.history[-1].by, ended.parked) == (old.location, "finalize", False)
    assert not ledger.asks_for_somebody(ended)
    assert versions.end(new) == {"v1": State.SUPERSEDED, "v2": State.PUBLISHED}
    assert versions.ledger.records[old.batch_id] is ended, "a repeat writes nothing"


def test_a_newer_version_that_is_set_aside_still_asks() -> None:
    """S3's order of versions says which is newer: all of these arrived in the same second."""
    versions = Versions()
    shown = versions.add(State.PUBLISHED)
    newer = versions.add(State.QUARANTINED)
    for record in (shown, newer):
        assert versions.end(record) == {"v1": State.PUBLISHED, "v2": State.QUARANTINED}


def test_where_versions_add_up_none_replaces_another() -> None:
    versions = Versions("append")
    versions.add(State.QUARANTINED)
    assert versions.end(versions.add(State.PUBLISHED)) == {"v1": State.QUARANTINED, "v2": State.PUBLISHED}


def test_what_is_tried_again_or_replayed_is_left() -> None:
    versions = Versions()
    versions.add(State.FAILED)
    versions.add(State.RECEIVED)
    states = versions.end(versions.add(State.PUBLISHED))
    assert states == {"v1": State.FAILED, "v2": State.RECEIVED, "v3": State.PUBLISHED}
    with pytest.raises(LostClaim):
        ledger.overtake(next(iter(versions.ledger.records.values())), STAMP)


def judged(versions: Versions, record: Record, rows: int) -> Judged:
    """The file as its run judged it; manifest and result are kept, as runs keep them."""
    claim, run = record.claim, record.run_id
    entry = ManifestFile(record.file, "orders", Detection("csv"), DAY)
    result = FileResult(record.batch_id, "staged", rows, rows, 0, verdict=Verdict(True, 90.0, {"validity": 90.0}))
    manifest = Manifest(claim, "test", "2024-03-05T00:00:00+00:00", "s3://raw/s/", (entry,), {})
    versions.objects.documents[SETTINGS.manifest_uri(claim)] = manifest.to_json()
    versions.objects.documents[SETTINGS.result_uri(claim, run)] = RunResult(claim, run, (result,)).to_json()
    return Judged(entry, record, result)


def note(versions: Versions, file: Judged) -> None:
    troubles = Troubles(versions.services.log)
    note_files(versions.services, [file], Owner(file.record.claim, file.record.run_id), troubles)
    assert not troubles


def test_the_past_of_a_dataset_counts_the_version_that_is_current() -> None:
    versions = Versions()
    old = versions.add(State.QUARANTINED)
    note(versions, judged(versions, old, 40))
    assert [(day.files, day.rows) for day in versions.ledger.history("orders").days] == [(1, 40)]
    new = versions.add(State.PUBLISHED)
    versions.end(new)
    for _ in range(2):  # finalize may come again
        note(versions, judged(versions, versions.ledger.records[new.batch_id], 50))
        assert [(day.files, day.rows) for day in versions.ledger.history("orders").days] == [(1, 50)]
    assert versions.ledger.records[old.batch_id].counted == ""


def test_a_version_that_is_replaced_before_it_is_counted_never_counts() -> None:
    versions = Versions()
    old = versions.add(State.PUBLISHED)
    settled = judged(versions, old, 40)
    new = versions.add(State.PUBLISHED)
    versions.ledger.records[old.batch_id] = replace(old, state=State.SUPERSEDED, rev=old.rev + 1)
    note(versions, judged(versions, new, 50))  # finds nothing of the old version to forget
    for record in (settled.record, versions.ledger.records[old.batch_id]):
        note(versions, replace(settled, record=record))
        assert [(day.files, day.rows) for day in versions.ledger.history("orders").days] == [(1, 50)]
        assert versions.ledger.records[old.batch_id].counted == ""


class Busy(MemoryLedger):
    """Another writes the past of a dataset in between, a few times."""

    refusals = 0

    def commit_history(self, history: History, records: Sequence[Record]) -> bool:
        if self.refusals:
            self.refusals -= 1
            return False
        return super().commit_history(history, records)


class Reads(Objects):
    """Keeps which documents were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def read_json(self, uri: str) -> Any:
        self.read.append(uri)
        return super().read_json(uri)


def _judged_by(claim: str, run: str, keys: Iterable[str], version: str, state: State) -> list[Judged]:
    files = [File("raw", key, version, "e", 9, "2024-03-05T00:00:00+00:00") for key in keys]
    return [
        Judged(
            ManifestFile(file, "orders", Detection("csv"), DAY),
            replace(ledger.receive(file, claim, STAMP, "orders"), state=state, run_id=run),
            FileResult(file.batch_id, "staged", 1, 1, 0, verdict=Verdict(True, 90.0, {"validity": 90.0})),
        )
        for file in files
    ]


@pytest.mark.parametrize("again", [False, True], ids=["replaced", "judged again"])
def test_what_a_run_said_of_files_is_read_once_however_many_and_however_often(again: bool) -> None:
    """More files than one transaction takes, of two runs, and a past that others write meanwhile."""
    stored, objects = Busy(), Reads()
    services, runs = services_on(stored, objects), [("claim-1", "jr_1"), ("claim-2", "jr_2")]
    for claim, run in runs:
        files = _judged_by(claim, run, [f"{claim}/{n}.csv" for n in range(120)], "v1", State.PUBLISHED)
        manifest = Manifest(claim, "test", STAMP.at, "s3://raw/s/", tuple(f.entry for f in files), {})
        objects.documents[SETTINGS.manifest_uri(claim)] = manifest.to_json()
        result = RunResult(claim, run, tuple(f.result for f in files))
        objects.documents[SETTINGS.result_uri(claim, run)] = result.to_json()
        stored.records |= {f.record.batch_id: f.record for f in files}
        note_files(services, files, Owner(claim, run), Troubles(services.log))
    before = dict(stored.records)
    files = _judged_by(
        "claim-3", "jr_3", [r.file.key for r in before.values()], "v1" if again else "v2", State.PUBLISHED
    )
    files = [
        replace(f, record=replace(f.record, counted=before[f.record.batch_id].counted if again else "")) for f in files
    ]
    stored.records = {r.batch_id: replace(r, state=State.SUPERSEDED) for r in before.values()}
    stored.records |= {f.record.batch_id: f.record for f in files}
    objects.read.clear()
    stored.refusals, troubles = 5, Troubles(services.log)
    note_files(services, files, Owner("claim-3", "jr_3"), troubles)
    assert not troubles
    uris = [uri for claim, run in runs for uri in (SETTINGS.manifest_uri(claim), SETTINGS.result_uri(claim, run))]
    assert sorted(objects.read) == sorted(uris)
    assert [(day.files, day.rows) for day in stored.history("orders").days] == [(240, 240)]
    assert {r.counted for r in stored.records.values()} == ({"claim-3/jr_3"} if again else {"", "claim-3/jr_3"})


def test_a_key_that_is_rewritten_for_years_costs_no_more_each_time() -> None:
    versions = Versions()
    for _ in range(200):
        versions.add(State.SUPERSEDED)
    waiting = versions.add(State.QUARANTINED)
    new = versions.add(State.PUBLISHED)
    asked: list[str] = []
    get = versions.ledger.get
    versions.ledger.get = lambda batch_id: asked.append(batch_id) or get(batch_id)  # type: ignore[method-assign,func-returns-value]
    versions.end(new)
    assert set(asked) == {waiting.batch_id}
