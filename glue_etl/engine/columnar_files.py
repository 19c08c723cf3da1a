"""What Parquet, ORC and Avro share: a ByteSource as a file that PyArrow reads by ranges, and chunks made of its batches."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from glue_etl.core.errors import FileRejected
from glue_etl.core.reasons import error_text
from glue_etl.engine.columnar_json import json_rows
from glue_etl.engine.columnar_types import Shape, unique_names
from glue_etl.engine.columnar_values import converted
from glue_etl.engine.model import MIB, BadRecord, ByteSource, Chunk, Covered, Piece, Place

READ_AHEAD_BYTES = MIB


class RangeFile(io.RawIOBase):
    """A ByteSource as a seekable file. Small reads are served from a range read ahead; large ones go straight through."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source
        self._size = source.size
        self._at = 0
        self._ahead = b""
        self._ahead_at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def size(self) -> int:
        """Bytes in all, as PyArrow asks for it."""
        return self._size

    def read(self, length: int | None = -1) -> bytes:
        rest = max(self._size - self._at, 0)
        wanted = rest if length is None or length < 0 else min(length, rest)
        content = self._content(self._at, wanted)
        self._at += len(content)
        return content

    def _content(self, offset: int, length: int) -> bytes:
        if length >= READ_AHEAD_BYTES:
            return self._source.read(offset, length)
        start = offset - self._ahead_at
        if start < 0 or start + length > len(self._ahead):
            # At the file's end the range reaches back: footers are read from their end to their beginning.
            self._ahead_at = max(0, min(offset, self._size - READ_AHEAD_BYTES))
            self._ahead = self._source.read(self._ahead_at, READ_AHEAD_BYTES)
            start = offset - self._ahead_at
        return self._ahead[start : start + length]


def opened(source: ByteSource) -> pa.PythonFile:
    """The source as PyArrow's readers take it."""
    return pa.PythonFile(RangeFile(source), mode="r")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a typed file: their unique names, and what becomes of each one's values."""

    names: tuple[str, ...]
    shapes: tuple[Shape, ...]
    told: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """The schema of what is read."""
        return pa.schema([pa.field(n, s.given) for n, s in zip(self.names, self.shapes, strict=True)])


def columns_of(names: Sequence[str], shapes: Sequence[Shape]) -> Columns:
    """The columns with names that differ whatever the case. Raises FileRejected if there are none."""
    if not names:
        raise FileRejected("no_columns", "The file has no columns.")
    unique, told = unique_names(names)
    sentences = [f"column {name!r} {told}" for name, shape in zip(unique, shapes, strict=True) for told in shape.tells]
    return Columns(tuple(unique), tuple(shapes), (*told, *sentences))


def names_of(schema: pa.Schema) -> list[str]:
    """The columns' names. FileRejected if one is no text."""
    try:
        return list(schema.names)
    except UnicodeDecodeError as error:
        raise FileRejected("corrupt", f"The name of a column is no UTF-8: {error}.") from error


def pieces_of_units(rows: Sequence[int], sizes: Sequence[int], piece_bytes: int) -> Iterator[Piece]:
    """Consecutive units (row groups, stripes) of about `piece_bytes` together; one empty piece if there are none."""
    units: list[int] = []
    number, held, first = 0, 0, 1
    for unit, size in enumerate(sizes):
        if units and held + size > piece_bytes:
            yield Piece(number, 0, 0, tuple(units), first)
            first += sum(rows[n] for n in units)
            units, held, number = [], 0, number + 1
        units.append(unit)
        held += max(size, 0)
    if units or not number:
        yield Piece(number, 0, 0, tuple(units), first)


def chunk_of(columns: Columns, arrays: Sequence[pa.Array], first_row: int) -> Chunk:
    """The chunk of one batch whose first row is `first_row` (from 1). Raises FileRejected for values that are damaged."""
    given = []
    for name, shape, array in zip(columns.names, columns.shapes, arrays, strict=True):
        given.append(_given(name, shape, array))
    rows = pa.RecordBatch.from_arrays(given, schema=columns.schema)
    try:
        rows.validate(full=True)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return _without_broken(rows, first_row)
    return _chunk(rows, first_row)


def _given(name: str, shape: Shape, array: pa.Array) -> pa.Array:
    try:
        return converted(array, shape)
    except (ValueError, pa.ArrowException, UnicodeDecodeError) as error:
        raise FileRejected(
            "corrupt", f"Column {name!r} holds a value that its type can't: {error_text(str(error))}."
        ) from error


def _chunk(rows: pa.RecordBatch, first_row: int) -> Chunk:
    return Chunk(rows, (), Covered(records={"rows": rows.num_rows}), _locator(rows, first_row, None))


def _locator(
    rows: pa.RecordBatch, first_row: int, kept: Sequence[int] | None
) -> Callable[[Sequence[int]], list[Place]]:
    """`kept`: where each row of the chunk stood among the records, if some were set aside."""

    def locate(indices: Sequence[int]) -> list[Place]:
        texts = json_rows(rows.take(pa.array(indices, pa.int64()))) if indices else []
        places = [kept[index] if kept else index for index in indices]
        return [Place(first_row + n, None, raw) for n, raw in zip(places, texts, strict=True)]

    return locate


def _without_broken(rows: pa.RecordBatch, first_row: int) -> Chunk:
    """The chunk of a batch in which some values are invalid (text that is no UTF-8, decimals that are too long)."""
    broken = {n: reason for n in range(rows.num_rows) if (reason := _finding(rows.slice(n, 1)))}
    kept = [n for n in range(rows.num_rows) if n not in broken]
    bad = tuple(
        BadRecord(Place(first_row + n, None, json_rows(rows.slice(n, 1))[0]), "invalid_bytes", reason)
        for n, reason in broken.items()
    )
    good = rows.take(pa.array(kept, pa.int64()))
    covered = Covered(records={"rows": len(kept), "bad": len(bad)})
    return Chunk(good, bad, covered, _locator(good, first_row, kept))


def _finding(row: pa.RecordBatch) -> str:
    """What is wrong with a row of one, in words; "" if nothing is."""
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            pa.concat_arrays([column]).validate(full=True)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return f"column {name!r} holds bytes that are no {_WORDS.get(column.type, 'value of its type')}"
    return ""


_WORDS = {pa.string(): "UTF-8 text"}


def counted(chunks: Iterator[Chunk], promised: int, what: str) -> Iterator[Chunk]:
    """The chunks as they come; FileRejected at the end if their records aren't as many as `what` promised."""
    found = 0
    for chunk in chunks:
        found += sum(chunk.covered.records.values())
        yield chunk
    if found != promised:
        raise FileRejected("corrupt", f"{what} promises {promised} rows, and {found} were read.")
