"""A small real Format: lines of values between commas, no quotes, the first line the header; cut into pieces by size.

Long enough to stage files whatever the state of the other formats, and easy to break on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from glue_etl.engine.model import BadRecord, ByteSource, Chunk, Covered, FilePlan, Options, Piece, Place


def plan(source: ByteSource, options: Options) -> FilePlan:
    header = source.read(0, 1024).split(b"\n")[0]
    schema = pa.schema([(name, pa.string()) for name in header.decode().split(",")])
    starts = range(0, source.size, options.piece_bytes)
    pieces = [Piece(n, start, min(start + options.piece_bytes, source.size)) for n, start in enumerate(starts)]
    return FilePlan("csv", len(header) + 1, schema, tuple(pieces), options)


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> int:
    """Lines that begin in the piece."""
    before = source.read(piece.start - 1, 1) if piece.start else b"\n"
    return (before + source.read(piece.start, piece.end - piece.start))[:-1].count(b"\n")


def settle(plan: FilePlan, surveys: Sequence[Any]) -> FilePlan:
    pieces, line = [], 1
    for piece, lines in zip(plan.pieces, surveys, strict=True):
        pieces.append(Piece(piece.number, piece.start, piece.end, first_line=line))
        line += lines
    return FilePlan(plan.format, plan.how, plan.schema, tuple(pieces), plan.options)


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    lines, offset, number = _lines(source, piece), _start(source, piece), piece.first_line
    while chunk := lines[: plan.options.block_bytes]:
        yield _chunk(plan, chunk, offset, number)
        offset, number, lines = offset + sum(map(len, chunk)), number + len(chunk), lines[len(chunk) :]


def _start(source: ByteSource, piece: Piece) -> int:
    return piece.start if not piece.start else source.read(0, source.size).find(b"\n", piece.start - 1) + 1


def _lines(source: ByteSource, piece: Piece) -> list[bytes]:
    start = _start(source, piece)
    found = (
        source.read(start, source.size - start).splitlines(keepends=True)
        if start
        else source.read(0, source.size).splitlines(True)
    )
    kept, place = [], start
    for line in found:
        if place >= piece.end:
            break
        kept.append(line)
        place += len(line)
    return kept


def _chunk(plan: FilePlan, lines: list[bytes], offset: int, number: int) -> Chunk:
    places = {}
    rows: list[list[str | None]] = []
    bad = []
    sizes = {"rows": 0, "bad": 0, "header": 0}
    for line in lines:
        place = Place(number, offset, line)
        cells = line.decode().rstrip("\n").split(",")
        if number == 1:
            sizes["header"] += len(line)
        elif len(cells) != len(plan.schema):
            bad.append(BadRecord(place, "too_few_cells", f"{len(cells)} cells, not {len(plan.schema)}"))
            sizes["bad"] += len(line)
        else:
            places[len(rows)] = place
            rows.append([cell or None for cell in cells])
            sizes["rows"] += len(line)
        number, offset = number + 1, offset + len(line)
    columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)] or [
        pa.array([], pa.string())
    ] * len(plan.schema)
    batch = pa.RecordBatch.from_arrays(columns, schema=plan.schema)
    covered = Covered(sizes, {"rows": len(rows), "bad": len(bad)})
    return Chunk(batch, bad, covered, lambda wanted: [places[row] for row in wanted])
