"""Files whose event was lost: the raw bucket's listing against the ledger, a stretch a call.

Two walks, each with a cursor in the ledger's table: round and round the day folders of yesterday and today, where new files are,
and slowly over the whole incoming prefix. A file that the ledger does not have is recorded and waits from then on; nothing is
sent. While the arrivals queue is long nobody can tell a lost event from one that waits there, so that nothing is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from glue_etl.core.errors import GlueEtlError
from glue_etl.core.files import ledger
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.files.ledger import Stamp
from glue_etl.core.files.model import File
from glue_etl.steps.files.ports import Services

LISTING_LIMIT = 5000
"""Versions a call of the walk over everything."""
RECENT_LIMIT = 20_000
"""Versions a call of the walk over the last days: at 288 calls a day, each file of two million is looked up within nine hours."""
AT_ONCE = 1000
"""Versions that are looked up together: what this holds in memory."""
SHORT_QUEUE = 1000
ALL, RECENT = "sweep-listing", "sweep-recent"


@dataclass
class Walk:
    """One call's walking: only files older than `before`, and only until `until`. Counts what it did."""

    services: Services
    before: str
    until: datetime
    recovered: int = 0
    troubles: int = 0
    postponed: int = 0


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where one walk begins (`after` a key in the first of `prefixes`), and how many versions it may list."""

    note: str
    prefixes: tuple[str, ...]
    after: str
    limit: int


def recover(walk: Walk) -> None:
    """Record the object versions that the ledger has never heard of, once their event has had time to come."""
    services = walk.services
    if services.arrivals.depth() > SHORT_QUEUE:
        services.log("the arrivals queue is long: what is not in the ledger may be waiting there")
        walk.postponed += 1
        return
    after = str(services.ledger.read_note(ALL).get("after", ""))
    finished = _go(walk, _Stretch(ALL, (services.settings.incoming_prefix,), after, LISTING_LIMIT))
    if after or not finished:
        _go(walk, _recent(services))


def _recent(services: Services) -> _Stretch:
    """The day folders from where the last call stopped; from the first where that day is over."""
    folders = tuple(_day_folders(services))
    note = services.ledger.read_note(RECENT)
    stopped, after = str(note.get("prefix", "")), str(note.get("after", ""))
    if stopped not in folders:
        return _Stretch(RECENT, folders, "", RECENT_LIMIT)
    return _Stretch(RECENT, folders[folders.index(stopped) :], after, RECENT_LIMIT)


def _day_folders(services: Services) -> Iterator[str]:
    """Of yesterday and today, of every source."""
    settings = services.settings
    root = f"s3://{settings.raw_bucket}/{settings.incoming_prefix}"
    folders = services.objects.folders(root, emptied=True)
    days = [f"{services.now() - timedelta(days=ago):%Y/%m/%d/}" for ago in (1, 0)]
    for source in chain([""], (name for name in folders if not name.rstrip("/").isdigit())):
        yield from (f"{settings.incoming_prefix}{source}{day}" for day in days)


def _go(walk: Walk, stretch: _Stretch) -> bool:
    """Walk until the end, the limit or the time; whether it came to the end. The cursor is kept after each look-up."""
    listed, batch, last = 0, list[File](), ("", "")
    for prefix, file in _files(walk.services, stretch):
        enough = listed >= stretch.limit
        if file.key != last[1] and (enough or len(batch) >= AT_ONCE):
            _record(walk, batch)
            _keep(walk.services, stretch, *last)
            late = walk.services.now() >= walk.until
            walk.postponed += late
            if enough or late:
                return False
            batch = []
        batch.append(file)
        listed, last = listed + 1, (prefix, file.key)
    _record(walk, batch)
    if stretch.after or listed > len(batch):
        _keep(walk.services, stretch, "", "")
    return True


def _files(services: Services, stretch: _Stretch) -> Iterator[tuple[str, File]]:
    after = stretch.after
    for prefix in stretch.prefixes:
        for file in services.objects.versions(services.settings.raw_bucket, prefix, after=after):
            yield prefix, file
        after = ""


def _keep(services: Services, stretch: _Stretch, prefix: str, after: str) -> None:
    services.ledger.write_note(stretch.note, {"prefix": prefix, "after": after})


def _record(walk: Walk, files: Iterable[File]) -> None:
    services = walk.services
    old = {f.batch_id: f for f in files if f.arrived_at < walk.before and not is_folder_marker(f.key)}
    known = services.ledger.known(old, just_now=False)
    found = services.each(
        lambda file: _receive(walk, file), [f for batch_id, f in old.items() if batch_id not in known]
    )
    walk.recovered += sum(found)


def _receive(walk: Walk, file: File) -> bool:
    """Whether the file was new to the ledger. One that can't be recorded now is found again by the next round."""
    stamp = Stamp(walk.services.now().isoformat(), "sweep", "a file without an event was found")
    try:
        return walk.services.ledger.receive(ledger.receive(file, "", stamp))
    except GlueEtlError as error:
        walk.services.log("not recorded", source=file.uri, version_id=file.version_id, error=str(error))
        walk.troubles += 1
        return False
