"""A Part's records as a Chunk: rows in the plan's schema, bad records with their places, and which bytes were what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from glue_etl.engine.json_fast import parse_elements, parse_lines
from glue_etl.engine.json_parts import KEPT_RAW, MAX_RECORD, Fast, Part, text_of
from glue_etl.engine.json_rows import NoFit, batch_of
from glue_etl.engine.json_scan import Elements, Item, scan_lines
from glue_etl.engine.json_types import is_json_text
from glue_etl.engine.model import BadRecord, Chunk, Covered, Place
from glue_etl.engine.text import original_of

NO_FIT = "no_fit"
"""The code of a record that the plan's types don't hold. After a survey of all bytes there is none."""


def fast_with(schema: pa.Schema, lines: bool) -> Fast | None:
    """The fast way to read by a schema; None where pyarrow has none (JSON text)."""
    if not len(schema) or any(map(_holds_json_text, schema)):
        return None

    def fast(data: bytes, inside: bool) -> pa.Table | None:
        table = parse_lines(data, schema) if lines else parse_elements(data, schema, inside)
        return table if table is not None and table.schema.equals(schema) else None

    return fast


def _holds_json_text(column: pa.Field) -> bool:
    if pa.types.is_struct(column.type):
        return any(map(_holds_json_text, column.type))
    if pa.types.is_list(column.type):
        return _holds_json_text(column.type.value_field)
    return is_json_text(column)


def chunk_of(part: Part, schema: pa.Schema, lines: bool, mark: int) -> Chunk:
    """The Chunk of a Part; `mark`: bytes of the byte order mark before it."""
    padding = {"padding": mark} if mark else {}
    if part.table is not None:
        rows = part.table.combine_chunks().to_batches()[0]
        covered = Covered({"rows": part.original_size()}, {"rows": rows.num_rows}) + Covered(padding)
        return Chunk(rows, (), covered, _locator(part, lines, None))
    rows, bad, items = _rows_of(part, schema)
    kept = [item for item in items if item.kind == "rows"]
    return Chunk(rows, bad, _covered(part, items) + Covered(padding), _locator(part, lines, kept))


def _rows_of(part: Part, schema: pa.Schema) -> tuple[pa.RecordBatch, tuple[BadRecord, ...], Sequence[Item]]:
    items: Sequence[Item] = part.items
    try:
        rows = batch_of([item.value for item in items if item.kind == "rows"], schema)
    except NoFit:
        items = [_fitting(item, schema) for item in items]
        rows = batch_of([item.value for item in items if item.kind == "rows"], schema)
    wrong = [item for item in items if item.kind == "bad"]
    places = _places(part, wrong)
    bad = tuple(BadRecord(place, one.code, one.reason) for one, place in zip(wrong, places, strict=True))
    return rows, bad, items


def _fitting(item: Item, schema: pa.Schema) -> Item:
    if item.kind != "rows":
        return item
    try:
        batch_of([item.value], schema)
    except NoFit as error:
        return Item(item.start, item.end, "bad", code=NO_FIT, reason=f"A value does not fit its column: {error}.")
    return item


def _covered(part: Part, items: Sequence[Item]) -> Covered:
    sizes: Counter[str] = Counter()
    if part.text.isascii() and part.encoding == "utf-8":
        for item in items:
            sizes[item.kind] += item.end - item.start
    else:
        for item in items:
            sizes[item.kind] += len(_original(part, item.start, item.end))
    return Covered(dict(sizes), dict(Counter(item.kind for item in items if item.kind != "padding")))


def _original(part: Part, start: int, end: int) -> bytes:
    """The file's own bytes of some of a Part's characters."""
    how = "surrogateescape" if part.encoding == "utf-8" else "surrogatepass"
    return original_of(part.text[start:end].encode("utf-8", how), part.encoding)


def _locator(part: Part, lines: bool, kept: list[Item] | None) -> Callable[[Sequence[int]], list[Place]]:
    def locate(rows: Sequence[int]) -> list[Place]:
        located, own = (part, kept) if kept is not None else _scanned(part, lines)
        wanted = sorted(set(rows))
        places = dict(zip(wanted, _places(located, [own[row] for row in wanted]), strict=True))
        return [places[row] for row in rows]

    return locate


def _scanned(part: Part, lines: bool) -> tuple[Part, list[Item]]:
    """The Items of a Part that the fast way read."""
    text = text_of(part.data, part.encoding)
    found = scan_lines(text) if lines else Elements(part.inside).scan(text, final=True)
    exact = Part(part.data, part.encoding, part.offset, part.line, text=text)
    return exact, [item for item in found if item.kind == "rows"]


def _places(part: Part, items: Sequence[Item]) -> Iterator[Place]:
    """The places of Items of a Part, which come in order."""
    at, offset, line = 0, part.offset, part.line
    for item in items:
        begin = item.start + _blanks(part.text, item)
        offset += len(_original(part, at, begin))
        line += part.text.count("\n", at, begin)
        at = begin
        yield Place(line, offset, _raw(part, begin, item.end))


def _blanks(text: str, item: Item) -> int:
    own: Any = text[item.start : min(item.end, item.start + 4096)]
    return len(own) - len(own.lstrip(" \t\r\n,")) if item.kind == "rows" else 0


def _raw(part: Part, begin: int, end: int) -> bytes:
    too_long = end - begin > MAX_RECORD
    own = part.text[begin : begin + KEPT_RAW] if too_long else part.text[begin:end].rstrip(" \t\r\n")
    return _original(part, begin, begin + len(own))
