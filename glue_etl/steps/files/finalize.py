"""Ends a run: every file of its manifest comes to rest, the catalog and the job's state follow, and people are told.

Called for each "Glue Job State Change" event and by the sweep, so it may run twice, at once, or again after a crash: all
it does is repeatable, and one of them sends the notice, once the rest is done (twice only if it dies right after that).
What AWS refuses for one file or one dataset stops no other: people are told once, and the run stays open until it is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from glue_etl.core.datasets.contracts import ICEBERG, table_format_of
from glue_etl.core.errors import LostClaim, Terminal, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.bill import billed_dpu_seconds
from glue_etl.core.files.compaction import LISTED
from glue_etl.core.files.compaction_plan import is_compaction
from glue_etl.core.files.events import RunEnded
from glue_etl.core.files.heads import heads_of, is_in_table
from glue_etl.core.files.ledger import Owner, Record, RunRecord
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.core.files.notices import COLUMNS, UNLIKE, health_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import ENDED, State
from glue_etl.core.messages import escaped
from glue_etl.core.reasons import REASON_CHARACTERS, clipped, error_text, sentence
from glue_etl.steps.files import compaction
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.canary import note_health
from glue_etl.steps.files.circuit import note_end
from glue_etl.steps.files.days import expect_objects
from glue_etl.steps.files.drawing import draw_suites
from glue_etl.steps.files.history import judged, note_files
from glue_etl.steps.files.lineage import tell_lineage
from glue_etl.steps.files.news import schema_news
from glue_etl.steps.files.partitions import register
from glue_etl.steps.files.ports import JobRun, Jobs, Services
from glue_etl.steps.files.quality import add_run
from glue_etl.steps.files.retry import retry_files, wait_again, wake
from glue_etl.steps.files.schemas import RunSchemas
from glue_etl.steps.files.tables import ahead_of, follow
from glue_etl.steps.files.telling import RunSummary, close, hold, record_state, tell, tell_of_run, tell_of_trouble
from glue_etl.steps.files.troubles import Troubles
from glue_etl.steps.transforming.ending import end_run
from glue_etl.steps.transforming.marking import mark_run
from glue_etl.steps.transforming.starting import start_quietly


def finalize_run(services: Services, ended: RunEnded) -> RunSummary:
    """Finalize the run of an event. To be called again later where it raises Transient, or leaves something `unfinished`."""
    transforming = services.transforming
    if transforming is not None and ended.job_name == transforming.job_name:
        return _finalize_transforms(services, _ended_run(transforming.jobs, ended))
    job_run = _ended_run(services.jobs, ended)
    wake(services, f"run {job_run.run_id} has ended: there may be room for another")
    job_run = replace(job_run, message=_said(services, job_run))
    if is_compaction(job_run.manifest):
        return compaction.finish(services, job_run)
    if job_run.health_check:
        return _finalize_health_check(services, job_run)
    if not job_run.manifest:
        return _finalize_foreign_run(services, job_run)
    return _finalize_manifest(services, job_run)


def _ended_run(jobs: Jobs, ended: RunEnded) -> JobRun:
    job_run = jobs.get(ended.run_id)
    if job_run is None:
        raise Terminal(f"Glue knows no run {ended.run_id} of job {ended.job_name}: nothing to finalize")
    if job_run.state not in ENDED:
        raise Transient(f"run {ended.run_id} ended {ended.state}, but Glue still shows it {job_run.state}: try again")
    return job_run


def _finalize_transforms(services: Services, job_run: JobRun) -> RunSummary:
    """A run of the transform job: its outputs land, and arrive as files; there may be room for what is due by now."""
    job_run = replace(job_run, message=_said(services, job_run))
    ended = end_run(services, job_run) if job_run.manifest else None
    start_quietly(services)
    return RunSummary(
        job_run.run_id, unfinished=ended.unfinished if ended else 0, parts_failed=ended.failed if ended else 0
    )


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
    troubles, job_run = Troubles(services.log), note_end(services, job_run, manifest.claim)
    results = _results(services, manifest, job_run)
    settled = _finish_files(services, _Ended(manifest, job_run, results), troubles)
    _follow_tables(services, settled, troubles)
    _register_days(services, settled, troubles)
    with troubles.alone("what transforms make of these rows is not due yet"):
        mark_run(services, job_run.run_id, manifest.files, [record for _, record in settled])
    unlike = note_files(services, judged(settled, results), Owner(manifest.claim, job_run.run_id), troubles)
    if results is not None and not troubles:
        with troubles.alone("the table of quality does not have this run yet"):
            add_run(services, manifest, job_run.run_id, [record for _, record in settled])
    failed = [record for _, record in settled if record.state is State.FAILED and not record.parked]
    with troubles.alone("files that failed can't be sent back"):
        _try_again(services, failed, job_run)
    summary = RunSummary(
        job_run.run_id,
        tuple(outcome_of(record) for _, record in settled),
        fenced=len(manifest.files) - len(settled),
        unfinished=len(troubles),
        refused=tuple(troubles.refused),
        parked=sum(record.parked for _, record in settled),
        glue_seconds=job_run.execution_seconds,
        dpu_seconds=billed_dpu_seconds(job_run.dpu_seconds, job_run.execution_seconds),
        run_failed=job_run.state != "SUCCEEDED",
        systemic=job_run.systemic,
        news={COLUMNS: schema_news(services, manifest), UNLIKE: unlike},
    )
    if troubles:
        tell_of_trouble(services, run, summary)
    else:
        summary = replace(summary, told=tell_of_run(services, run, job_run, summary))
    if summary.told:
        summary = replace(summary, lineage_lost=tell_lineage(services, (manifest, job_run), settled, results))
    start_quietly(services)
    return summary


def _try_again(services: Services, failed: Sequence[Record], job_run: JobRun) -> None:
    """Failed files in halves; all together where the run would have failed with any files."""
    why = f"run {job_run.run_id} ended {job_run.state}"
    if job_run.systemic:
        wait_again(services, failed, "finalize", f"{why} for no file's fault")
        wake(services, f"{why}: its files wait again")
    else:
        retry_files(services, failed, why)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A run that ended, and its own account of each file; None where it failed or left none."""

    manifest: Manifest
    job_run: JobRun
    results: Mapping[str, FileResult] | None


def _finish_files(services: Services, run: _Ended, troubles: Troubles) -> list[tuple[ManifestFile, Record]]:
    """The files that this run brought to rest. Those that another run owns by now are left to it."""
    manifest, job_run, results = run.manifest, run.job_run, run.results
    owner = Owner(manifest.claim, job_run.run_id)
    schemas = RunSchemas(services, manifest)
    schemas.let_in_all(manifest.files, results or {})
    left = _open_days(services, manifest, results or {}, troubles)

    def finish(entry: ManifestFile) -> tuple[ManifestFile, Record] | None:
        attempt = Attempt(services, entry, owner, schemas=schemas)
        result = (results or {}).get(entry.batch_id)
        try:
            if results is None:
                return entry, _fail_with_run(attempt, job_run, alone=len(manifest.files) == 1 and not job_run.systemic)
            if result is None:
                return entry, attempt.fail("the run's result does not mention this file")
            return entry, attempt.settle(result)
        except LostClaim as lost:
            services.log("fenced", batch_id=entry.batch_id, run_id=owner.run_id, reason=str(lost))
            return None

    def finish_alone(entry: ManifestFile) -> tuple[ManifestFile, Record] | None:
        done: list[tuple[ManifestFile, Record] | None] = []
        with troubles.alone(escaped(entry.file.key)):
            done.append(finish(entry))
        return done[0] if done else None

    entries = [entry for entry in manifest.files if entry.dataset not in left]
    settled = [finished for finished in services.each(finish_alone, entries) if finished]
    draw_suites(services, settled, results or {}, troubles)
    return settled


def _open_days(
    services: Services, manifest: Manifest, results: Mapping[str, FileResult], troubles: Troubles
) -> set[str]:
    """Have readers see the days' own folders before files are published there; the datasets for which that can't be done."""
    days: dict[str, Counter[str]] = {}
    for entry in manifest.files:
        result, settings = results.get(entry.batch_id), services.settings
        if result and result.outcome == "staged":
            listed = table_format_of(entry.dataset, services.contracts, settings.table_format) == ICEBERG
            day = f"{LISTED if listed else ''}{entry.partition.path}"
            days.setdefault(entry.dataset, Counter())[day] += len(result.objects)
    done = set()
    for dataset, objects in days.items():
        with troubles.alone(f"the files of dataset {dataset} wait until readers see their days' folders"):
            expect_objects(services, dataset, objects)
            done.add(dataset)
    return days.keys() - done


def _follow_tables(services: Services, settled: Sequence[tuple[ManifestFile, Record]], troubles: Troubles) -> None:
    """One commit for all files of a run that are in the same Iceberg table. What is left to do, the sweep does."""
    listed = [entry.file for entry, record in settled if _is_listed(services, entry.dataset, record)]
    ahead = ahead_of(services, [head for file in listed for head in heads_of(file)])
    for dataset, found in sorted(ahead.items()):
        with troubles.alone(f"the rows of dataset {dataset} are published, but its table does not list them yet"):
            follow(services, dataset, found)


def _is_listed(services: Services, dataset: str, record: Record) -> bool:
    known = table_format_of(dataset, services.contracts, services.settings.table_format) == ICEBERG
    return known or is_in_table(record.location, record.dataset)


def _register_days(services: Services, settled: Sequence[tuple[ManifestFile, Record]], troubles: Troubles) -> None:
    days: dict[str, set[Partition]] = {}
    for entry, record in settled:
        if record.state is State.PUBLISHED and not is_in_table(record.location, record.dataset):
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
        reasons=record.reasons, location=record.location, size=record.file.size, parked=record.parked,
        latency=ledger.latency(record),
    )  # fmt: skip


def _finalize_health_check(services: Services, job_run: JobRun) -> RunSummary:
    """The canary: its rows, one a format, were staged and audited like any other, and are published nowhere."""
    settings = services.settings
    run = hold(services, RunRecord(job_run.run_id, run_id=job_run.run_id))
    if run.notified:
        return RunSummary(job_run.run_id)
    uri = settings.result_uri("health-check", job_run.run_id)
    document = services.objects.read_json(uri) if job_run.state == "SUCCEEDED" else None
    files = RunResult.from_json(document).files if document else ()
    verdicts = [file.verdict for file in files if file.verdict is not None and file.verdict.passed]
    healthy = bool(files) and len(verdicts) == len(files)
    told = "; ".join(reason for file in files if file.verdict not in verdicts for reason in _why(file))
    message = job_run.message or settings.told((told,))[0]
    notice = health_notice(settings.environment, settings.glue_job_name, job_run.run_id, healthy, message)
    scores = {name: min(v.scores[name] for v in verdicts) for name in (verdicts[0].scores if verdicts else ())}
    metadata = {"run_id": job_run.run_id, "scores": scores, "formats": sorted(f.format for f in files if f.format)}
    record_state(services, "HEALTHY" if healthy else "UNHEALTHY", notice.subject, metadata)
    if healthy:
        note_health(services)
    tell(services, notice, needed=not healthy)
    close(services, run)
    return RunSummary(job_run.run_id, healthy=healthy)


def _why(file: FileResult) -> tuple[str, ...]:
    return (*file.reasons, *(file.verdict.reasons if file.verdict else ()))


def _finalize_foreign_run(services: Services, job_run: JobRun) -> RunSummary:
    """A run that somebody started by hand, without a manifest: recorded, nothing to publish."""
    message = f"run {job_run.run_id} had no --manifest: nothing was published"
    record_state(services, job_run.state, message, {"run_id": job_run.run_id})
    return RunSummary(job_run.run_id)
