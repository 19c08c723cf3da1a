"""Finds what fell between two steps and puts it back: lost events, dead claims, unfinished runs, stray copies.

Bounded per call: LIMIT items of each kind, and each kind of work has its own share of the time, so that none keeps another
from its turn; the listing goes on where the last call stopped. Driven by an index that holds open work only, so its cost grows
with what is open and new, not with history. What is only waiting for a run is left alone: dispatch is woken once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from glue_etl.core.batches import batches
from glue_etl.core.errors import LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.compaction_plan import is_compaction
from glue_etl.core.files.events import RunEnded
from glue_etl.core.files.ledger import CLOCKS_DIFFER, Owner, Record, RunRecord, Stamp, is_waiting
from glue_etl.core.files.model import Manifest
from glue_etl.core.files.states import ENDED, WAITING, State
from glue_etl.steps.files import compaction
from glue_etl.steps.files.canary import hours_without_health
from glue_etl.steps.files.circuit import tell_if_stopped
from glue_etl.steps.files.day import tell_of_yesterday
from glue_etl.steps.files.expiry import due, expire_snapshots, looked_at
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.gaps import tell_of_gap
from glue_etl.steps.files.heads import clean_head, withdraw
from glue_etl.steps.files.lost_events import Walk, recover
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.retry import wait_again, wake
from glue_etl.steps.files.tables import ahead_of, follow
from glue_etl.steps.files.telling import RunSummary
from glue_etl.steps.files.troubles import said
from glue_etl.steps.files.watching import ages
from glue_etl.steps.transforming.repairing import repair

LIMIT = 1000
KEYS = 1000
Item = TypeVar("Item")


@dataclass
class SweepReport:
    """How many of each kind were repaired in this call (all 0 when nothing had gone missing), and how many could not be.

    `postponed` kinds of work ran out of their time and go on in the next call. `oldest_waiting_seconds` is how long the first of
    those that wait for a run has waited, `oldest_transform_seconds` how long the first part of a transform that is due or in a
    run has not moved; `transforms_stopped` counts the parts that are stopped. `summaries` are of the runs that were told of here,
    `ages` the seconds since each watched dataset was published.
    """

    runs_finalized: int = 0
    runs_never_started: int = 0
    claims_released: int = 0
    files_sent_again: int = 0
    heads_cleaned: int = 0
    copies_deleted: int = 0
    compactions_started: int = 0
    events_recovered: int = 0
    staging_deleted: int = 0
    transforms_repaired: int = 0
    expired_deleted: int = 0
    not_repaired: int = 0
    postponed: int = 0
    oldest_waiting_seconds: int = 0
    oldest_transform_seconds: int = 0
    transforms_stopped: int = 0
    hours_without_health: float = 0
    summaries: list[RunSummary] = field(default_factory=list)
    ages: dict[str, float] = field(default_factory=dict)
    gaps_told: int = 0

    def as_metrics(self) -> dict[str, float]:
        """Counts under the names of their CloudWatch metrics, e.g. SweepEventsRecovered, and HoursWithoutHealth."""
        counts = {
            each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("summaries", "ages")
        }
        hours = {"HoursWithoutHealth": counts.pop("hours_without_health")}
        return {f"Sweep{name.title().replace('_', '')}": count for name, count in counts.items()} | hours


@dataclass
class _Share:
    """One kind of work: it ends at `until`. `before` is how long ago something must have moved to be thought lost."""

    services: Services
    report: SweepReport
    before: str
    until: datetime
    claims: dict[str, bool] = field(default_factory=dict)

    def in_time(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items while there is time."""
        for item in items:
            if self.services.now() >= self.until:
                self.report.postponed += 1
                return
            yield item

    @contextmanager
    def alone(self, item: str) -> Iterator[None]:
        """One item's trouble is its own: the others are still repaired, and the next sweep tries it again."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  a mistake of ours in one item leaves the others to be repaired, too
            self.services.log("not repaired", item=item, error=said(error))
            self.report.not_repaired += 1


def sweep(services: Services) -> SweepReport:
    """One pass over all that is open or new."""
    report = SweepReport()
    before = (services.now() - timedelta(seconds=services.settings.claim_lease_seconds)).isoformat()
    for work, seconds in SHARES.items():
        share = _Share(services, report, before, services.now() + timedelta(seconds=seconds))
        with share.alone(work.__name__.strip("_")):
            work(share)
    return report


def _tell(share: _Share) -> None:
    """What people hear of the sweep: that runs are stopped, the summary of yesterday; and how long ago the canary was well."""
    services = share.services
    with share.alone("that runs are stopped"):
        tell_if_stopped(services)
    with share.alone("the summary of yesterday"):
        tell_of_yesterday(services)
    with share.alone("the canary's age"):
        share.report.hours_without_health = hours_without_health(services)
    with share.alone("the datasets' ages"):
        share.report.ages = ages(services)


def _repair_runs(share: _Share) -> None:
    services = share.services
    runs = services.ledger.open_runs(share.before, LIMIT)
    started = {} if all(run.run_id for run in runs) else {r.manifest: r.run_id for r in services.jobs.recent()}
    for run in share.in_time(runs):
        found = replace(run, run_id=run.run_id or started.get(run.manifest, ""))
        with share.alone(run.claim):
            if found.run_id:
                _finish_run(share, found)
            else:
                _abandon(share, found)


def _finish_run(share: _Share, run: RunRecord) -> None:
    """Finalize a run that ended before `before`; of one that ended since, the event may be at work just now."""
    services = share.services
    job_run = services.jobs.get(run.run_id)
    if job_run is None:
        services.log("Glue does not know this run any more: its files are given back", run_id=run.run_id)
        _abandon(share, run)
    elif job_run.state in ENDED and job_run.ended_at < share.before:
        ended = RunEnded(services.settings.glue_job_name, run.run_id, job_run.state, job_run.message)
        summary = finalize_run(services, ended)
        share.report.not_repaired += int(summary.unfinished > 0)
        share.report.runs_finalized += int(not summary.unfinished)
        if summary.told:
            share.report.summaries.append(summary)


def _abandon(share: _Share, run: RunRecord) -> None:
    """A run that never was: its files wait again, unclaimed."""
    services, report = share.services, share.report
    if is_compaction(run.manifest):
        compaction.abandon(services, run)
        report.runs_never_started += 1
        return
    document = services.objects.read_json(run.manifest) if run.manifest else None
    files = Manifest.from_json(document).files if document else ()
    owner = Owner(run.claim, run.run_id)
    released = sum(services.each(lambda e: _release(services, e.batch_id, owner, "its run never started"), files))
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.close_run(now, at))
    report.runs_never_started += 1
    report.claims_released += released
    report.files_sent_again += released


def _repair_files(share: _Share) -> None:
    """Files that no open run accounts for: claims without a run, failures nobody retried."""
    for state in (State.RECEIVED, State.FAILED, State.RUNNING, State.STAGED):
        for record in share.in_time(share.services.ledger.open_files(state, share.before, LIMIT)):
            with share.alone(record.batch_id):
                if is_waiting(record):
                    again = wait_again(share.services, [record], "sweep", "found waiting by the sweep")
                else:
                    again = int(_has_no_run(share, record.claim) and _orphaned(share, record))
                share.report.files_sent_again += again


def _has_no_run(share: _Share, claim: str) -> bool:
    """Whether a claim has no run's record, or one that was closed; asked once a claim."""
    if claim not in share.claims:
        run = share.services.ledger.run(claim)
        share.claims[claim] = run is None or not run.open
    return share.claims[claim]


def _orphaned(share: _Share, record: Record) -> bool:
    owner = Owner(record.claim, record.run_id)
    released = _release(share.services, record.batch_id, owner, "its claim has no open run")
    share.report.claims_released += int(released)
    return released


def _release(services: Services, batch_id: str, owner: Owner, why: str) -> bool:
    """Have a file of this owner wait again; whether it does."""
    stamp = Stamp(services.now().isoformat(), "sweep", why)

    def change(record: Record) -> Record:
        if record.state in (State.RUNNING, State.STAGED):
            failed = ledger.move(record, State.FAILED, owner, stamp, reasons=(why,))
            return ledger.wait(failed, stamp, record.group)
        return ledger.unclaim(record, owner, stamp)

    try:
        services.ledger.update(batch_id, change)
    except LostClaim:
        return False
    return True


def _repair_heads(share: _Share) -> None:
    """End the intents of finalizers that died, and delete what is obsolete."""
    services, now = share.services, share.services.now().isoformat()
    pending = services.ledger.pending_heads(now, LIMIT)
    for head in share.in_time(pending):
        with share.alone(head.name):
            for intent in head.intents:
                if intent.expires_at <= now:
                    withdraw(services, head, intent.publication)
            clean_head(services, services.ledger.head(head))
            share.report.heads_cleaned += 1
    ahead = ahead_of(services, pending)
    for dataset in share.in_time(sorted(ahead)):
        with share.alone(f"the table of dataset {dataset}"):
            follow(services, dataset, ahead[dataset])


def _repair_transforms(share: _Share) -> None:
    """What transforms were to make and nobody works on, and what is due."""
    done = repair(share.services, share.before)
    share.report.transforms_repaired += done.runs_ended + done.given_back + done.landed
    share.report.not_repaired += done.not_repaired
    share.report.transforms_stopped = done.stopped
    share.report.oldest_transform_seconds = done.oldest_seconds


def _tell_of_gaps(share: _Share) -> None:
    """Datasets whose next file was due, each told once."""
    services = share.services
    for gap in share.in_time(services.ledger.overdue(services.now().isoformat(), LIMIT)):
        with share.alone(f"that no file of dataset {gap.dataset} comes"):
            share.report.gaps_told += tell_of_gap(services, gap)


def _tend_days(share: _Share) -> None:
    """What is due with days of datasets; the quiet ones that are worth it are compacted, in one run."""
    services = share.services
    due = services.ledger.due_days(services.now().isoformat(), LIMIT)
    for day in share.in_time(due):
        with share.alone(day.name):
            share.report.copies_deleted += compaction.tend(services, day)
    with share.alone("the compaction of quiet days"):
        share.report.compactions_started += int(compaction.start(services, due))


def _expire_staging(share: _Share) -> None:
    """Delete what closed runs left in staging; open runs keep theirs."""
    services = share.services
    bucket = services.settings.raw_bucket
    root = f"s3://{bucket}/data/staging/"
    for folder in share.in_time(islice(services.objects.folders(root), LIMIT)):
        with share.alone(folder):
            if _is_closed(services, folder.rstrip("/")):
                for keys in batches((key for key, _ in services.objects.list(f"{root}{folder}")), KEYS):
                    services.objects.delete(bucket, keys)
                    share.report.staging_deleted += len(keys)


def _expire_snapshots(share: _Share) -> None:
    """Tables that list their files give up old snapshots, once a day: one that takes too long keeps no other from its turn."""
    services = share.services
    tables = due(services)
    for dataset in share.in_time(tables):
        looked_at(services, dataset, done=dataset == tables[-1])
        with share.alone(f"old snapshots of dataset {dataset}"):
            share.report.expired_deleted += expire_snapshots(services, dataset)


def _is_closed(services: Services, claim: str) -> bool:
    run = services.ledger.run(claim)
    return run is not None and not run.open


def _recover_events(share: _Share) -> None:
    walk = Walk(share.services, share.before, share.until)
    try:
        recover(walk)
    finally:
        share.report.events_recovered += walk.recovered
        share.report.not_repaired += walk.troubles
        share.report.postponed += walk.postponed


def _wake(share: _Share) -> None:
    """Nothing that waits is sent again, file by file: one message says that somebody waits."""
    services, now = share.services, share.services.now()
    for first in services.ledger.open_files(WAITING, (now + CLOCKS_DIFFER).isoformat(), 1):
        waited = now - datetime.fromisoformat(first.updated_at)
        share.report.oldest_waiting_seconds = max(0, int(waited.total_seconds()))
        wake(services, "files wait for a run")


SHARES: dict[Callable[[_Share], None], int] = {
    _tell: 10,
    _repair_runs: 60,
    _repair_files: 40,
    _repair_heads: 30,
    _repair_transforms: 15,
    _expire_staging: 30,
    _expire_snapshots: 20,
    _recover_events: 45,
    _tell_of_gaps: 5,
    _tend_days: 15,
    _wake: 10,
}
"""Seconds of each kind of work: together less than the function's time-out, of which one item may need the rest."""
