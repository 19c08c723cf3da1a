"""Reads Parquet by row groups, with PyArrow in a process of its own: rows in batches of about a block's size.

Nanoseconds fit microseconds or become text: that takes a look at all values of their columns (`survey`), and only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.core.errors import FileRejected
from glue_etl.engine import columnar_files as files
from glue_etl.engine import parquet_groups
from glue_etl.engine.columnar_types import Shape, has_nanoseconds, shape_of
from glue_etl.engine.isolated import batches
from glue_etl.engine.julian import calendar_notice, with_julian_dates
from glue_etl.engine.model import MIB, ByteSource, Chunk, FilePlan, Options, Piece
from glue_etl.engine.parquet_groups import Exactness, Footer

MAGIC = b"PAR1"
FOOTER_BYTES = 64 * MIB
"""A footer above this is refused: its schema and row groups alone would exceed the memory bound."""


@dataclass(frozen=True, slots=True)
class _How:
    """`footer`: of the file. `int96`: the unit in which INT96 is read. `notice`: of the calendar."""

    columns: files.Columns
    footer: Footer
    notice: tuple[str, ...]
    int96: str = "us"


def plan(source: ByteSource, options: Options) -> FilePlan:
    """The footer alone. Raises FileRejected for a damaged or encrypted one and for files without columns."""
    _check_ends(source)
    footer: Footer = parquet_groups.value_of(batches(parquet_groups.footer, source))
    if sum(footer.rows) != footer.promised or min(footer.rows, default=0) < 0:
        raise FileRejected("corrupt", f"The footer promises {footer.promised} rows, its row groups {sum(footer.rows)}.")
    columns = _columns(footer, "us", (True,) * len(footer.kinds["us"]))
    notice = calendar_notice(footer.metadata, columns.schema)
    pieces = tuple(files.pieces_of_units(footer.rows, footer.sizes, options.piece_bytes))
    how = _How(columns, footer, notice)
    evidence = {"writer": footer.writer, "rows": str(footer.promised), "row groups": str(len(footer.rows))}
    return FilePlan("parquet", how, columns.schema, pieces, options, (*columns.told, *notice), evidence)


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


def _columns(footer: Footer, int96: str, coarse: Sequence[bool]) -> files.Columns:
    schema, marks = footer.kinds[int96], iter(footer.marks)
    shapes: list[Shape] = [shape_of(f.type, marks, fits) for f, fits in zip(schema, coarse, strict=True)]
    if calendar_notice(footer.metadata, schema):
        shapes = [with_julian_dates(shape) for shape in shapes]
    return files.columns_of(files.names_of(schema), shapes)


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Any:
    """By column with nanoseconds: what their values in the piece need. None if there are none."""
    if not any(has_nanoseconds(field.type) for field in plan.how.footer.kinds["ns"]):
        return None
    return parquet_groups.value_of(batches(parquet_groups.exactness, source, piece.units))


def settle(plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
    """The plan with nanoseconds as text where a value has some, and the unit in which INT96 loses nothing."""
    found: dict[int, Exactness] = {}
    for survey in surveys:
        for n, exact in (survey or {}).items():
            found[n] = found.get(n, Exactness()) + exact
    if all(exact.whole for exact in found.values()):
        return plan
    unit = "ns" if any(exact.int96 and not exact.whole for exact in found.values()) else "us"
    for n, exact in found.items():
        if unit == "ns" and not exact.fits:
            raise FileRejected("unsupported_type", _BOTH.format(plan.how.columns.names[n]))
    coarse = [found[n].whole if n in found else True for n in range(len(plan.how.columns.names))]
    columns = _columns(plan.how.footer, unit, coarse)
    how = replace(plan.how, columns=columns, int96=unit)
    return replace(plan, how=how, schema=columns.schema, told=(*columns.told, *plan.how.notice))


_BOTH = (
    "Column {!r} (INT96) has times before 1677 or after 2262, and the file has nanoseconds: no type holds both. "
    "Write it with microseconds."
)


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The rows of the piece's row groups. FileRejected names the row group that is damaged, and why."""
    promised = sum(plan.how.footer.rows[unit] for unit in piece.units)
    yield from files.counted(_chunks(source, plan, piece), promised, "The footer")


def _chunks(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    row = piece.first_line
    arguments = (piece.units, plan.how.int96, plan.options.block_bytes)
    for batch in batches(parquet_groups.groups, source, *arguments) if piece.units else ():
        for part in _parts(batch, plan.options.block_bytes):
            yield files.chunk_of(plan.how.columns, part.columns, row)
            row += part.num_rows


_TEXTS = (pa.string(), pa.binary(), pa.large_string(), pa.large_binary())


def _parts(batch: pa.RecordBatch, block_bytes: int) -> Iterator[pa.RecordBatch]:
    """The batch in parts that stay about a block when each row has the longest values of its dictionaries."""
    longest = 1
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and column.type.value_type in _TEXTS:
            longest += pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    rows = max(1, block_bytes // longest)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
