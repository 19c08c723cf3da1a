"""How collected records become objects: names, bytes, and up to where a part has landed (docs/decisions/009).

A part (a shard, a partition) has two chains of objects, one of its rows and one of its poison. Each object is named by its
first record and says in its metadata up to which position the chain reaches with it; the next object of the chain begins
with the first row (or poison) after that. So whoever tries to land records whose chain goes on elsewhere meets the name.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from glue_etl.core.collecting.records import Decoded

NOTHING = -1
"""Before any position."""
_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to which position each chain of a part reaches; `rev` counts its changes in the table."""

    rows: int = NOTHING
    poison: int = NOTHING
    rev: int = 0

    @property
    def covered(self) -> int:
        """Records up to here are done, whatever they are."""
        return min(self.rows, self.poison)

    def reaching(self, rows: int, poison: int) -> Checkpoint:
        """Never back."""
        return replace(self, rows=max(self.rows, rows), poison=max(self.poison, poison))


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the objects of one chain go: below `prefix` of `bucket`."""

    bucket: str
    prefix: str

    def key(self, day: datetime, name: str) -> str:
        return f"{self.prefix}{day:%Y/%m/%d}/{name}.jsonl.gz"


def rows_folder(bucket: str, incoming_prefix: str, source: str) -> Folder:
    return Folder(bucket, f"{incoming_prefix}{source}/")


def poison_folder(bucket: str, source: str) -> Folder:
    return Folder(bucket, f"{source}/poison/")


def body(entries: Iterable[Decoded]) -> bytes:
    """The same entries, the same bytes: gzip's header holds no time."""
    lines = (line for entry in entries for line in entry.lines)
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), _COMPRESSION, mtime=0)


def metadata(entries: Sequence[Decoded], last: int | None, writer: str) -> dict[str, str]:
    """What an object says of itself; `writer` tells a repeated call of its own from another's."""
    told = {"records": str(len(entries)), "writer": writer}
    return told if last is None else {**told, "last": str(last)}


def last_of(told: Mapping[str, str]) -> int:
    return int(told["last"])
