"""What passes between the parts of the engine: a file's bytes, its plan, its pieces, and the chunks that are read of them.

The order of a file: a format's `plan` (one look at the bytes) -> `survey` of each piece (in parallel) -> `settle` (the answers of
all pieces together: where each piece's first record begins, types, line numbers) -> `read` of each piece (in parallel).
Everything but ByteSource and Chunk can be pickled and is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

MIB = 1024**2
BLOCK_BYTES = 16 * MIB
"""Text is read and parsed in blocks of about this size: what bounds the engine's memory."""
PIECE_BYTES = 128 * MIB
"""A file above this is cut into pieces of about this size, where its format allows it."""
SURVEYED = 32
"""A survey looks at one part in so many of a piece, its beginning, where reading tells whether the rest is alike."""


class ByteSource(Protocol):
    """The bytes of one object version, which never change. Many readers may read at once, each its own ranges."""

    @property
    def name(self) -> str:
        """The key's last part: what its extension promises, and for messages."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset` on; fewer only where the file ends. Raises Transient for the world's errors."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is in its file, for people: `line` from 1 (text) or row from 1 (others), `offset` in bytes from 0.

    `offset` counts in the decompressed text, in its own encoding; None where the format has no such place. `raw` is the record's
    own bytes as they stand there (typed formats: the row as JSON).
    """

    line: int
    offset: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that can't become a row: `code` is stable for programs, `reason` is for people."""

    place: Place
    code: str
    reason: str


KINDS = ("rows", "bad", "blank", "comment", "preamble", "header", "footer", "padding")
"""What the bytes of a file can be. "padding": a BOM, brackets and commas between documents, zeros behind a gzip member."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Which bytes and records of a piece became what: each byte of a file is covered by exactly one piece, as one kind.

    `bytes` and `records`, by kind of KINDS. Text formats count bytes of the decompressed text in its own encoding; the others
    count records only.
    """

    bytes: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Covered) -> Covered:
        return Covered(_sum(self.bytes, other.bytes), _sum(self.records, other.records))


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in KINDS if kind in one or kind in other}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of a piece, in order. `rows` has the plan's columns under the source's own names.

    Text that nobody has typed yet is string (null: absent; "": quoted and empty). `locate` gives the places of rows of this chunk
    by their index: costly, so it is called for bad rows only. `covered` counts exactly this chunk's records and bytes.
    """

    rows: pa.RecordBatch
    bad: Sequence[BadRecord]
    covered: Covered
    locate: Callable[[Sequence[int]], list[Place]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that one worker reads: bytes `start` to `end` of a text, or numbered `units` of a container.

    `units` are row groups (Parquet), stripes (ORC) or block offsets (Avro). `first_line`: the line of its first record, known
    after settle. `state`: what its format needs besides.
    """

    number: int
    start: int
    end: int
    units: tuple[int, ...] = ()
    first_line: int = 1
    state: Any = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a contract says of reading: its csv and json settings, and the columns it promises (name -> Spark SQL type).

    `survey_bytes`: a survey may look at the first so many of each piece (0: at all); who asks for that takes Unsettled.
    """

    delimiter: str = "auto"
    null_values: tuple[str, ...] = ("",)
    records: str = ""
    encoding: str = "auto"
    promised: Mapping[str, str] = field(default_factory=dict)
    piece_bytes: int = PIECE_BYTES
    block_bytes: int = BLOCK_BYTES
    survey_bytes: int = 0


class Unsettled(Exception):
    """A plan made of parts of a file does not hold for the rest: survey all of it (`survey_bytes` 0), and read again."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """How one file is read. `how` is its format's own (dialect, layout), `columns` the source's names in order.

    `schema` is what `read` gives: all string for CSV; for others the types that lose nothing. `told`: what people should know of
    the reading (encoding guessed, no header, columns renamed ...), a sentence each. `evidence`: why, for preview.
    """

    format: str
    how: Any
    schema: pa.Schema
    pieces: tuple[Piece, ...]
    options: Options
    told: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)


class Format(Protocol):
    """One module a format, with these functions at its top level. FileRejected is for what can't be read at all.

    No input gives another error, a hang, or more memory than the bound.
    """

    def plan(self, source: ByteSource, options: Options) -> FilePlan:
        """One look: ends, footer or header. Cheap; reads at most some MiB."""

    def survey(self, source: ByteSource, plan: FilePlan, piece: Piece) -> Any:
        """What only a look at the whole piece can tell (a small, picklable value); None where nothing is to be learnt."""

    def settle(self, plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
        """The plan with all that the surveys of its pieces, in order, say together. Raises Unsettled."""

    def read(self, source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
        """The records of a piece, in order, in chunks of about `block_bytes`. Raises Unsettled."""
