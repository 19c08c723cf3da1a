"""Ending a run, on services in memory: what is refused stops nothing else, and people are told of what they asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from glue_etl.core.datasets.lineage import EndedRun
from glue_etl.core.errors import Refused, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.events import RunEnded
from glue_etl.core.files.ledger import Owner, Record, RunRecord, Stamp
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
from glue_etl.core.messages import Notice
from glue_etl.steps.files.day import tell_of_yesterday
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.ports import JobRun, JobState, Services
from glue_etl.steps.files.retry import MESSAGE_FILES, retry_files
from glue_etl.steps.files.telling import RunSummary
from tests.unit.in_memory import NOW, SETTINGS, MemoryLedger, MemoryObjects, services_on

OWNER = Owner("claim", "jr_1")
ENDED = RunEnded("ingest", "jr_1", "SUCCEEDED", "")
GOOD = Verdict(True, 100.0, {"validity": 100.0})
BAD = Verdict(False, 1.0, {"validity": 1.0}, reasons=("validity is 1, the gate is 50",))


class Ledger(MemoryLedger):
    """With runs."""

    def __init__(self, *records: Record) -> None:
        super().__init__(*records)
        self.runs: dict[str, RunRecord] = {}

    def run(self, claim: str) -> RunRecord | None:
        return self.runs.get(claim)

    def update_run(self, blank: RunRecord, change: Callable[[RunRecord], RunRecord]) -> RunRecord:
        self.runs[blank.claim] = change(self.runs.get(blank.claim, blank))
        return self.runs[blank.claim]


class Objects(MemoryObjects):
    """Refuses to copy to where one of `refused` is part of the address."""

    def __init__(self, documents: dict[str, Any]) -> None:
        super().__init__()
        self.documents = documents
        self.refused: list[str] = []

    def read_json(self, uri: str) -> Any:
        return self.documents.get(uri)

    def copy(self, source_uri: str, target_uri: str) -> None:
        if any(part in target_uri for part in self.refused):
            raise Refused(f"CopyObject: AccessDenied on {target_uri}")
        super().copy(source_uri, target_uri)


class Catalog:
    """Refuses the datasets of `refused`."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.days: list[str] = []

    def add_partitions(self, dataset: str, days: Sequence[Partition]) -> str:
        if dataset in self.refused:
            raise Refused("BatchCreatePartition: AccessDeniedException")
        self.days.append(dataset)
        return "columns"

    def update_partitions(self, dataset: str) -> tuple[int, list[str]]:
        return 0, []


@dataclass
class Told:
    """What left the system: notices, messages and states of the job."""

    notices: list[Notice] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    states: list[JobState] = field(default_factory=list)

    def publish(self, notice: Notice) -> None:
        self.notices.append(notice)

    def send(self, body: Any, delay_seconds: int = 0) -> None:
        self.sent.append(body)

    def update_job_state(self, state: JobState) -> None:
        self.states.append(state)

    def between(self, job_name: str, since: str, until: str) -> Iterator[JobState]:
        return (s for s in self.states if s.job_name == job_name and since <= s.updated_at < until)


@dataclass
class World:
    """A run of `files` that has ended, and the services that finalize it."""

    ledger: Ledger
    objects: Objects
    catalog: Catalog
    told: Told
    services: Services

    def states(self) -> list[State]:
        return [record.state for record in self.ledger.records.values()]

    def finalize(self) -> RunSummary:
        return finalize_run(self.services, ENDED)

    def on(self, **settings: Any) -> None:
        self.services = replace(self.services, settings=replace(self.services.settings, **settings))


def world(*verdicts: Verdict, datasets: Sequence[str] = ()) -> World:
    names = datasets or ["default"] * len(verdicts)
    files = [
        File("raw", f"data/incoming/{n}.csv", f"v{n}", "e", 9, "2024-03-05T00:00:00+00:00")
        for n in range(len(verdicts))
    ]
    entries = [
        ManifestFile(f, name, Detection("csv"), Partition("2024", "03", "05"))
        for f, name in zip(files, names, strict=True)
    ]
    manifest = Manifest("claim", "test", NOW.isoformat(), "s3://raw/data/staging/claim/", tuple(entries), {})
    results = RunResult(
        "claim",
        "jr_1",
        tuple(
            FileResult(f.batch_id, "staged", 2, 2, 0, (f"rows/{f.batch_id}.parquet",), verdict=v)
            for f, v in zip(files, verdicts, strict=True)
        ),
    )
    uri = SETTINGS.manifest_uri("claim")
    records = [ledger.receive(f, "claim", Stamp("2024-03-05T00:00:30+00:00", "dispatch", "arrived")) for f in files]
    objects = Objects({uri: manifest.to_json(), SETTINGS.result_uri("claim", "jr_1"): results.to_json()})
    kept, catalog, told = Ledger(*records), Catalog(), Told()
    jobs: Any = Jobs(JobRun("jr_1", "SUCCEEDED", uri, ended_at="2024-03-05T11:00:00+00:00"))
    there: Any = told
    services = replace(services_on(kept, objects, catalog), jobs=jobs, notices=there, arrivals=there, job_states=there)
    return World(kept, objects, catalog, told, services)


@dataclass
class Jobs:
    job_run: JobRun

    def get(self, run_id: str) -> JobRun | None:
        return self.job_run


def test_what_is_refused_for_one_file_stops_no_other_is_told_once_and_comes_again() -> None:
    made = world(GOOD, GOOD, BAD)
    stuck = next(iter(made.ledger.records))
    made.objects.refused = [stuck]
    for _ in range(3):
        summary = made.finalize()
        assert summary.as_metrics() == {"Unfinished": 1}
        assert made.states() == [State.STAGED, State.PUBLISHED, State.QUARANTINED]
        assert made.ledger.runs["claim"].open
    [notice] = made.told.notices
    assert "data/incoming/0.csv: CopyObject: AccessDenied" in notice.body
    assert "1 QUARANTINED, 1 PUBLISHED" in notice.body
    made.objects.refused = []
    assert not made.finalize().unfinished
    assert made.states() == [State.PUBLISHED, State.PUBLISHED, State.QUARANTINED]
    assert not made.ledger.runs["claim"].open
    assert [notice.body.startswith("Run jr_1 of ingest in test ended") for notice in made.told.notices] == [False, True]
    assert made.finalize().as_metrics()["FilesPublished"] == 2
    assert len(made.told.notices) == 2


def test_a_mistake_of_ours_in_one_file_stops_no_other_and_is_told_without_what_it_quotes() -> None:
    made = world(GOOD, GOOD)
    stuck = next(iter(made.ledger.records))

    def copy(source_uri: str, target_uri: str) -> None:
        if stuck in target_uri:
            raise KeyError("Erika Mustermann")
        Objects.copy(made.objects, source_uri, target_uri)

    made.services = replace(made.services, objects=_with_copy(made.objects, copy))
    assert made.finalize().unfinished == 1
    assert made.states() == [State.STAGED, State.PUBLISHED]
    [notice] = made.told.notices
    assert "data/incoming/0.csv: KeyError: (text of the row)" in notice.body and "Erika" not in notice.body


def test_one_record_s_error_gives_back_that_record_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest that nobody can read, before the run's event and behind it, in one batch of Lambda's."""
    from lambdas.finalize import handler

    made = world(GOOD)
    made.objects.documents["s3://raw/broken.json"] = {"claim": "broken"}
    runs = {"jr_1": made.services.jobs.get("jr_1"), "jr_2": JobRun("jr_2", "SUCCEEDED", "s3://raw/broken.json")}
    jobs: Any = SimpleNamespace(get=runs.get)
    monkeypatch.setattr(handler, "services", lambda log: replace(made.services, jobs=jobs))
    monkeypatch.setattr(handler.metrics, "namespace", "test")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "test")
    records = [
        {"messageId": f"m{n}", "body": json.dumps(run_ended(run))} for n, run in enumerate(("jr_2", "jr_1", "jr_2"))
    ]
    context = SimpleNamespace(
        function_name="f", memory_limit_in_mb=1, invoked_function_arn="a:b:c:d:e:f:g", aws_request_id="r"
    )
    answer = handler.lambda_handler({"Records": records}, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert made.states() == [State.PUBLISHED]


def run_ended(run_id: str) -> dict[str, Any]:
    detail = {"jobName": "ingest", "jobRunId": run_id, "state": "SUCCEEDED", "message": "", "severity": "INFO"}
    return {"source": "aws.glue", "detail-type": "Glue Job State Change", "detail": detail}


def test_a_dataset_that_the_catalog_refuses_stops_no_other() -> None:
    made = world(GOOD, GOOD, datasets=("guarded", "open"))
    made.catalog.refused = {"guarded"}
    assert made.finalize().unfinished == 1
    assert (made.states(), set(made.catalog.days)) == ([State.PUBLISHED] * 2, {"open"})
    assert "can't be queried before the catalog has them: BatchCreatePartition" in made.told.notices[0].body
    made.catalog.refused = set()
    assert not made.finalize().unfinished
    assert set(made.catalog.days) == {"guarded", "open", "test_quality", "test_quality_states"}


def test_what_only_waits_is_not_told() -> None:
    made = world(GOOD)

    def throttled(source_uri: str, target_uri: str) -> None:
        raise Transient("SlowDown")

    made.services = replace(made.services, objects=_with_copy(made.objects, throttled))
    assert made.finalize().unfinished == 1
    assert not made.told.notices


def _with_copy(objects: Objects, copy: Callable[[str, str], None]) -> Any:
    changed = Objects(objects.documents)
    changed.copy = copy  # type: ignore[assignment, method-assign]
    return changed


@pytest.mark.parametrize(("notices", "verdicts", "mails"), [
    ("each", [GOOD], 1),
    ("problems_and_daily_summary", [GOOD], 0),
    ("problems_and_daily_summary", [GOOD, BAD], 1),
])  # fmt: skip
def test_mails_are_for_every_run_or_for_what_needs_a_person(notices: str, verdicts: list[Verdict], mails: int) -> None:
    made = world(*verdicts)
    made.on(notices=notices)
    made.finalize()
    assert len(made.told.notices) == mails
    assert len(made.told.states) == 1
    assert made.ledger.runs["claim"].notified


def test_the_summary_of_a_day_is_sent_once_and_counts_every_run() -> None:
    made = world(GOOD, GOOD)
    made.finalize()
    again = {"by_state": {"PUBLISHED": 3, "FAILED": 1}, "rows_read": 7, "rows_published": 6, "execution_seconds": 60}
    made.told.states.append(JobState("ingest", "FAILED", "2024-03-05T23:59:59+00:00", "", again))
    made.told.states.append(JobState("ingest", "FAILED", "2024-03-06T00:00:00+00:00", "", again))
    services = made.services
    tomorrow = NOW + timedelta(hours=12)
    assert not tell_of_yesterday(replace(services, now=lambda: tomorrow + timedelta(minutes=14)))
    later = replace(services, now=lambda: tomorrow + timedelta(minutes=16))
    assert [tell_of_yesterday(later) for _ in range(3)] == [True, False, False]
    [notice] = made.told.notices
    assert notice.subject == "[test] 2024-03-05: 1 FAILED, 5 PUBLISHED (ingest)"
    assert "2 runs (1 SUCCEEDED, 1 FAILED)" in notice.body
    assert "Rows: 11 read, 10 published, 0 quarantined." in notice.body


def test_a_day_without_runs_and_a_deployment_that_is_told_of_each_have_no_summary() -> None:
    made = world(GOOD)
    assert not tell_of_yesterday(made.services)
    made.told.states.append(JobState("ingest", "SUCCEEDED", "2024-03-04T10:00:00+00:00", "", {}))
    made.on(notices="each")
    assert not tell_of_yesterday(made.services)
    assert not made.told.notices


def test_files_that_failed_are_sent_back_in_messages_that_sqs_takes() -> None:
    made = world(GOOD)
    one = ledger.receive(File("raw", "k", "v", "e", 1, "t"), "claim", Stamp("t", "dispatch", "arrived"))
    many = [replace(one, file=replace(one.file, version_id=str(n))) for n in range(5_000)]
    retry_files(made.services, many, "run jr_1 ended FAILED")
    ids = [batch_id for body in made.told.sent for batch_id in body["batch_ids"]]
    assert sorted(ids) == sorted(record.batch_id for record in many)
    assert len(made.told.sent) == 5_000 / MESSAGE_FILES
    assert max(len(str(body)) for body in made.told.sent) < 256 * 1024


class Lineage:
    """Hears of runs, or breaks."""

    def __init__(self, breaks: bool = False) -> None:
        self.breaks, self.heard = breaks, list[EndedRun]()

    def ended(self, run: EndedRun, uri: str) -> int:
        self.heard.append(run)
        if self.breaks:
            raise ConnectionError("away")
        return 2


@pytest.mark.parametrize("breaks", [False, True])
def test_lineage_is_told_once_of_what_was_published_and_costs_no_file(breaks: bool) -> None:
    made, lineage = world(GOOD, BAD), Lineage(breaks)
    made.objects.documents[SETTINGS.manifest_uri("claim")]["contracts"] = {
        "default": {"dataset": "default", "match": ["*"]}
    }
    made.services = replace(made.services, lineage=lineage)
    first, again = made.finalize(), made.finalize()
    assert made.states() == [State.PUBLISHED, State.QUARANTINED] and not first.unfinished
    assert (first.as_metrics()["LineageEventsLost"], again.lineage_lost) == (1 if breaks else 2, 0)
    [run] = lineage.heard
    assert [(file.state, file.rows_published) for file in run.files["default"]] == [
        (State.PUBLISHED, 2),
        (State.QUARANTINED, 0),
    ]
