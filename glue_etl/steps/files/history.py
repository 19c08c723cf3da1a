"""Adds a run's files to the past of their datasets, each once, and finds what in them is unlike the days before.

The past and the records of the files that it counts are written together: whoever comes again finds them counted. A file that
another run judges again takes the place of what it was, which that run's result still tells. Versions that a newer one has
replaced do not count any more: the past is that of what is current.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What the past counts files as, by manifest and result of the runs that judged them then. Each run's are read once, however
    many of its files are asked for and however often; only what was asked for is kept, as results may be large.
    """

    services: Services
    known: dict[tuple[str, str], Seen | None] = field(default_factory=dict)
    """By what the record says of its count, and the file; None where manifest or result are gone."""

    def learn(self, records: Iterable[Record]) -> None:
        """Read what is not known yet of these."""
        by_run: dict[str, set[str]] = defaultdict(set)
        for record in records:
            if record.counted and (record.counted, record.batch_id) not in self.known:
                by_run[record.counted].add(record.batch_id)
        answers = self.services.each(self._read, by_run.items())
        for (counted, wanted), found in zip(by_run.items(), answers, strict=True):
            self.known.update({(counted, batch_id): found.get(batch_id) for batch_id in wanted})

    def of(self, record: Record) -> Seen | None:
        """What the past counts the file as."""
        self.learn([record])
        return self.known[record.counted, record.batch_id]

    def _read(self, asked: tuple[str, set[str]]) -> dict[str, Seen]:
        (counted, wanted), settings, objects = asked, self.services.settings, self.services.objects
        claim, _, run_id = counted.partition("/")
        planned = objects.read_json(settings.manifest_uri(claim))
        result = objects.read_json(settings.result_uri(claim, run_id)) if planned else None
        entries = [entry for entry in Manifest.from_json(planned).files if entry.batch_id in wanted] if planned else []
        files = {file.batch_id: file for file in RunResult.from_json(result).files} if result else {}
        found = {e.batch_id: seen(e, files[e.batch_id], run_id) for e in entries if e.batch_id in files}
        for batch_id in sorted(wanted - found.keys()):
            self.services.log("its earlier result is gone: the past keeps that", batch_id=batch_id, run_id=run_id)
        return found


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
    all_of, earlier = list(judged_files), _Earlier(services)
    with troubles.alone("the past of their datasets still has versions that were replaced"):
        replaced = _replaced(services, [file.record for file in all_of])
        # All at once: a run may have judged both what is replaced and what is judged again, in several datasets.
        earlier.learn([*replaced, *(f.record for f in all_of if not ledger.is_counted(f.record, owner))])
        _forget_replaced(earlier, replaced)
    for file in all_of:
        by_dataset[file.entry.dataset].append(file)
    lines: list[str] = []
    for dataset, files in sorted(by_dataset.items()):
        with troubles.alone(f"the past of dataset {dataset} does not have these files yet"):
            history = _counted(earlier, dataset, files, owner)
            _expect_next(services, history)
            lines += services.settings.told(explained(_alarms(history, owner), [(f.entry, f.result) for f in files]))
    return lines


def _replaced(services: Services, records: Sequence[Record]) -> list[Record]:
    """What these files replaced and the past still counts."""
    published = [record for record in records if record.state is State.PUBLISHED]
    others = chain.from_iterable(services.each(partial(other_versions, services), published))
    return [other for other in others if other.state is State.SUPERSEDED and other.counted]


def _forget_replaced(earlier: _Earlier, records: Sequence[Record]) -> None:
    """Take what was replaced out of the past of the datasets that count it."""
    by_dataset: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_dataset[record.dataset].append(record)
    for dataset, replaced in by_dataset.items():
        for batch in batches(replaced, FILES_TOGETHER):
            _forget(earlier, dataset, list(batch))


def _forget(earlier: _Earlier, dataset: str, records: Sequence[Record]) -> None:
    services = earlier.services
    for _ in range(TRIES):
        earlier.learn(records)
        counted = [(r, was) for r in records if r.counted and (was := earlier.of(r)) is not None]
        if not counted:
            return
        after = count(services.ledger.history(dataset), (), [was for _, was in counted])
        if services.ledger.commit_history(after, [ledger.uncount(record) for record, _ in counted]):
            return
        found = services.each(services.ledger.get, [record.batch_id for record in records])
        records = [record for record in found if record is not None and record.state is State.SUPERSEDED]
    raise Transient(f"the past of dataset {dataset} keeps changing: try again")


def _counted(earlier: _Earlier, dataset: str, files: Sequence[Judged], owner: Owner) -> History:
    """The dataset's past with all of these files."""
    history = earlier.services.ledger.history(dataset)
    for batch in batches((f for f in files if not ledger.is_counted(f.record, owner)), FILES_TOGETHER):
        history = _count(earlier, history, list(batch), owner)
    return history


def _count(earlier: _Earlier, history: History, files: Sequence[Judged], owner: Owner) -> History:
    services, records = earlier.services, {f.record.batch_id: f.record for f in files}
    for _ in range(TRIES):
        mine = [f for f in files if _is_ours(records[f.entry.batch_id], owner)]
        if not mine:
            return history
        earlier.learn(records[f.entry.batch_id] for f in mine)
        changes = [_change(f, records[f.entry.batch_id], owner, earlier) for f in mine]
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
    """Whether this run's word on the file is still the last, and is not counted yet.

    A newer version may have replaced the file since this run settled it, and whoever published that has found nothing to take
    out of the past then: nobody would ever. A record that is out of date by that is refused with the past, and read again.
    """
    if record is None or record.state not in CURRENT or ledger.is_counted(record, owner):
        return False
    return record.claim == owner.claim and record.run_id == owner.run_id


def _change(file: Judged, record: Record, owner: Owner, earlier: _Earlier) -> tuple[Seen | None, Seen | None]:
    """What comes to the past for a file, and what goes: what it was counted as.

    Where that is not known any more, the past stays as it is: it must not count the file twice.
    """
    new = seen(file.entry, file.result, owner.run_id)
    if not record.counted:
        return new, None
    old = earlier.of(record)
    return (new, old) if old else (None, None)


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
