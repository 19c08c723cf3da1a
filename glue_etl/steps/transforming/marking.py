"""Marks what has to be made anew: the days, or files, of the transforms that read what was published, replaced or taken back.

Called after the change and before it is forgotten (a run's record is still open), so that a crash in between marks it later.
Where nothing comes back to a change, it is announced before, too: `core.transforming.due` says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from glue_etl.core.files.heads import Head, head_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import ManifestFile
from glue_etl.core.files.states import State
from glue_etl.core.transforming.declarations import ON_ARRIVAL, Transform, digest_of
from glue_etl.core.transforming.due import STOPPED, Due, News, changed, changing
from glue_etl.steps.files.ports import Services, Transforming

CHANGING_LIFETIME = timedelta(minutes=20)
"""Longer than a function can live, which is 15 minutes ("Lambda quotas")."""
BROKEN = (State.QUARANTINED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a file of a dataset and `day` (2024-01-31). `head`: the name of the head that shows it, or would.

    `state` is "" where that is another run's to say. `broken`: its rows are missing until somebody mends it.
    """

    batch_id: str
    head: str
    dataset: str
    day: str
    state: str = ""
    broken: bool = False


def mark_run(services: Services, run_id: str, files: Iterable[ManifestFile], settled: Iterable[Record]) -> None:
    """Mark what the files of a run, which has ended, change. Those that another run owns by now are marked for any case."""
    if services.transforming is not None:
        records = {record.batch_id: record for record in settled}
        mark(services, run_id, [_change_of(services, f, records.get(f.batch_id)) for f in files])


def _change_of(services: Services, entry: ManifestFile, record: Record | None) -> Change:
    contract = services.contracts.get(entry.dataset)
    blank = head_of(entry.file, append=contract is not None and contract.reupload == "append")
    head = record.head if record is not None and record.head else blank.name
    day = day_of(entry.partition.path)
    if record is None:
        return Change(entry.batch_id, head, entry.dataset, day)
    broken = record.state in BROKEN or (record.state is State.FAILED and record.parked)
    return Change(entry.batch_id, head, entry.dataset, day, str(record.state), broken)


def day_of(partition: str) -> str:
    """`2024-01-31` of `year=2024/month=01/day=31`."""
    return "-".join(folder.partition("=")[2] for folder in partition.split("/"))


def mark(services: Services, cause: str, changes: Sequence[Change]) -> None:
    """Make due what reads these files, one write a part. `cause` names the event: a repeat of the same changes nothing."""
    transforming = services.transforming
    if transforming is None:
        return
    parts: dict[str, tuple[Due, Transform, list[Change]]] = {}
    for change in changes:
        for due, transform in _parts_of(transforming, change):
            parts.setdefault(due.name, (due, transform, []))[2].append(change)
    at = services.now().isoformat()

    def write(part: tuple[Due, Transform, list[Change]]) -> None:
        due, transform, found = part
        transforming.parts.update(due, partial(changed, news=_news(cause, found, transform), at=at))

    services.each(write, list(parts.values()))
    for name in sorted({t.name for c in changes for t in transforming.declared.referring_to(c.dataset)}):
        _try_again(transforming, name, f"{cause}#reference", at)


def _news(cause: str, changes: Sequence[Change], transform: Transform) -> News:
    told = sorted((change.batch_id, change.state) for change in changes)
    broken = tuple(change.batch_id for change in changes if change.broken)
    mended = tuple(change.batch_id for change in changes if change.state and not change.broken)
    return News(f"{cause}#{digest_of(json.dumps(told))}", broken, mended, later=transform.schedule != ON_ARRIVAL)


def _try_again(transforming: Transforming, name: str, cause: str, at: str) -> None:
    """Parts that stopped, perhaps for a reference without rows, once that has some."""

    def change(now: Due) -> Due:
        return changed(now, News(cause), at) if now.state == STOPPED else now

    for due in transforming.parts.stopped(name):
        transforming.parts.update(due, change)


def _parts_of(transforming: Transforming, change: Change) -> Iterator[tuple[Due, Transform]]:
    """What has to be made of a file: its day, or, where a transform appends and this is of its first input, the file's own."""
    for transform in transforming.declared.readers_of(change.dataset):
        if not transform.by_file:
            yield Due(transform.name, change.day), transform
        elif change.dataset == transform.inputs[0]:
            yield Due(transform.name, change.day, change.head), transform


@contextmanager
def announced(services: Services, head: Head) -> Iterator[None]:
    """Around a change that takes away what a head shows: said before, so that it can't be forgotten, and when it is done."""
    transforming, shown = services.transforming, head.published
    if transforming is None or shown is None:
        yield
        return
    now = services.now()
    at, until = now.isoformat(), (now + CHANGING_LIFETIME).isoformat()
    parts = list(_parts_of(transforming, Change(shown.batch_id, head.name, shown.dataset, day_of(shown.partition))))
    for due, transform in parts:
        begins = partial(changing, batch_id=shown.batch_id, until=until, later=transform.schedule != ON_ARRIVAL, at=at)
        transforming.parts.update(due, begins)
    yield
    cause = f"taken back {shown.batch_id} {shown.token} {at}"
    for due, transform in parts:
        news = News(cause, ended=shown.batch_id, later=transform.schedule != ON_ARRIVAL)
        transforming.parts.update(due, partial(changed, news=news, at=services.now().isoformat()))
