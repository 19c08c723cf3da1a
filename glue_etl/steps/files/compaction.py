"""Compaction of quiet days: the sweep starts a run for those that are worth it, finalize shows what the run made.

Only copies are made, and shown by one change of the catalog: the objects of files stay, with all that may happen to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glue_etl.core.batches import batches
from glue_etl.core.errors import Busy, GlueEtlError, NoCapacity, Refused, StagingGone
from glue_etl.core.files import compaction, ledger
from glue_etl.core.files.compaction import COMPACTED, COMPACTING, Day, Obsolete
from glue_etl.core.files.compaction_plan import DayPlan, Made, Plan, Share, is_compaction
from glue_etl.core.files.ledger import RunRecord
from glue_etl.core.files.states import WAITING
from glue_etl.steps.files.days import change_day
from glue_etl.steps.files.ports import JobRun, Services, TableFile
from glue_etl.steps.files.telling import RunSummary
from glue_etl.steps.files.troubles import Troubles

KEYS = 1000
LATER = "9"
"""After any time in ISO 8601."""


def tend(services: Services, day: Day) -> int:
    """What is due with a day, but for compacting it: dead writers, copies to be deleted, a compaction that came to nothing.

    How many objects were deleted.
    """
    now = services.now()
    if any(writer.until <= now.isoformat() for writer in day.writers):
        day = change_day(services, day, lambda known: known)
    if day.state == COMPACTING and day.due_at <= now.isoformat() and not _is_open(services, day.claim):
        day = _give_up(services, day, day.claim)
    if not any(o.after <= now.isoformat() for o in day.obsolete):
        return 0
    day = change_day(services, day, lambda known: known, look=not day.is_listed)
    return sum(_delete_copy(services, day, gone) for gone in compaction.deletable(day, now))


def _delete_copy(services: Services, day: Day, gone: Obsolete) -> int:
    bucket, deleted = services.settings.curated_bucket, 0
    copies = [key for key, _ in _listed(services, day.copy_folder(gone.claim))]
    if day.is_listed:
        copies += [key for key, _ in _listed(services, day.compact_key(gone.claim, 0).rpartition("_")[0])]
        copies = [] if services.tables.knows_any(day, copies) else copies
    for keys in batches(copies, KEYS):
        services.objects.delete(bucket, keys)
        deleted += len(keys)
    services.ledger.update_day(day, lambda known: compaction.cleaned(known, gone))
    return deleted


def start(services: Services, days: Iterable[Day]) -> bool:
    """Start one run for those of these days that are due and worth it, where there is room for it; whether one was started."""
    rule, now = services.settings.compaction, services.now().isoformat()
    due = [day for day in days if day.state == compaction.FILES and day.due_at and day.due_at <= now]
    if not (rule.after_hours and due and _has_room(services)):
        return False
    claim = services.new_id()
    plans = list(filter(None, (_planned(services, day, claim) for day in due[: rule.days])))
    return bool(plans) and _start(services, claim, _within(services, plans, claim))


def abandon(services: Services, run: RunRecord) -> None:
    """A run that never was: its days are due again."""
    document = services.objects.read_json(run.manifest)
    for day in Plan.from_json(document).days if document else ():
        _give_up(services, Day(day.dataset, day.partition), run.claim)
    _close(services, run)


def finish(services: Services, job_run: JobRun) -> RunSummary:
    """Show what a run made, of each day that nobody has changed since. To be called again where something is `unfinished`."""
    plan, at = Plan.from_json(services.objects.read_json(job_run.manifest)), services.now().isoformat()
    run = services.ledger.update_run(
        RunRecord(plan.claim, job_run.manifest), lambda known: ledger.name_run(known, job_run.run_id, at)
    )
    if run.run_id != job_run.run_id:
        services.log("fenced: another run was started for this claim", run_id=job_run.run_id, owner=run.run_id)
        return RunSummary(job_run.run_id)
    uri = services.settings.result_uri(plan.claim, job_run.run_id)
    document = services.objects.read_json(uri) if job_run.state == "SUCCEEDED" else None
    made = Made.from_json(document).days if document else ()
    troubles = Troubles(services.log)
    for n, day in enumerate(plan.days):
        with troubles.alone(f"the compaction of {day.dataset}, {day.partition}"):
            _Finishing(services, plan, day, job_run).finish(made[n] if n < len(made) else ())
    if not troubles:
        _close(services, run)
    return RunSummary(
        job_run.run_id,
        unfinished=len(troubles),
        refused=tuple(troubles.refused),
        glue_seconds=job_run.execution_seconds,
    )


@dataclass(frozen=True, slots=True)
class _Finishing:
    """One day of a run that has ended."""

    services: Services
    plan: Plan
    day: DayPlan
    job_run: JobRun

    def finish(self, shares: Sequence[Share]) -> None:
        services, claim = self.services, self.plan.claim
        known = services.ledger.day(Day(self.day.dataset, self.day.partition))
        if known.state == COMPACTED and known.claim == claim:
            change_day(services, known, lambda now: now)
        if not compaction.is_at_work(known, claim):
            return
        made = [key for share in shares for key in share.objects]
        if why := self._objection(shares, made):
            services.log("a day stays as it is", day=known.name, run_id=self.job_run.run_id, reason=why)
            _give_up(services, known, claim)
        elif len(made) * 2 > self.day.objects:
            services.log("a day stays as it is: its files' columns differ", day=known.name, objects=len(made))
            services.ledger.update_day(known, lambda now: compaction.skip(now, claim, self.day.objects))
        else:
            self._show(known, made, shares)

    def _objection(self, shares: Sequence[Share], made: Sequence[str]) -> str:
        if self.job_run.state != "SUCCEEDED":
            return f"{self.job_run.state}: {self.job_run.message}"
        if len(shares) != len(self.day.shares) or not made:
            return "the run's result does not tell of it"
        return "" if all(share.is_conserved for share in shares) else "rows were not conserved"

    def _show(self, known: Day, made: Sequence[str], shares: Sequence[Share]) -> None:
        services, claim = self.services, self.plan.claim
        raw, curated = f"s3://{services.settings.raw_bucket}/", f"s3://{self.plan.curated}/"
        targets = [
            known.compact_key(claim, n) if known.is_listed else f"{known.copy_folder(claim)}{n:05d}.snappy.parquet"
            for n in range(len(made))
        ]
        pairs = [(f"{raw}{key}", f"{curated}{target}") for key, target in zip(made, targets, strict=True)]
        try:
            services.each(lambda pair: services.objects.copy(*pair), pairs)
        except StagingGone as gone:
            services.log("a day stays as it is", day=known.name, reason=str(gone))
            _give_up(services, known, claim)
            return
        if not known.is_listed:
            change_day(services, known, lambda now: compaction.show(now, claim, self.day.objects, len(made)))
        elif self._is_listed(known, targets, shares):
            services.ledger.update_day(known, lambda now: compaction.skip(now, claim, now.objects))
        else:
            services.log("a day stays as it is: one of its files has left its table", day=known.name)
            _give_up(services, known, claim)

    def _is_listed(self, known: Day, targets: Sequence[str], shares: Sequence[Share]) -> bool:
        rows = [count for share in shares for count in share.object_rows]
        sizes = [count for share in shares for count in share.object_bytes]
        files = [TableFile(*file) for file in zip(targets, rows, sizes, strict=True)]
        inputs = [key for share in self.day.shares for key in share]
        return self.services.tables.put_in_place(known, self.plan.claim, inputs, files)


def _has_room(services: Services) -> bool:
    """Whether a run may start that nobody waits for: files come first, and one compaction at a time is enough."""
    ledger_ = services.ledger
    if ledger_.circuit().open or ledger_.open_files(WAITING, LATER, 1):
        return False
    if any(is_compaction(run.manifest) for run in ledger_.open_runs(LATER, KEYS)):
        return False
    return services.jobs.room() > 0


def _planned(services: Services, day: Day, claim: str) -> tuple[DayPlan, int] | None:
    """The day's objects, which are listed after the day is taken, and their bytes; None where it is not worth it."""
    now, rule = services.now(), services.settings.compaction
    taken = services.ledger.update_day(day, lambda known: compaction.begin(known, claim, now))
    if not compaction.is_at_work(taken, claim):
        return None
    objects = _objects(services, day)
    sizes = [size for _, size in objects]
    if not compaction.is_worth(sizes, rule) or sum(sizes) > services.settings.max_bytes_per_run:
        left = taken.objects if day.is_listed else len(objects)  # of these more come when a file leaves a table
        services.ledger.update_day(day, lambda known: compaction.skip(known, claim, left))
        return None
    places = compaction.shares(sizes, rule.object_bytes)
    shares = tuple(tuple(objects[place][0] for place in share) for share in places)
    return DayPlan(day.dataset, day.partition, shares), sum(sizes)


def _objects(services: Services, day: Day) -> list[tuple[str, int]]:
    """Keys and bytes of what may come together."""
    if day.is_listed:
        return [(file.key, file.size) for file in services.tables.small_files(day)]
    return [(key, size) for key, size in _listed(services, day.folder) if key.endswith(".parquet")]


def _within(services: Services, plans: Sequence[tuple[DayPlan, int]], claim: str) -> list[DayPlan]:
    """As many as one run may read; the others are due again."""
    left, found = services.settings.max_bytes_per_run, list[DayPlan]()
    for plan, size in plans:
        if size <= left:
            left -= size
            found.append(plan)
        else:
            _release(services, plan, claim)
    return found


def _start(services: Services, claim: str, days: Sequence[DayPlan]) -> bool:
    """Plan, the run's record, the run itself: each is found by the sweep if the next never comes."""
    settings, at = services.settings, services.now().isoformat()
    run = RunRecord(claim, settings.compaction_uri(claim))
    plan = Plan(claim, settings.staging_uri(claim), settings.curated_bucket, tuple(days))
    services.objects.write_json(run.manifest, plan.to_json())
    services.ledger.update_run(run, lambda known: ledger.open_run(known, at))
    try:
        run_id = services.jobs.start(run.manifest)
    except (Busy, NoCapacity, Refused) as error:
        services.log("no compaction was started", claim=claim, reason=str(error))
        for day in days:
            _release(services, day, claim)
        _close(services, run)
        return False
    except GlueEtlError as error:  # it may have started: the sweep looks for it
        services.log("nobody knows whether a compaction was started", claim=claim, reason=str(error))
        return False
    services.ledger.update_run(run, lambda known: ledger.name_run(known, run_id, at))
    return True


def _release(services: Services, plan: DayPlan, claim: str) -> None:
    now = services.now()
    services.ledger.update_day(Day(plan.dataset, plan.partition), lambda known: compaction.release(known, claim, now))


def _give_up(services: Services, day: Day, claim: str) -> Day:
    rule, now = services.settings.compaction, services.now()
    return services.ledger.update_day(day, lambda known: compaction.give_up(known, claim, rule, now))


def _close(services: Services, run: RunRecord) -> None:
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda known: ledger.close_run(known, at, notified=True))


def _is_open(services: Services, claim: str) -> bool:
    run = services.ledger.run(claim)
    return run is not None and run.open


def _listed(services: Services, folder: str) -> Iterable[tuple[str, int]]:
    return services.objects.list(f"s3://{services.settings.curated_bucket}/{folder}")
