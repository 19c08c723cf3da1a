"""A version that asks for somebody asks no more once a newer one of its key is published, and the past counts what is current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from glue_etl.core.datasets.contracts import Contract
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
