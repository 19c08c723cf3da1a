"""Casts that lose nothing: a value becomes the contract's type with its full meaning, or its row is a bad row.

Whole columns are cast by Arrow and NumPy where their characters show that the result is exact (cast_text); every other value is
parsed by itself (parsing), once for each different one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine import cast_text
from glue_etl.engine.as_text import as_text
from glue_etl.engine.cast_doubles import cast_doubles
from glue_etl.engine.nested import fit, parse_json
from glue_etl.engine.parsing import parser
from glue_etl.engine.spark_types import arrow_type

Rows = np.ndarray
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Cast:
    """`values` of the new type; `misfits` are the rows, in order, whose value does not fit it (they are null)."""

    values: pa.Array
    misfits: Rows


def cast(column: pa.Array, target: str, empty_is_null: bool = False) -> Cast:
    """The column as Spark SQL type `target`. `empty_is_null`: an empty text is no value, for every type but string."""
    kind = arrow_type(target)
    if column.type == kind:
        return Cast(column, _NONE)
    if pa.types.is_null(column.type):
        return Cast(pa.nulls(len(column), kind), _NONE)
    if pa.types.is_string(kind):
        return Cast(as_text(column), _NONE)
    if pa.types.is_nested(kind) or pa.types.is_nested(column.type):
        return _cast_nested(column, kind)
    if _is_text(column.type):
        return _cast_text(column, kind, empty_is_null)
    return _cast_value(column, kind)


def explain(column: pa.Array, row: int, name: str, target: str) -> str:
    """Why the value of a row does not fit, for people."""
    raw = as_text(column.slice(row, 1))[0].as_py() or ""
    return f"{name}: '{raw[:200]}' is not a {target} (or would lose digits as one)"


def misfit(name: str, target: str) -> str:
    """As `explain`, without the value."""
    return f"{name}: its value is not a {target} (or would lose digits as one)"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _cast_text(column: pa.Array, kind: pa.DataType, empty_is_null: bool) -> Cast:
    text = column if pa.types.is_binary(kind) else cast_text.trim(column)
    if empty_is_null:
        text = cast_text.without_empty(text)
    fast = cast_text.cast_whole(text, kind)
    return Cast(fast, _NONE) if fast is not None else _cast_each(text, kind)


def _cast_each(text: pa.Array, kind: pa.DataType) -> Cast:
    """Each different text parsed by itself."""
    different = text.dictionary_encode()
    parse = parser(kind)
    values = pa.array([parse(value) for value in different.dictionary.to_pylist()], kind)
    return _checked(text, values.take(different.indices))


def _checked(column: pa.Array, values: pa.Array) -> Cast:
    """What became null without having been null does not fit."""
    if values.null_count == column.null_count:
        return Cast(values, _NONE)
    return Cast(values, np.flatnonzero(pc.and_(pc.is_valid(column), pc.is_null(values)).to_numpy(zero_copy_only=False)))


def _cast_value(column: pa.Array, kind: pa.DataType) -> Cast:
    """A typed value fits if it comes back unchanged: 1.5 as bigint does not, nor does a time of day as a date.

    Arrow takes a number for the days or microseconds of a time, gives a decimal as a double that is not always the nearest one,
    and a double as a decimal with digits that nobody wrote: such values go by their text.
    """
    if pa.types.is_temporal(column.type) != pa.types.is_temporal(kind):
        return _checked(column, _cast_each(_plain_text(column), kind).values)
    if pa.types.is_floating(column.type) and pa.types.is_decimal(kind):
        return _cast_to_decimal(column, kind)
    if pa.types.is_decimal(column.type) and pa.types.is_floating(kind):
        return _cast_text(as_text(column), kind, empty_is_null=False)
    try:
        values = column.cast(kind)
        if _is_exact(column.type, kind) or values.cast(column.type).equals(column):
            return Cast(values, _NONE)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass  # some value does not fit, or Arrow has no such cast: each value by its text, below
    return _checked(column, _cast_each(_plain_text(column), kind).values)


def _cast_to_decimal(column: pa.Array, kind: pa.DataType) -> Cast:
    """The number that a double is printed as, if the decimal holds it."""
    if not pa.types.is_float64(column.type):
        return _checked(column, _cast_each(_plain_text(column), kind).values)
    values, left = cast_doubles(column, kind)
    if len(left):
        texts = _plain_text(column.take(pa.array(left)))
        mask = np.zeros(len(column), np.bool_)
        mask[left] = True
        values = pc.replace_with_mask(values, pa.array(mask), _cast_each(texts, kind).values)
    return _checked(column, values)


def _is_exact(source: pa.DataType, target: pa.DataType) -> bool:
    return bool(pa.types.is_integer(source) and (pa.types.is_integer(target) or pa.types.is_decimal(target)))


def _plain_text(column: pa.Array) -> pa.Array:
    """The value as a text that the parsers of other types know: whole numbers without a point, bytes as UTF-8."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([_decoded(value) for value in column.to_pylist()], pa.string())
    text = as_text(column)
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return pc.replace_substring_regex(text, r"^(-?\d+)\.0+$", r"\1")
    return text


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _cast_nested(column: pa.Array, kind: pa.DataType) -> Cast:
    read: Any = parse_json if _is_text(column.type) else (lambda value: value)
    fitted = [None if value is None else fit(read(value), kind) for value in column.to_pylist()]
    return _checked(column, pa.array(fitted, kind))
