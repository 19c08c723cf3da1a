"""Reads Avro by blocks: a piece is the blocks between two sync markers, decoded by fastavro many records at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pyarrow as pa
from fastavro import parse_schema, schemaless_reader

from glue_etl.core.errors import FileRejected
from glue_etl.core.reasons import error_text
from glue_etl.engine import columnar_files as files
from glue_etl.engine.avro_blocks import Block, Header, block_ends, blocks, corrupt, next_block, payload_of, read_header
from glue_etl.engine.avro_columns import typed
from glue_etl.engine.avro_lanes import Damaged, Lane, decoded, lanes_of
from glue_etl.engine.avro_types import Field, field_of, record_schema
from glue_etl.engine.columnar_types import has_nanoseconds, shape_of
from glue_etl.engine.columnar_values import converts
from glue_etl.engine.model import ByteSource, Chunk, FilePlan, Options, Piece

MOST_ROWS = 65536
FEWEST_LANES = 16
"""Fewer blocks beside each other than that cost NumPy more than fastavro (measured: docs/types.md)."""
MOST_EMPTY_RECORDS = 1_000_000
"""Records of no bytes (nothing but nulls) that a block may claim: nothing else bounds them."""


@dataclass(frozen=True, slots=True)
class _How:
    """`coarse`: by column, whether microseconds hold its nanoseconds."""

    header: Header
    columns: files.Columns
    coarse: tuple[bool, ...]


def plan(source: ByteSource, options: Options) -> FilePlan:
    """The header alone. Raises FileRejected for a damaged one, an unknown codec, and schemas that can't be read safely."""
    header = read_header(source)
    fields = _fields(header.schema)
    how = _How(header, *_columns(header.schema, (True,) * len(fields)))
    starts = range(0, max(source.size, 1), options.piece_bytes)
    pieces = [Piece(n, start, min(start + options.piece_bytes, source.size)) for n, start in enumerate(starts)]
    pieces[0] = replace(pieces[0], start=header.end)
    evidence = {"codec": header.codec}
    return FilePlan("avro", how, how.columns.schema, tuple(pieces), options, how.columns.told, evidence)


@cache
def _fields(schema: str) -> tuple[tuple[str, Field], ...]:
    columns, _, named = record_schema(schema)
    return tuple((name, field_of(kind, named)) for name, kind in columns)


@cache
def _reader_schema(schema: str) -> tuple[Any, bool]:
    """The records of a block as fastavro reads them in one call, an array; and whether they are records."""
    _, plain, _ = record_schema(schema)
    return parse_schema({"type": "array", "items": plain}), isinstance(plain, dict) and "fields" in plain


def _columns(schema: str, coarse: tuple[bool, ...]) -> tuple[files.Columns, tuple[bool, ...]]:
    shapes = []
    for (_, field), fits in zip(_fields(schema), coarse, strict=True):
        shape = shape_of(field.kind, iter(field.mark.split(",")), fits)
        shapes.append(replace(shape, told=(*shape.told, field.told)) if field.told else shape)
    return files.columns_of([name for name, _ in _fields(schema)], shapes), coarse


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Any:
    """Where the piece's blocks begin and end and their rows; whether each column's nanoseconds are microseconds."""
    header = plan.how.header
    fine = [has_nanoseconds(field.kind) for _, field in _fields(header.schema)]
    if len(plan.pieces) == 1 and not any(fine):
        return None
    start = piece.start if piece.number == 0 else next_block(source, header, piece.start)
    end, rows = block_ends(source, header, start, max(piece.end, start))
    coarse = _whole(source, plan, replace(piece, start=start, end=end), fine)
    return start, end, rows, coarse


def _whole(source: ByteSource, plan: FilePlan, piece: Piece, fine: Sequence[bool]) -> tuple[bool, ...]:
    """By column, whether all its values convert as they are: nanoseconds that are no microseconds do not."""
    whole = [True] * len(fine)
    for _, arrays in _arrays(source, plan, piece) if any(fine) else ():
        for n, is_fine in enumerate(fine):
            whole[n] = whole[n] and (not is_fine or converts(arrays[n], plan.how.columns.shapes[n]))
    return tuple(whole)


def settle(plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
    """The plan with each piece from block to block, its first row's number, and types that hold all nanoseconds."""
    found = [survey for survey in surveys if survey]
    if not found:
        return plan
    pieces, row, at = [], 1, plan.how.header.end
    for piece, (start, end, rows, _) in zip(plan.pieces, found, strict=True):
        if start != at:
            raise corrupt(f"a sync marker stands inside the block that ends at byte {at}")
        pieces.append(replace(piece, start=start, end=end, first_line=row, state=rows))
        row, at = row + rows, end
    coarse = tuple(all(one) for one in zip(*(survey[3] for survey in found), strict=True))
    how = replace(plan.how, columns=_columns(plan.how.header.schema, coarse)[0], coarse=coarse)
    told = how.columns.told
    return replace(plan, how=how, pieces=tuple(pieces), schema=how.columns.schema, told=told)


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The records of the piece's blocks. FileRejected names the byte of the block that is damaged."""
    row, promised = piece.first_line, 0
    for count, arrays in _arrays(source, plan, piece):
        chunk = files.chunk_of(plan.how.columns, arrays, row)
        promised += count
        row += count
        if sum(chunk.covered.records.values()) != count:
            raise corrupt(f"{count} rows were promised before row {row}, and {chunk.rows.num_rows} were read")
        yield chunk
    if piece.state is not None and promised != piece.state:
        raise corrupt(f"its blocks promise {piece.state} rows, and {promised} were read")


def _arrays(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[tuple[int, list[pa.Array]]]:
    """The columns of some blocks together, in the reader's types, and how many rows those blocks promise."""
    header, some, held, count = plan.how.header, [], 0, 0
    for block in blocks(source, header, piece.start, piece.end):
        payload = payload_of(block, header.codec)
        if block.count > max(len(payload), MOST_EMPTY_RECORDS):
            raise corrupt(f"the block at byte {block.start} claims {block.count} records in {len(payload)} bytes")
        some.append(replace(block, payload=payload))
        held, count = held + len(payload), count + block.count
        if held >= plan.options.block_bytes or count >= MOST_ROWS * 16:
            yield count, _columns_of(some, header.schema)
            some, held, count = [], 0, 0
    if count:
        yield count, _columns_of(some, header.schema)


def _columns_of(some: Sequence[Block], schema: str) -> list[pa.Array]:
    """Beside each other where the records are flat and the blocks many; otherwise, and where that fails, by fastavro."""
    lanes, counts = _lanes(schema), [block.count for block in some]
    if lanes and sum(counts) >= FEWEST_LANES * max(counts):
        try:
            plain = decoded(lanes, [block.payload for block in some], counts)
            arrays = [_typed(one, field) for one, (_, field) in zip(plain, _fields(schema), strict=True)]
        except (Damaged, pa.ArrowInvalid):
            arrays = [None]
        if None not in arrays:
            return arrays
    rows: list[Any] = []
    for block in some:
        rows += _decoded(block, schema)
    return _to_arrow(rows, schema)


def _typed(plain: pa.Array, field: Field) -> pa.Array | None:
    """None where each value has to be prepared by itself."""
    return typed(plain, field.kind) if not field.prepare or pa.types.is_decimal128(field.kind) else None


@cache
def _lanes(schema: str) -> tuple[Lane, ...] | None:
    columns, _, named = record_schema(schema)
    return lanes_of(columns, named) if _reader_schema(schema)[1] else None


def _decoded(block: Block, schema: str) -> list[Any]:
    """A block is read as one Avro array: its records with their number before and a zero behind."""
    if not block.count:
        return []
    content = io.BytesIO(b"".join((_zigzag(block.count), block.payload, b"\0")))
    array = _reader_schema(schema)[0]
    try:
        rows: list[Any] = schemaless_reader(content, array, None, handle_unicode_errors="surrogateescape")
    except (ValueError, IndexError, EOFError, OverflowError, MemoryError, TypeError, KeyError, OSError) as error:
        raise corrupt(
            f"the records of the block at byte {block.start} can't be decoded ({error_text(repr(error))})"
        ) from error
    if len(rows) != block.count or content.read(1):
        raise corrupt(f"the block at byte {block.start} promises {block.count} records, and {len(rows)} were read")
    return rows


def _zigzag(value: int) -> bytes:
    value, out = value << 1, bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _to_arrow(rows: list[Any], schema: str) -> list[pa.Array]:
    """One array a column, in the reader's types."""
    is_record = _reader_schema(schema)[1]
    arrays = []
    for name, field in _fields(schema):
        values = [row[name] for row in rows] if is_record else rows
        if field.prepare:
            values = [None if value is None else field.prepare(value) for value in values]
        try:
            arrays.append(_array(values, field.kind))
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            raise FileRejected(
                "corrupt", f"Column {name!r} holds a value that its type can't: {error_text(str(error))}."
            ) from error
    return arrays


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        if kind != pa.string():
            raise
        # Bytes that are no UTF-8, which fastavro carries as surrogates: chunk_of sets their rows aside.
        content = [None if value is None else value.encode("utf-8", "surrogateescape") for value in values]
        return pa.array(content, pa.binary()).view(kind)
