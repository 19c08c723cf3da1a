"""Which snapshots of a table have had their time, and what goes with them.

A plan is written down before the snapshots are taken out of the table, and deleted after their objects are: whoever finds one
finishes it. It holds as long as the table's branches and tags are what they were, and for good once its snapshots are out: what
the others did not list then, no later snapshot lists, since a file that left a table never comes back under its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

MOST_AT_ONCE = 500
"""Snapshots that one call takes out of a table, the oldest first: the next one goes on."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long earlier snapshots stay readable: `days`, 0 for ever, and at least the newest `least` whatever their age."""

    days: int
    least: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of a table, made at `at` (milliseconds since 1970). `named`: a branch ends in it, or a tag names it."""

    id: int
    at: int
    named: bool = False


@dataclass(frozen=True, slots=True)
class Expiry:
    """A plan: `snapshots` of a dataset's table that go, and what they alone list: `rows` and `metadata`, as object keys.

    `names`: the branches and tags of the table as it was, with their snapshots.
    """

    dataset: str
    snapshots: tuple[int, ...]
    rows: tuple[str, ...]
    metadata: tuple[str, ...]
    names: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Expiry:
        lists = {name: tuple(document[name]) for name in ("snapshots", "rows", "metadata")}
        return cls(document["dataset"], **lists, names=document["names"])


def expired(snapshots: Sequence[Snapshot], retention: Retention, now: datetime) -> tuple[int, ...]:
    """Those that have had their time, of snapshots in the order in which they were made: the oldest, without a gap.

    What is named stays, and all that is younger than it: a reader there may go back in time as anybody else.
    """
    if not retention.days:
        return ()
    until = (now - timedelta(days=retention.days)).timestamp() * 1000
    found: list[int] = []
    for snapshot in snapshots[: max(0, len(snapshots) - max(1, retention.least))]:
        if snapshot.at >= until or snapshot.named or len(found) == MOST_AT_ONCE:
            break
        found.append(snapshot.id)
    return tuple(found)


def plans_folder(dataset: str) -> str:
    """Where the plans of a dataset's table are written down, in the curated bucket: apart from its data and its metadata."""
    return f"{dataset}/expiry/"


def batch_of(key: str) -> str:
    """The batch id in the key of a table's data file (`Publication.object_keys`)."""
    return key.rsplit("_", 3)[-3]
