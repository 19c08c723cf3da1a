"""Ends a run: every file of its manifest comes to rest, the catalog and the job's state follow, and people are told.

Called for each "Glue Job State Change" event and by the sweep, so it may run twice, at once, or again after a crash: all
it does is repeatable, and one of them sends the notice, once the rest is done (twice only if it dies right after that).
What AWS refuses for one file or one dataset stops no other: people are told once, and the run stays open until it is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from glue_etl.core.errors import LostClaim, Terminal, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.events import RunEnded
from glue_etl.core.files.ledger import Owner, Record, RunRecord
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.core.files.notices import health_notice, run_notice, trouble_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import FINAL, State
from glue_etl.core.messages import escaped
from glue_etl.core.reasons import REASON_CHARACTERS, clipped, error_text, sentence
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.news import schema_news
from glue_etl.steps.files.partitions import register
from glue_etl.steps.files.ports import JobRun, JobState, Services
from glue_etl.steps.files.retry import retry_files
from glue_etl.steps.files.schemas import RunSchemas
from glue_etl.steps.files.troubles import Troubles

ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED")
"""Job run states that nothing follows ("JobRun", AWS Glue API reference)."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What finalizing a run came to: the files it brought to rest, and how many belong to another run now (`fenced`).

    `news`: what its files changed in their datasets' schemas. With `unfinished` things left it has to be finalized again, and
    the rest counts then.
    """

    run_id: str
    outcomes: tuple[FileOutcome, ...] = ()
    fenced: int = 0
    unfinished: int = 0
    parked: int = 0
    healthy: bool | None = None
    glue_seconds: int = 0
    run_failed: bool = False
    news: tuple[str, ...] = ()

    def as_metrics(self) -> dict[str, float]:
        """Counts under the names of their CloudWatch metrics; `QualityScore` is the lowest overall score of the run."""
        if self.unfinished:
            return {"Unfinished": self.unfinished}
        counts: dict[str, float] = {
            f"Files{state.title()}": sum(o.state == state for o in self.outcomes) for state in (*FINAL, State.FAILED)
        }
        counts |= {"FilesParked": self.parked, "FilesFenced": self.fenced}
        counts |= {"RunsFailed": int(self.run_failed), "GlueSeconds": self.glue_seconds}
        counts["RowsPublished"] = sum(o.rows_published for o in self.outcomes)
        counts["RowsQuarantined"] = sum(o.rows_quarantined for o in self.outcomes)
        scores = [o.overall for o in self.outcomes if o.overall is not None]
        if scores:
            counts["QualityScore"] = min(scores)
        if self.healthy is not None:
            counts["HealthCheckPassed"] = int(self.healthy)
        return counts


def finalize_run(services: Services, ended: RunEnded) -> RunSummary:
    """Finalize the run of an event. To be called again later where it raises Transient, or leaves something `unfinished`."""
    job_run = services.jobs.get(ended.run_id)
    if job_run is None:
        raise Terminal(f"Glue knows no run {ended.run_id} of job {ended.job_name}: nothing to finalize")
    if job_run.state not in ENDED:
        raise Transient(f"run {ended.run_id} ended {ended.state}, but Glue still shows it {job_run.state}: try again")
    job_run = replace(job_run, message=_said(services, job_run))
    if job_run.health_check:
        return _finalize_health_check(services, job_run)
    if not job_run.manifest:
        return _finalize_foreign_run(services, job_run)
    return _finalize_manifest(services, job_run)


def _said(services: Services, job_run: JobRun) -> str:
    """What Glue says of a run, as people may see it: one sentence; a stack is in the run's log."""
    (told,) = services.settings.told((error_text(sentence(job_run.message)),))
    see = f" (see the log of run {job_run.run_id})"
    room = REASON_CHARACTERS - len(see) - len("SUCCEEDED: ")
    return told if told == job_run.message and len(told) <= room else clipped(told, room) + see


def _finalize_manifest(services: Services, job_run: JobRun) -> RunSummary:
    manifest = Manifest.from_json(services.objects.read_json(job_run.manifest))
    at = services.now().isoformat()
    run = services.ledger.update_run(
        RunRecord(manifest.claim, job_run.manifest), lambda now: ledger.name_run(now, job_run.run_id, at)
    )
    if run.run_id != job_run.run_id:
        services.log("fenced: another run was started for this claim", run_id=job_run.run_id, owner=run.run_id)
        return RunSummary(job_run.run_id, fenced=len(manifest.files))
    troubles = Troubles(services.log)
    settled = _finish_files(services, manifest, job_run, troubles)
    _register_days(services, settled, troubles)
    failed = [record for _, record in settled if record.state is State.FAILED and not record.parked]
    with troubles.alone("files that failed can't be sent back"):
        retry_files(services, failed, f"run {job_run.run_id} ended {job_run.state}")
    summary = RunSummary(
        job_run.run_id,
        tuple(outcome_of(record) for _, record in settled),
        fenced=len(manifest.files) - len(settled),
        unfinished=len(troubles),
        parked=sum(record.parked for _, record in settled),
        glue_seconds=job_run.execution_seconds,
        run_failed=job_run.state != "SUCCEEDED",
        news=tuple(schema_news(services, manifest)),
    )
    if troubles:
        _report_trouble(services, run, job_run, summary, troubles.refused)
    else:
        _report(services, run, job_run, summary)
    return summary


def _finish_files(
    services: Services, manifest: Manifest, job_run: JobRun, troubles: Troubles
) -> list[tuple[ManifestFile, Record]]:
    """The files that this run brought to rest. Those that another run owns by now are left to it."""
    results, owner = _results(services, manifest, job_run), Owner(manifest.claim, job_run.run_id)
    schemas = RunSchemas(services, manifest)
    schemas.let_in_all(manifest.files, results or {})

    def finish(entry: ManifestFile) -> tuple[ManifestFile, Record] | None:
        attempt = Attempt(services, entry, owner, schemas=schemas)
        result = (results or {}).get(entry.batch_id)
        try:
            if results is None:
                return entry, _fail_with_run(attempt, job_run, alone=len(manifest.files) == 1)
            if result is None:
                return entry, attempt.fail("the run's result does not mention this file")
            return entry, attempt.settle(result)
        except LostClaim as lost:
            services.log("fenced", batch_id=entry.batch_id, run_id=owner.run_id, reason=str(lost))
            return None

    def finish_alone(entry: ManifestFile) -> tuple[ManifestFile, Record] | None:
        with troubles.alone(escaped(entry.file.key)):
            return finish(entry)
        return None

    return [finished for finished in services.each(finish_alone, manifest.files) if finished]


def _register_days(services: Services, settled: Sequence[tuple[ManifestFile, Record]], troubles: Troubles) -> None:
    days: dict[str, set[Partition]] = {}
    for entry, record in settled:
        if record.state is State.PUBLISHED:
            days.setdefault(entry.dataset, set()).add(entry.partition)

    def make_known(dataset: str) -> None:
        waits = f"the days of dataset {dataset} are published, but can't be queried before the catalog has them"
        with troubles.alone(waits):
            register(services, dataset, days[dataset])

    services.each(make_known, sorted(days))


def _fail_with_run(attempt: Attempt, job_run: JobRun, alone: bool) -> Record:
    reason = job_run.message or f"the Glue run ended {job_run.state} without a result"
    return attempt.fail(f"{job_run.state}: {reason}", counts=alone, park=job_run.state == "STOPPED")


def _results(services: Services, manifest: Manifest, job_run: JobRun) -> dict[str, FileResult] | None:
    """The run's own account of each file; None where it failed or left none."""
    if job_run.state != "SUCCEEDED":
        return None
    document = services.objects.read_json(services.settings.result_uri(manifest.claim, job_run.run_id))
    return {result.batch_id: result for result in RunResult.from_json(document).files} if document else None


def outcome_of(record: Record) -> FileOutcome:
    """A file's record as people are told of it; the counts of one that FAILED are an earlier run's and are left out."""
    if record.state is State.FAILED:
        record = replace(
            record, rows_read=0, rows_published=0, rows_quarantined=0, scores={}, overall=None, location=""
        )
    return FileOutcome(
        key=record.file.key, batch_id=record.batch_id, dataset=record.dataset, format=record.format,
        state=record.state, rows_read=record.rows_read, rows_published=record.rows_published,
        rows_quarantined=record.rows_quarantined, scores=dict(record.scores), overall=record.overall,
        reasons=record.reasons, location=record.location,
    )  # fmt: skip


def _report(services: Services, run: RunRecord, job_run: JobRun, summary: RunSummary) -> None:
    """State, then notice, then the run is closed: a crash in between repeats the notice rather than losing it."""
    settings = services.settings
    if _tell(services, run).notified:
        return
    notice = run_notice(
        settings.environment,
        settings.glue_job_name,
        job_run.run_id,
        job_run.state,
        summary.outcomes,
        job_run.message,
        summary.news,
    )
    _record_state(services, job_run.state, notice.subject, _metadata(job_run, summary))
    services.notices.publish(notice)
    _close(services, run)


def _report_trouble(
    services: Services, run: RunRecord, job_run: JobRun, summary: RunSummary, refused: Sequence[str]
) -> None:
    """Tell once what is refused. The run stays open, so that it is finalized again, and its notice is still to come."""
    if run.trouble_told or not refused:
        return
    run = _tell(services, run)
    if run.notified or run.trouble_told:
        return
    settings = services.settings
    services.notices.publish(
        trouble_notice(settings.environment, settings.glue_job_name, job_run.run_id, refused, summary.outcomes)
    )
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.tell_trouble(now, at))


def _tell(services: Services, run: RunRecord) -> RunRecord:
    """Take the run's notice, or find that it was sent. Raises Transient while another finalizer sends it.

    For as long as the sweep leaves a run without news alone: then, if not before, it finds that nobody was told.
    """
    now, teller = services.now(), services.new_id()
    until = (now + timedelta(seconds=services.settings.claim_lease_seconds)).isoformat()
    return services.ledger.update_run(run, lambda known: ledger.tell(known, teller, now.isoformat(), until))


def _close(services: Services, run: RunRecord) -> None:
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.close_run(now, at, notified=True))


def _metadata(job_run: JobRun, summary: RunSummary) -> dict[str, Any]:
    states = [outcome.state for outcome in summary.outcomes]
    return {
        "run_id": job_run.run_id,
        "manifest": job_run.manifest,
        "files": len(states),
        "by_state": {state: states.count(state) for state in sorted(set(states))},
        "fenced": summary.fenced,
        "rows_read": sum(o.rows_read for o in summary.outcomes),
        "rows_published": sum(o.rows_published for o in summary.outcomes),
        "rows_quarantined": sum(o.rows_quarantined for o in summary.outcomes),
        "execution_seconds": job_run.execution_seconds,
        "error": job_run.message,
    }


def _finalize_health_check(services: Services, job_run: JobRun) -> RunSummary:
    """The canary: its row was staged and audited like any other, and is published nowhere."""
    settings = services.settings
    run = _tell(services, RunRecord(job_run.run_id, run_id=job_run.run_id))
    if run.notified:
        return RunSummary(job_run.run_id)
    uri = settings.result_uri("health-check", job_run.run_id)
    document = services.objects.read_json(uri) if job_run.state == "SUCCEEDED" else None
    result = RunResult.from_json(document).files[0] if document else None
    healthy = result is not None and result.verdict is not None and result.verdict.passed
    notice = health_notice(settings.environment, settings.glue_job_name, job_run.run_id, healthy, job_run.message)
    scores = dict(result.verdict.scores) if result and result.verdict else {}
    metadata = {"run_id": job_run.run_id, "scores": scores}
    _record_state(services, "HEALTHY" if healthy else "UNHEALTHY", notice.subject, metadata)
    services.notices.publish(notice)
    _close(services, run)
    return RunSummary(job_run.run_id, healthy=healthy)


def _finalize_foreign_run(services: Services, job_run: JobRun) -> RunSummary:
    """A run that somebody started by hand, without a manifest: recorded, nothing to publish."""
    message = f"run {job_run.run_id} had no --manifest: nothing was published"
    _record_state(services, job_run.state, message, {"run_id": job_run.run_id})
    return RunSummary(job_run.run_id)


def _record_state(services: Services, status: str, message: str, metadata: Mapping[str, Any]) -> None:
    at = services.now().isoformat()
    services.job_states.update_job_state(JobState(services.settings.glue_job_name, status, at, message, metadata))
