"""Reads Parquet by row groups, with PyArrow: column chunks come by ranges, rows in batches of about a block's size.

Nanoseconds fit microseconds or become text: that takes a look at all values of their columns (`survey`), and only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_etl.core.errors import FileRejected
from glue_etl.engine import columnar_files as files
from glue_etl.engine.columnar_types import Shape, has_nanoseconds, leaf_count, shape_of
from glue_etl.engine.julian import calendar_notice
from glue_etl.engine.model import MIB, ByteSource, Chunk, FilePlan, Options, Piece

MAGIC = b"PAR1"
FOOTER_BYTES = 64 * MIB
"""A footer above this is refused: its schema and row groups alone would exceed the memory bound."""
MOST_ROWS = 65536


@dataclass(frozen=True, slots=True)
class _How:
    """`kinds`: the reader's types by the unit in which INT96 is read. `marks`: the logical type of each leaf."""

    columns: files.Columns
    kinds: dict[str, pa.Schema]
    marks: tuple[str, ...]
    notice: tuple[str, ...]
    int96: str = "us"


def plan(source: ByteSource, options: Options) -> FilePlan:
    """The footer alone. Raises FileRejected for a damaged or encrypted one and for files without columns."""
    _check_ends(source)
    with _reading("the footer"):
        file = _opened(source, "us")
        meta = file.metadata
        sizes = [meta.row_group(n).total_byte_size for n in range(meta.num_row_groups)]
        rows = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
        kinds = {"us": file.schema_arrow, "ns": _opened(source, "ns").schema_arrow}
        marks = tuple(_mark(file.schema.column(n)) for n in range(meta.num_columns))
        columns = _columns(kinds["us"], marks, (True,) * len(kinds["us"]))
        notice = calendar_notice(meta.metadata or {}, columns.schema)
    if sum(rows) != meta.num_rows or min(rows, default=0) < 0:
        raise FileRejected("corrupt", f"The footer promises {meta.num_rows} rows, its row groups {sum(rows)}.")
    pieces = tuple(_pieces(sizes, rows, options.piece_bytes))
    how = _How(columns, kinds, marks, notice)
    return FilePlan("parquet", how, columns.schema, pieces, options, (*columns.told, *notice), _evidence(meta))


def _opened(source: ByteSource, int96: str) -> pq.ParquetFile:
    return pq.ParquetFile(
        files.opened(source),
        coerce_int96_timestamp_unit=int96,
        page_checksum_verification=True,
        buffer_size=files.READ_AHEAD_BYTES,
        pre_buffer=False,
    )


def _mark(column: pq.ColumnSchema) -> str:
    logical = str(column.logical_type.type)
    return logical if logical not in ("NONE", "UNKNOWN") else str(column.converted_type)


def _columns(schema: pa.Schema, marks: Sequence[str], coarse: Sequence[bool]) -> files.Columns:
    remaining = iter(marks)
    shapes: list[Shape] = [shape_of(f.type, remaining, fits) for f, fits in zip(schema, coarse, strict=True)]
    return files.columns_of(schema.names, shapes)


def _leaves(file: pq.ParquetFile) -> list[range]:
    """The numbers of each column's leaves: Parquet stores one column for each, in the order of the schema."""
    leaves, first = [], 0
    for field in file.schema_arrow:
        count = leaf_count(field.type)
        leaves.append(range(first, first + count))
        first += count
    return leaves


def _evidence(meta: pq.FileMetaData) -> dict[str, str]:
    return {"writer": str(meta.created_by), "rows": str(meta.num_rows), "row groups": str(meta.num_row_groups)}


def _check_ends(source: ByteSource) -> None:
    head, tail = source.read(0, 4), source.read(max(source.size - 8, 0), 8)
    if tail.endswith(b"PARE") or head == b"PARE":
        raise FileRejected("encrypted", "The Parquet file has an encrypted footer: the pipeline has no key.")
    if head != MAGIC or not tail.endswith(MAGIC) or source.size < 12:
        raise FileRejected("not_parquet", "The file does not begin and end with PAR1: it is damaged or not Parquet.")
    length = int.from_bytes(tail[:4], "little")
    if length > source.size - 12:
        raise FileRejected("not_parquet", f"Its footer claims {length} bytes, more than the file has.")
    if length > FOOTER_BYTES:
        raise FileRejected("too_large", f"Its footer has {length} bytes, more than the limit of {FOOTER_BYTES}.")


def _pieces(sizes: Sequence[int], rows: Sequence[int], piece_bytes: int) -> Iterator[Piece]:
    """Consecutive row groups of about `piece_bytes` (uncompressed) together; one empty piece if there are none."""
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


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Any:
    """By column with nanoseconds: what their values in the piece need. None if there are none."""
    with _reading("the times"):
        fine, micro = _opened(source, "ns"), _opened(source, "us")
        wanted = [n for n, field in enumerate(fine.schema_arrow) if has_nanoseconds(field.type)]
        found = {n: _Exactness() for n in wanted}
        leaves = _leaves(fine)
        for unit in piece.units if wanted else ():
            for n in wanted:
                for leaf in leaves[n]:
                    found[n] += _exactness(fine, micro, unit, leaf)
    return found or None


@dataclass(frozen=True, slots=True)
class _Exactness:
    """Whether all values are whole microseconds; whether all fit 64 bits of nanoseconds; whether some are INT96."""

    whole: bool = True
    fits: bool = True
    int96: bool = False

    def __add__(self, other: _Exactness) -> _Exactness:
        return _Exactness(self.whole and other.whole, self.fits and other.fits, self.int96 or other.int96)


def _exactness(fine: pq.ParquetFile, micro: pq.ParquetFile, unit: int, leaf: int) -> _Exactness:
    """PyArrow wraps INT96 beyond 64 bits of nanoseconds without a word, so both readings are compared, modulo 2**64."""
    int96 = fine.schema.column(leaf).physical_type == "INT96"
    exact = _Exactness(int96=int96)
    for one, other in zip(_leaf_batches(fine, unit, leaf), _leaf_batches(micro, unit, leaf), strict=True):
        nano, us = _moments(one.column(0)), _moments(other.column(0))
        whole = bool((us * 1000 == nano).all()) if int96 else bool((nano % 1000 == 0).all())
        exact += _Exactness(whole, not int96 or bool((us == nano // 1000).all()))
    return exact


def _leaf_batches(file: pq.ParquetFile, unit: int, leaf: int) -> Iterator[pa.RecordBatch]:
    """One leaf by its number: by name it may not be the only one."""
    return file.reader.iter_batches(MOST_ROWS, row_groups=[unit], column_indices=[leaf], use_threads=False)


def _moments(array: pa.Array) -> np.ndarray:
    """The numbers of all timestamps in a column of one leaf, without its nulls; none if the leaf is of another type."""
    while pa.types.is_nested(array.type):
        array = pc.struct_field(array, 0) if pa.types.is_struct(array.type) else array.flatten()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not pa.types.is_timestamp(array.type):
        return np.zeros(0, np.int64)
    return array.drop_null().view(pa.int64()).to_numpy()


def settle(plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
    """The plan with nanoseconds as text where a value has some, and the unit in which INT96 loses nothing."""
    found: dict[int, _Exactness] = {}
    for survey in surveys:
        for n, exact in (survey or {}).items():
            found[n] = found.get(n, _Exactness()) + exact
    if all(exact.whole for exact in found.values()):
        return plan
    unit = "ns" if any(exact.int96 and not exact.whole for exact in found.values()) else "us"
    for n, exact in found.items():
        if unit == "ns" and not exact.fits:
            raise FileRejected("unsupported_type", _BOTH.format(plan.how.columns.names[n]))
    coarse = tuple(found[n].whole if n in found else True for n in range(len(plan.how.columns.names)))
    columns = _columns(plan.how.kinds[unit], plan.how.marks, coarse)
    how = replace(plan.how, columns=columns, int96=unit)
    return replace(plan, how=how, schema=columns.schema, told=(*columns.told, *plan.how.notice))


_BOTH = (
    "Column {!r} (INT96) has times before 1677 or after 2262, and the file has nanoseconds: no type holds both. "
    "Write it with microseconds."
)


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The rows of the piece's row groups. FileRejected names the row group that is damaged, and why."""
    with _reading("the footer"):
        file = _opened(source, plan.how.int96)
    row = piece.first_line
    for unit in piece.units:
        promised = file.metadata.row_group(unit).num_rows
        yield from files.counted(_chunks(file, plan, unit, row), promised, f"Row group {unit + 1}")
        row += promised


def _chunks(file: pq.ParquetFile, plan: FilePlan, unit: int, row: int) -> Iterator[Chunk]:
    with _reading(f"row group {unit + 1}"):
        _check_codecs(file.metadata.row_group(unit))
        batches = file.iter_batches(_batch_rows(file, plan, unit), [unit], use_threads=False)
        for batch in batches:
            yield files.chunk_of(plan.how.columns, batch.columns, row)
            row += batch.num_rows


def _batch_rows(file: pq.ParquetFile, plan: FilePlan, unit: int) -> int:
    """Rows that make about a block, by what the row group says of its size."""
    group = file.metadata.row_group(unit)
    row_bytes = max(1, group.total_byte_size // max(1, group.num_rows))
    return max(1, min(MOST_ROWS, plan.options.block_bytes // row_bytes))


def _check_codecs(group: pq.RowGroupMetaData) -> None:
    for n in range(group.num_columns):
        codec = group.column(n).compression.lower()
        if codec not in ("uncompressed", "unknown") and not pa.Codec.is_available(_CODECS.get(codec, codec)):
            raise FileRejected("unsupported_compression", f"The Parquet file is compressed with {codec.upper()}.")


_CODECS = {"lz4": "lz4_raw"}


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Whatever PyArrow finds wrong with a file, as the file's fault: the world's errors are Transient and pass."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError, IndexError, KeyError, TypeError) as error:
        raise FileRejected("corrupt", f"The Parquet file can't be read at {what}: {error}.") from error
