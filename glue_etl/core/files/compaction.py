"""Which copy of a day's rows the catalog shows: the day's folder, with an object or more a file, or a compact copy of it.

The folder is the truth and stays: files are published, replaced and taken back there as if there was no copy. Who is about to
publish in a folder opens the day before it, and who has deleted from it after it: the catalog shows the folder again. A
compaction begins before it lists the folder, and its copy is shown only where nobody has opened the day since; so a copy that is
shown has the folder's rows. None begins while a publisher who has opened the day may live: a day is due hours later.

A table that lists its files needs none of this to be right: the files that a compaction made are listed in place of others by one
commit, and where one of these leaves, the others come back in the commit with which it leaves (aws.files.iceberg.compacted).

Which of them readers see is one field of the catalog's partition, and nothing orders the writes to that. So a writer first leaves
its name in `writers`, and takes it out when the catalog has what the day says by then. One that died is followed by the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

COPIES = "compact-days/"
"""Where compact copies lie in the curated bucket: no dataset has a dash in its name."""
LISTED = "data/"
FILES, COMPACTING, COMPACTED = "files", "compacting", "compacted"

GRACE = timedelta(hours=6)
"""A copy that is not shown any more stays so long: queries that began before read it to their end."""
LEASE = timedelta(hours=12)
"""A compaction that is older is looked at: it may never have become a run."""
MOST_DOUBLINGS = 6
FEWER = 4
"""A day is compacted where it comes to a fourth of its objects or less: else a run costs more than readers save."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a day is compacted. `after_hours`: since its last change, 0: never. `days`: at most so many at a time."""

    after_hours: int
    least_objects: int
    object_bytes: int
    days: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who may be writing to the catalog. After `until` (ISO 8601, UTC) it can't live any more."""

    name: str
    until: str


@dataclass(frozen=True, slots=True)
class Obsolete:
    """A copy that is not shown any more, or never was; to be deleted `after` (ISO 8601, UTC)."""

    claim: str
    after: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a dataset whose tables are folders; `partition` as in Publication.

    `claim`: the compaction that is at work (COMPACTING) or whose copy is shown (COMPACTED). `objects` in the folder, as far as
    known, and `copies` in their place. `undone`: how many compactions came to nothing or were undone by a change. `due_at`: when
    somebody has to look at it ("": not before it changes). `rev` counts the writes.
    """

    dataset: str
    partition: str
    state: str = FILES
    claim: str = ""
    objects: int = 0
    copies: int = 0
    undone: int = 0
    due_at: str = ""
    writers: tuple[Writer, ...] = ()
    obsolete: tuple[Obsolete, ...] = ()
    rev: int = 0

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        return f"day#{self.dataset}/{self.partition}"

    @property
    def is_listed(self) -> bool:
        """Whether its objects are data files of a table that lists them: `partition` begins below the table's folder then."""
        return self.partition.startswith(LISTED)

    @property
    def shown(self) -> str:
        """The claim of the copy that readers are to see; "": the folder itself."""
        return self.claim if self.state == COMPACTED else ""

    @property
    def folder(self) -> str:
        """The key prefix in the curated bucket that readers are to see."""
        return self.copy_folder(self.shown) if self.shown else f"{self.dataset}/{self.partition}/"

    @property
    def is_closed(self) -> bool:
        """Whether the catalog may show something else than the folder, now or soon."""
        return not self.is_listed and (self.state != FILES or bool(self.writers))

    @property
    def due(self) -> str:
        """When the sweep has to look at it next; "": not before it changes."""
        times = [self.due_at, *(w.until for w in self.writers), *(o.after for o in self.obsolete)]
        return min(filter(None, times), default="")

    def compact_key(self, claim: str, number: int) -> str:
        """Key of an object that a compaction made for a table that lists its files."""
        return f"{self.folder}{claim}_compact_x_{number:05d}.snappy.parquet"

    def copy_folder(self, claim: str) -> str:
        """Where a compaction's copy lies in the curated bucket."""
        return f"{COPIES}{self.dataset}/{self.partition}/{claim}/"


def expecting(day: Day, objects: int, rule: Rule, now: datetime) -> Day:
    """The day before files are published in its folder: open, and due to be compacted when it has been quiet for long enough."""
    left = _opened(day, now)
    return _written(_scheduled(replace(left, objects=left.objects + objects), rule, now))


def opened(day: Day, rule: Rule, now: datetime) -> Day:
    """The day after something left its folder."""
    return day if day.state == FILES else _written(_scheduled(_opened(day, now), rule, now))


def begin(day: Day, claim: str, now: datetime) -> Day:
    """The day in the hands of a compaction; unchanged where it is not due."""
    if day.state != FILES or not day.due_at or day.due_at > now.isoformat():
        return day
    return _written(replace(day, state=COMPACTING, claim=claim, due_at=(now + LEASE).isoformat()))


def show(day: Day, claim: str, objects: int, copies: int) -> Day:
    """The day whose copy is shown; unchanged where it was opened since this compaction began."""
    if not is_at_work(day, claim):
        return day
    return _written(replace(day, state=COMPACTED, objects=objects, copies=copies, due_at=""))


def give_up(day: Day, claim: str, rule: Rule, now: datetime) -> Day:
    """The day whose compaction came to nothing: it is tried again, later each time."""
    if not is_at_work(day, claim):
        return day
    return _written(_scheduled(_opened(day, now), rule, now))


def release(day: Day, claim: str, now: datetime) -> Day:
    """The day that no run was started for: due as it was."""
    if not is_at_work(day, claim):
        return day
    return _written(replace(day, state=FILES, claim="", due_at=now.isoformat()))


def skip(day: Day, claim: str, objects: int) -> Day:
    """The day that is not worth it: left as it is until it changes."""
    if not is_at_work(day, claim):
        return day
    return _written(replace(day, state=FILES, claim="", objects=objects, due_at=""))


def is_at_work(day: Day, claim: str) -> bool:
    """Whether this compaction may still be shown."""
    return day.state == COMPACTING and day.claim == claim


def announced(day: Day, writer: Writer) -> Day:
    """The day with one who is about to write to the catalog."""
    return day if writer in day.writers else _written(replace(day, writers=(*day.writers, writer)))


def settled(day: Day, writer: Writer, shown: str, began: datetime) -> Day:
    """The day after the catalog was made to show `shown`: unchanged where it says something else by now.

    The dead before this writer `began` are followed with it.
    """
    if day.shown != shown or writer not in day.writers:
        return day
    left = tuple(w for w in day.writers if w != writer and w.until > began.isoformat())
    return _written(replace(day, writers=left))


def cleaned(day: Day, deleted: Obsolete) -> Day:
    """The day after a copy was deleted."""
    return _written(replace(day, obsolete=tuple(o for o in day.obsolete if o != deleted)))


def deletable(day: Day, now: datetime) -> tuple[Obsolete, ...]:
    """Copies that nobody reads any more, and that nobody may be about to show."""
    return () if day.writers else tuple(o for o in day.obsolete if o.after <= now.isoformat())


def is_worth(sizes: Sequence[int], rule: Rule) -> bool:
    """Whether objects of these sizes (bytes) are many and small enough to be compacted."""
    return len(sizes) >= rule.least_objects and len(shares(sizes, rule.object_bytes)) * FEWER <= len(sizes)


def shares(sizes: Sequence[int], most: int) -> list[list[int]]:
    """The places of objects that come together, in order: at most `most` bytes, or one object."""
    found: list[list[int]] = []
    filled = 0
    for place, size in enumerate(sizes):
        if not found or filled + size > most:
            found.append([])
            filled = 0
        found[-1].append(place)
        filled += size
    return found


def _opened(day: Day, now: datetime) -> Day:
    if day.state == FILES:
        return day
    gone = Obsolete(day.claim, (now + GRACE).isoformat())
    return replace(day, state=FILES, claim="", copies=0, undone=day.undone + 1, obsolete=(*day.obsolete, gone))


def _scheduled(day: Day, rule: Rule, now: datetime) -> Day:
    """Due after the hours of the rule, doubled for each compaction that was undone: a day that keeps changing is left alone."""
    if not rule.after_hours or day.objects < rule.least_objects:
        return replace(day, due_at="")
    wait = timedelta(hours=rule.after_hours) * 2 ** min(day.undone, MOST_DOUBLINGS)
    return replace(day, due_at=(now + wait).isoformat())


def _written(day: Day) -> Day:
    return replace(day, rev=day.rev + 1)
