"""Adds a run's files to the past of their datasets, each once, and finds what in them is unlike the days before.

The past and the records of the files that it counts are written together: whoever comes again finds them counted. A file that
another run judges again takes the place of what it was, which that run's result still tells. Versions that a newer one has
replaced do not count any more: the past is that of what is current.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from glue_etl.core.batches import batches
from glue_etl.core.datasets.beyond import promised
from glue_etl.core.datasets.contracts import DEFAULT_DATASET
from glue_etl.core.datasets.gaps import expect, over_notice
from glue_etl.core.datasets.history import Alarm, History, Seen, count, seen, with_alarms
from glue_etl.core.datasets.trends import unusual
from glue_etl.core.datasets.unlike import explained
from glue_etl.core.errors import Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile, RunResult
from glue_etl.core.files.states import FINAL, State
from glue_etl.steps.files.overtaken import other_versions
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.troubles import Troubles

FILES_TOGETHER = 99
"""Records that are stored with the past in one transaction: DynamoDB takes 100 items ("TransactWriteItems")."""
TRIES = 20
CURRENT = FINAL - {State.SUPERSEDED}
"""States of files that the past counts."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file of the run that came to rest, with what the run says of it."""

    entry: ManifestFile
    record: Record
    result: FileResult


def judged(settled: Iterable[tuple[ManifestFile, Record]], results: Mapping[str, FileResult] | None) -> list[Judged]:
    """Those of the settled files that rest, are current, and that the run says something of."""
    return [
        Judged(entry, record, results[entry.batch_id])
        for entry, record in settled
        if results and record.state in CURRENT and entry.batch_id in results
    ]


def note_files(services: Services, judged_files: Iterable[Judged], owner: Owner, troubles: Troubles) -> list[str]:
    """Count the files of a run, each in the past of its dataset, in place of the versions that they replaced; lines for people
    on what is unlike it.
    """
    by_dataset: dict[str, list[Judged]] = defaultdict(list)
    all_of = list(judged_files)
    with troubles.alone("the past of their datasets still has versions that were replaced"):
        _forget_replaced(services, [file.record for file in all_of])
    for file in all_of:
        by_dataset[file.entry.dataset].append(file)
    lines: list[str] = []
    for dataset, files in sorted(by_dataset.items()):
        with troubles.alone(f"the past of dataset {dataset} does not have these files yet"):
            history = _counted(services, dataset, files, owner)
            _expect_next(services, history)
            lines += services.settings.told(explained(_alarms(history, owner), [(f.entry, f.result) for f in files]))
    return lines


def _forget_replaced(services: Services, records: Sequence[Record]) -> None:
    """Take what these files replaced out of the past of the datasets that count it."""
    published = [record for record in records if record.state is State.PUBLISHED]
    others = chain.from_iterable(services.each(partial(other_versions, services), published))
    by_dataset: dict[str, list[Record]] = defaultdict(list)
    for other in others:
        if other.state is State.SUPERSEDED and other.counted:
            by_dataset[other.dataset].append(other)
    for dataset, replaced in by_dataset.items():
        for batch in batches(replaced, FILES_TOGETHER):
            _forget(services, dataset, list(batch))


def _forget(services: Services, dataset: str, records: Sequence[Record]) -> None:
    for _ in range(TRIES):
        counted = [(r, was) for r in records if r.counted and (was := _counted_as(services, r)) is not None]
        if not counted:
            return
        after = count(services.ledger.history(dataset), (), [was for _, was in counted])
        if services.ledger.commit_history(after, [ledger.uncount(record) for record, _ in counted]):
            return
        found = services.each(services.ledger.get, [record.batch_id for record in records])
        records = [record for record in found if record is not None and record.state is State.SUPERSEDED]
    raise Transient(f"the past of dataset {dataset} keeps changing: try again")


def _counted(services: Services, dataset: str, files: Sequence[Judged], owner: Owner) -> History:
    """The dataset's past with all of these files."""
    history = services.ledger.history(dataset)
    for batch in batches((f for f in files if not ledger.is_counted(f.record, owner)), FILES_TOGETHER):
        history = _count(services, history, list(batch), owner)
    return history


def _count(services: Services, history: History, files: Sequence[Judged], owner: Owner) -> History:
    records = {f.record.batch_id: f.record for f in files}
    for _ in range(TRIES):
        mine = [f for f in files if _is_ours(records[f.entry.batch_id], owner)]
        if not mine:
            return history
        changes = [_change(services, f, records[f.entry.batch_id], owner) for f in mine]
        came = [new for new, _ in changes if new]
        went = [old for _, old in changes if old]
        after = count(history, came, went)
        if services.settings.tell_unusual:
            after = _judged(after, {file.day for file in came if file.is_recent}, owner.run_id)
        if services.ledger.commit_history(after, [ledger.count(records[f.entry.batch_id], owner) for f in mine]):
            return after
        history = services.ledger.history(history.dataset)
        found = services.each(services.ledger.get, list(records))
        records = {record.batch_id: record for record in found if record is not None}
    raise Transient(f"the past of dataset {history.dataset} keeps changing: try again")


def _is_ours(record: Record | None, owner: Owner) -> bool:
    """Whether this run's word on the file is still the last, and is not counted yet."""
    if record is None or ledger.is_counted(record, owner):
        return False
    return record.claim == owner.claim and record.run_id == owner.run_id


def _change(services: Services, file: Judged, record: Record, owner: Owner) -> tuple[Seen | None, Seen | None]:
    """What comes to the past for a file, and what goes: what it was counted as.

    Where that is not known any more, the past stays as it is: it must not count the file twice.
    """
    new = seen(file.entry, file.result, owner.run_id)
    if not record.counted:
        return new, None
    old = _counted_as(services, record)
    return (new, old) if old else (None, None)


def _counted_as(services: Services, record: Record) -> Seen | None:
    """What the past counts the file as, by manifest and result of the run that judged it then; None where these are gone."""
    claim, _, run_id = record.counted.partition("/")
    planned = services.objects.read_json(services.settings.manifest_uri(claim))
    result = services.objects.read_json(services.settings.result_uri(claim, run_id)) if planned else None
    entries = Manifest.from_json(planned).files if planned else ()
    files = {file.batch_id: file for file in RunResult.from_json(result).files} if result else {}
    for entry in entries:
        if entry.batch_id == record.batch_id and entry.batch_id in files:
            return seen(entry, files[entry.batch_id], run_id)
    services.log("its earlier result is gone: the past keeps that", batch_id=record.batch_id, run_id=run_id)
    return None


def _judged(history: History, days: Iterable[str], run_id: str) -> History:
    """The past with what is unusual of these days, and of the day before a new one, which is over then."""
    if history.dataset == DEFAULT_DATASET:
        return history
    for day in sorted(days):
        history = with_alarms(history, day, unusual(history, day, run_id))
        before = history.before(day, 1)
        if before and day == history.days[-1].day and history.day(day).files:
            over = before[0].day
            history = with_alarms(history, over, unusual(history, over, run_id, complete=True))
    return history


def _alarms(history: History, owner: Owner) -> list[tuple[str, Alarm]]:
    """What files of this run raised, with the days."""
    return [(day.day, alarm) for day in history.days for alarm in day.alarms if alarm.run_id == owner.run_id]


def _expect_next(services: Services, history: History) -> None:
    """Until when the next file is awaited now; an all-clear where its absence had been told."""
    if history.dataset == DEFAULT_DATASET or not services.settings.tell_unusual:
        return
    contract = services.contracts.get(history.dataset)
    promise = promised(contract.suite) if contract else None
    known = services.ledger.expected(history.dataset)
    if known.told and history.last_arrival > known.since:
        services.notices.publish(over_notice(services.settings.environment, known, history.last_arrival))
    services.ledger.update_expected(history.dataset, lambda now: expect(now, history, promise))
