"""ByteSources of this machine: a file, and bytes in memory. The object store's is in glue_etl.aws."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glue_etl.engine.model import MIB, ByteSource

SMALL_BYTES = 16 * MIB


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine's disk."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def read(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as content:
            content.seek(offset)
            return content.read(length)


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes that are here already."""

    name: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        return self.content[offset : offset + length]


def at_hand(source: ByteSource) -> ByteSource:
    """The source, its bytes fetched once where they are few: formats look at a file's ends many times."""
    if source.size > SMALL_BYTES:
        return source
    return InMemory(source.name, source.read(0, source.size))
