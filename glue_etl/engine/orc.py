"""Reads ORC by stripes, with PyArrow in a process of its own.

PyArrow holds timestamps in nanoseconds and wraps what is before 1677 or after 2262 without a word: the footer's statistics tell,
and such a file is refused with its column's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from glue_etl.core.errors import FileRejected
from glue_etl.engine import columnar_files as files
from glue_etl.engine import isolated, orc_stripes
from glue_etl.engine.columnar_types import has_nanoseconds, shape_of
from glue_etl.engine.columnar_values import converts
from glue_etl.engine.julian import GREGORIAN_MS, NOTICE, with_julian_dates
from glue_etl.engine.model import ByteSource, Chunk, FilePlan, Options, Piece
from glue_etl.engine.orc_tail import DATE, JULIAN, PROLEPTIC, TIMESTAMPS, Tail, read_tail

_RANGE_MS = (-9_223_372_036_854, 9_223_372_036_854)
"""What 64 bits of nanoseconds hold, in milliseconds."""


@dataclass(frozen=True, slots=True)
class _How:
    """`kinds`: PyArrow's types. `coarse`: by column, whether its nanoseconds are microseconds."""

    columns: files.Columns
    kinds: pa.Schema
    notice: tuple[str, ...]
    stripes: tuple[int, ...]
    julian: bool


def plan(source: ByteSource, options: Options) -> FilePlan:
    """The footer alone. Raises FileRejected for a damaged or encrypted one, and for types that can't be read exactly."""
    tail = read_tail(source)
    kinds = _kinds(source)
    columns = _columns(kinds, [True] * len(kinds), tail.calendar == JULIAN)
    _refuse_wrapped(tail, kinds)
    rows = [rows for rows, _ in tail.stripes]
    if sum(rows) != tail.rows:
        raise FileRejected("corrupt", f"The footer promises {tail.rows} rows, its stripes {sum(rows)}.")
    notice = _calendar(tail)
    how = _How(columns, kinds, notice, tuple(rows), tail.calendar == JULIAN)
    pieces = tuple(files.pieces_of_units(rows, [size for _, size in tail.stripes], options.piece_bytes))
    evidence = {"rows": str(tail.rows), "stripes": str(len(rows))}
    return FilePlan("orc", how, columns.schema, pieces, options, (*columns.told, *notice), evidence)


def _kinds(source: ByteSource) -> pa.Schema:
    (batch,) = isolated.batches(orc_stripes.schema, source)
    return pa.ipc.read_schema(pa.py_buffer(batch.column(0)[0].as_py()))


def _calendar(tail: Tail) -> tuple[str, ...]:
    """A sentence if the file has dates before 1582-10-15 that aren't said to be proleptic Gregorian."""
    spans = [column.range_ms for column in tail.columns if column.kind in (DATE, *TIMESTAMPS)]
    if tail.calendar == PROLEPTIC or not any(span is None or span[0] < GREGORIAN_MS for span in spans if tail.rows):
        return ()
    if tail.calendar:
        return (f"the file {NOTICE}",)
    return ("the file does not say its calendar: dates before 1582-10-15 are taken as proleptic Gregorian",)


def _refuse_wrapped(tail: Tail, kinds: pa.Schema) -> None:
    """FileRejected if a timestamp is, or may be, outside of what PyArrow can hold."""
    for place, number in enumerate(tail.columns[0].inner if tail.columns else ()):
        for column in _within(tail, number, 0):
            if tail.columns[column].kind not in TIMESTAMPS or not tail.rows:
                continue
            span = tail.columns[column].range_ms
            name = kinds.names[place]
            if span and not _RANGE_MS[0] <= span[0] <= span[1] <= _RANGE_MS[1]:
                raise FileRejected(
                    "unsupported_type",
                    f"Column {name!r} (ORC timestamp) has times before 1677-09-22 or after 2262-04-11, which can't be read "
                    "exactly. Write it as Parquet, or such times as text.",
                )


def _within(tail: Tail, number: int, depth: int) -> Iterator[int]:
    if number >= len(tail.columns) or depth > 100:
        raise FileRejected("corrupt", "The types in the footer of the ORC file don't form a tree.")
    yield number
    for inner in tail.columns[number].inner:
        yield from _within(tail, inner, depth + 1)


def _columns(kinds: pa.Schema, coarse: Sequence[bool], julian: bool) -> files.Columns:
    shapes = [shape_of(field.type, iter(()), fits) for field, fits in zip(kinds, coarse, strict=True)]
    shapes = [with_julian_dates(shape) for shape in shapes] if julian else shapes
    return files.columns_of(files.names_of(kinds), shapes)


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Any:
    """By column, whether microseconds hold all of its values in the piece; None if no column has nanoseconds."""
    fine = [has_nanoseconds(field.type) for field in plan.how.kinds]
    if not any(fine):
        return None
    whole = [True] * len(fine)
    for batch in isolated.batches(orc_stripes.stripes, source, piece.units, orc_stripes.ROWS):
        for n, is_fine in enumerate(fine):
            whole[n] = whole[n] and (not is_fine or converts(batch.column(n), plan.how.columns.shapes[n]))
    return tuple(whole)


def settle(plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
    """The plan with columns as text where a value has nanoseconds."""
    found = [survey for survey in surveys if survey]
    coarse = [all(one) for one in zip(*found, strict=True)]
    if all(coarse):
        return plan
    columns = _columns(plan.how.kinds, coarse, plan.how.julian)
    how = replace(plan.how, columns=columns)
    return replace(plan, how=how, schema=columns.schema, told=(*columns.told, *plan.how.notice))


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The rows of the piece's stripes. FileRejected if one is damaged."""
    promised = sum(plan.how.stripes[unit] for unit in piece.units)
    yield from files.counted(_chunks(source, plan, piece), promised, "The footer")


def _chunks(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    row = piece.first_line
    for batch in isolated.batches(orc_stripes.stripes, source, piece.units, orc_stripes.ROWS):
        yield files.chunk_of(plan.how.columns, batch.columns, row)
        row += batch.num_rows
