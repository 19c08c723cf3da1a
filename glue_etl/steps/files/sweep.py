"""Finds what fell between two steps and puts it back: lost events, dead claims, unfinished runs, stray copies.

Bounded per call (LIMIT items of each kind; the listing goes on where the last call stopped), and driven by an index
that holds open work only, so its cost grows with what is open and new, not with history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from glue_etl.core.errors import GlueEtlError, LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.files.events import RunEnded, arrival_message
from glue_etl.core.files.ledger import Owner, Record, RunRecord, Stamp, is_waiting
from glue_etl.core.files.model import File, Manifest
from glue_etl.core.files.states import State
from glue_etl.steps.files.canary import hours_without_health
from glue_etl.steps.files.day import tell_of_yesterday
from glue_etl.steps.files.finalize import ENDED, finalize_run
from glue_etl.steps.files.heads import clean_head, withdraw
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.retry import ask_again

LIMIT = 1000
LISTING_LIMIT = 5000
CURSOR = "sweep-listing"


@dataclass
class SweepReport:
    """How many of each kind were repaired in this call (all 0 when nothing had gone missing), and how many could not be."""

    runs_finalized: int = 0
    runs_never_started: int = 0
    claims_released: int = 0
    files_sent_again: int = 0
    heads_cleaned: int = 0
    events_recovered: int = 0
    staging_deleted: int = 0
    not_repaired: int = 0
    hours_without_health: float = 0

    def as_metrics(self) -> dict[str, float]:
        """Counts under the names of their CloudWatch metrics, e.g. SweepEventsRecovered, and HoursWithoutHealth."""
        counts = asdict(self)
        hours = {"HoursWithoutHealth": counts.pop("hours_without_health")}
        return {f"Sweep{name.title().replace('_', '')}": count for name, count in counts.items()} | hours


def sweep(services: Services) -> SweepReport:
    """One pass over all that is open or new."""
    report = SweepReport()
    before = (services.now() - timedelta(seconds=services.settings.claim_lease_seconds)).isoformat()
    _repair_runs(services, before, report)
    _repair_files(services, before, report)
    _repair_heads(services, report)
    _recover_events(services, before, report)
    _expire_staging(services, report)
    with _alone(services, report, "the summary of yesterday"):
        tell_of_yesterday(services)
    with _alone(services, report, "the canary's age"):
        report.hours_without_health = hours_without_health(services)
    return report


@contextmanager
def _alone(services: Services, report: SweepReport, item: str) -> Iterator[None]:
    """One item's trouble is its own: the others are still repaired, and the next sweep tries it again."""
    try:
        yield
    except GlueEtlError as error:
        services.log("not repaired", item=item, error=str(error))
        report.not_repaired += 1


def _repair_runs(services: Services, before: str, report: SweepReport) -> None:
    runs = services.ledger.open_runs(before, LIMIT)
    started = {} if all(run.run_id for run in runs) else {r.manifest: r.run_id for r in services.jobs.recent()}
    for run in runs:
        found = replace(run, run_id=run.run_id or started.get(run.manifest, ""))
        with _alone(services, report, run.claim):
            if found.run_id:
                _finish_run(services, found, before, report)
            else:
                _abandon(services, found, report)


def _finish_run(services: Services, run: RunRecord, before: str, report: SweepReport) -> None:
    """Finalize a run that ended before `before`; of one that ended since, the event may be at work just now."""
    job_run = services.jobs.get(run.run_id)
    if job_run is None:
        services.log("Glue does not know this run any more: its files are given back", run_id=run.run_id)
        _abandon(services, run, report)
    elif job_run.state in ENDED and job_run.ended_at < before:
        ended = RunEnded(services.settings.glue_job_name, run.run_id, job_run.state, job_run.message)
        unfinished = finalize_run(services, ended).unfinished
        report.not_repaired += int(unfinished > 0)
        report.runs_finalized += int(not unfinished)


def _abandon(services: Services, run: RunRecord, report: SweepReport) -> None:
    """A run that never was: its files wait again, unclaimed."""
    document = services.objects.read_json(run.manifest) if run.manifest else None
    files = Manifest.from_json(document).files if document else ()
    owner = Owner(run.claim, run.run_id)
    given_back = [e.batch_id for e in files if _give_back(services, e.batch_id, owner, "its run never started")]
    _send_again(services, given_back, "its run never started", report)
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.close_run(now, at))
    report.runs_never_started += 1
    report.claims_released += len(given_back)


def _repair_files(services: Services, before: str, report: SweepReport) -> None:
    """Files that no open run accounts for: claims without a run, given-back files, failures nobody retried."""
    waiting = []
    for state in (State.RECEIVED, State.FAILED, State.RUNNING, State.STAGED):
        for record in services.ledger.open_files(state, before, LIMIT):
            with _alone(services, report, record.batch_id):
                if is_waiting(record) or _orphaned(services, record, report):
                    waiting.append(record.batch_id)
    _send_again(services, waiting, "found waiting by the sweep", report)


def _orphaned(services: Services, record: Record, report: SweepReport) -> bool:
    """Give back a claim that has no run's record, or one whose run was closed without it."""
    run = services.ledger.run(record.claim)
    if run is not None and run.open:
        return False
    given_back = _give_back(services, record.batch_id, Owner(record.claim, record.run_id), "its claim has no open run")
    report.claims_released += int(given_back)
    return given_back


def _give_back(services: Services, batch_id: str, owner: Owner, why: str) -> bool:
    stamp = Stamp(services.now().isoformat(), "sweep", why)

    def change(record: Record) -> Record:
        if record.state in (State.RUNNING, State.STAGED):
            record = ledger.move(record, State.FAILED, owner, stamp, reasons=(why,))
            return replace(record, claim="", run_id="")
        return ledger.unclaim(record, owner, stamp)

    try:
        services.ledger.update(batch_id, change)
    except LostClaim:
        return False
    return True


def _send_again(services: Services, batch_ids: list[str], reason: str, report: SweepReport) -> None:
    ask_again(services, batch_ids, reason)
    report.files_sent_again += len(batch_ids)


def _repair_heads(services: Services, report: SweepReport) -> None:
    """End the intents of finalizers that died, and delete what is obsolete."""
    now = services.now().isoformat()
    for head in services.ledger.pending_heads(now, LIMIT):
        with _alone(services, report, head.name):
            for intent in head.intents:
                if intent.expires_at <= now:
                    withdraw(services, head, intent.publication)
            clean_head(services, services.ledger.head(head))
            report.heads_cleaned += 1


def _recover_events(services: Services, before: str, report: SweepReport) -> None:
    """Object versions that the ledger has never heard of, once their event has had time to come."""
    settings = services.settings
    after = str(services.ledger.read_note(CURSOR).get("after", ""))
    listed = list(
        services.objects.versions(settings.raw_bucket, settings.incoming_prefix, after=after, limit=LISTING_LIMIT)
    )
    whole = len(listed) < LISTING_LIMIT
    services.ledger.write_note(CURSOR, {"after": "" if whole else listed[-1].key})
    if after or not whole:
        listed += _of_the_last_days(services)
    _announce(
        services, [file for file in listed if file.arrived_at < before and not is_folder_marker(file.key)], report
    )


def _of_the_last_days(services: Services) -> list[File]:
    """The day folders of yesterday and today, of every source: where new files are."""
    settings = services.settings
    root = f"s3://{settings.raw_bucket}/{settings.incoming_prefix}"
    folders = services.objects.folders(root, emptied=True)
    sources = ["", *(name for name in folders if not name.rstrip("/").isdigit())]
    days = [_day_folder(services.now() - timedelta(days=ago)) for ago in (1, 0)]
    prefixes = [f"{settings.incoming_prefix}{source}{day}" for source in sources for day in days]
    return [file for prefix in prefixes for file in services.objects.versions(settings.raw_bucket, prefix)]


def _day_folder(day: datetime) -> str:
    return day.strftime("%Y/%m/%d/")


def _announce(services: Services, files: Iterable[File], report: SweepReport) -> None:
    by_id = {file.batch_id: file for file in files}
    known = services.ledger.known(by_id)
    for batch_id, file in by_id.items():
        if batch_id not in known:
            services.arrivals.send(arrival_message(file))
            services.log("a file without an event was found", source=file.uri, version_id=file.version_id)
            report.events_recovered += 1


def _expire_staging(services: Services, report: SweepReport) -> None:
    """Delete what closed runs left in staging; open runs keep theirs."""
    settings = services.settings
    root = f"s3://{settings.raw_bucket}/data/staging/"
    for folder in list(services.objects.folders(root))[:LIMIT]:
        run = services.ledger.run(folder.rstrip("/"))
        if run is not None and not run.open:
            keys = [key for key, _ in services.objects.list(f"{root}{folder}")]
            services.objects.delete(settings.raw_bucket, keys)
            report.staging_deleted += len(keys)
