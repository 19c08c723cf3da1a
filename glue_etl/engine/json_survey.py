"""What a piece of JSON holds, for settle: the kinds of each path, from Items or from what pyarrow inferred, and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine.json_fast import parse_elements, parse_lines
from glue_etl.engine.json_parts import Part
from glue_etl.engine.json_types import BOOLEAN, FRACTION, LIST, MAX_DEPTH, OBJECT, TEXT, Seen, number_facts
from glue_etl.engine.json_values import Number

_SCALES = 15


@dataclass(slots=True)
class Survey:
    """`seen`: the root of all records that were looked at. `breaks`: line ends in the piece. `problem`: why its first bad record
    is bad. `whole`: all records were looked at.
    """

    seen: Seen
    breaks: int
    problem: str = ""
    whole: bool = True


class Guess:
    """The fast way of a survey: pyarrow's inference, and then its result as the next block's schema, which is faster."""

    def __init__(self, lines: bool) -> None:
        self._lines = lines
        self._schema: pa.Schema | None = None

    def __call__(self, data: bytes, inside: bool) -> pa.Table | None:
        table = self._parse(data, inside, self._schema) if self._schema else None
        if table is None:
            table = self._parse(data, inside, None)
            self._schema = _without_timestamps(table.schema) if table is not None else None
        return table

    def _parse(self, data: bytes, inside: bool, schema: pa.Schema | None) -> pa.Table | None:
        return parse_lines(data, schema) if self._lines else parse_elements(data, schema, inside)


def _without_timestamps(schema: pa.Schema) -> pa.Schema | None:
    fields = [pa.field(one.name, _plain(one.type)) for one in schema]
    return pa.schema(fields) if fields else None


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(one.name, _plain(one.type)) for one in kind])
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    return kind


def add_part(seen: Seen, part: Part) -> None:
    """Add a Part's records to what was seen."""
    if part.table is None:
        for item in part.items:
            if item.kind == "rows":
                seen.add(item.value)
        return
    seen.kinds |= OBJECT
    for name, column in zip(part.table.schema.names, part.table.columns, strict=True):
        own = seen.fields.setdefault(name, Seen())
        for chunk in column.chunks:
            _add_column(own, chunk, 1)
    seen.merge(Seen())


def _add_column(seen: Seen, column: pa.Array, depth: int) -> None:
    kind = column.type
    if pa.types.is_null(kind):
        return
    if pa.types.is_struct(kind):
        _add_structs(seen, column, depth)
    elif pa.types.is_list(kind):
        _add_lists(seen, column, depth)
    elif column.null_count < len(column):
        _add_leaves(seen, kind, column)


def _add_leaves(seen: Seen, kind: pa.DataType, column: pa.Array) -> None:
    if pa.types.is_boolean(kind):
        seen.kinds |= BOOLEAN
    elif pa.types.is_int64(kind):
        _add_integers(seen, column)
    elif pa.types.is_float64(kind):
        _add_doubles(seen, column.drop_null().to_numpy())
    else:
        seen.kinds |= TEXT


def _add_structs(seen: Seen, column: pa.Array, depth: int) -> None:
    if column.null_count == len(column):
        return
    seen.kinds |= OBJECT
    if depth >= MAX_DEPTH:
        seen.too_many = True
        return
    for one, child in zip(column.type, column.flatten(), strict=True):
        _add_column(seen.fields.setdefault(one.name, Seen()), child, depth + 1)
    seen.merge(Seen(), depth)


def _add_lists(seen: Seen, column: pa.Array, depth: int) -> None:
    if column.null_count == len(column):
        return
    seen.kinds |= LIST
    if depth >= MAX_DEPTH:
        seen.too_many = True
        return
    seen.item = seen.item or Seen()
    _add_column(seen.item, column.flatten(), depth + 1)


def _add_integers(seen: Seen, column: pa.Array) -> None:
    bounds: Any = pc.min_max(column)
    seen.add_integers(bounds["min"].as_py(), bounds["max"].as_py())
    if seen.digits > 15 and not seen.inexact:
        values = column.drop_null().to_numpy()
        with np.errstate(invalid="ignore"):
            seen.inexact = bool((values.astype(np.float64).astype(np.int64) != values).any())


def _add_doubles(seen: Seen, values: np.ndarray) -> None:
    """Doubles whose shortest text is what the file has: see json_fast."""
    seen.kinds |= FRACTION
    seen.minus_zero |= bool((np.signbit(values) & (values == 0)).any())
    values = np.abs(values[values != 0])
    if not len(values):
        seen.digits = max(seen.digits, 1)
        return
    _add_facts(seen, float(values.max()))
    for scale in range(_SCALES):
        with np.errstate(over="ignore"):
            scaled = np.rint(values * 10.0**scale)
        values = values[(scaled >= 2.0**53) | (scaled / 10.0**scale != values)]
        if not len(values):
            seen.scale = max(seen.scale, scale)
            return
    seen.scale = max(seen.scale, _SCALES - 1)
    for value in np.unique(values).tolist():
        _add_facts(seen, value)


def _add_facts(seen: Seen, value: float) -> None:
    facts = number_facts(Number(repr(value)))
    if facts is not None:
        seen.digits, seen.scale = max(seen.digits, facts[0]), max(seen.scale, facts[1])
