"""Converts the values of typed files as columnar_types says: whole arrays at a time, and nothing loses a digit.

A value that its own type can't hold raises ValueError (pa.ArrowInvalid is one): who reads decides what becomes of the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine.columnar_json import json_texts
from glue_etl.engine.columnar_types import Shape, shape_of
from glue_etl.engine.julian import proleptic_days


def converted(array: pa.Array, shape: Shape) -> pa.Array:
    """The array in the shape's type: as long as it was, nulls where they were."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return _RULES[shape.rule](array, shape) if shape.changes or array.type != shape.given else array


def converts(array: pa.Array, shape: Shape) -> bool:
    """Whether `converted` loses nothing of the array."""
    try:
        converted(array, shape)
    except pa.ArrowInvalid:
        return False
    return True


def _kept(array: pa.Array, shape: Shape) -> pa.Array:
    return array.cast(shape.given)


def _decode(array: pa.Array, shape: Shape) -> pa.Array:
    plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    if plain.type == shape.given:
        return plain
    return converted(plain, _shape_of_values(plain.type, replace(shape, rule="")))


def _shape_of_values(kind: pa.DataType, shape: Shape) -> Shape:
    return shape_of(kind, iter(()), shape.given != pa.string())


def _uint64(array: pa.Array, shape: Shape) -> pa.Array:
    """Arrow casts uint64 to decimals of 20 digits only by way of their text."""
    return array.cast(pa.string()).cast(shape.given)


def _digits(array: pa.Array, shape: Shape) -> pa.Array:
    """Every digit of a decimal, without an exponent, as people and casts expect it."""
    values = array.to_pylist()
    return pa.array([None if value is None else format(value, "f") for value in values], pa.string())


def _moment(array: pa.Array, shape: Shape) -> pa.Array:
    """Times as text with all digits of their unit; a zoned one in UTC, with a Z."""
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    texts = pc.cast(array, pa.string())
    if pc.any(pc.starts_with(texts, "<")).as_py():
        raise ValueError("a time outside of its type's range")
    return texts


def _moment_us(array: pa.Array, shape: Shape) -> pa.Array:
    """Timestamps in microseconds. Raises where one doesn't fit or would lose a digit."""
    kind = pa.timestamp("us", array.type.tz)
    return array.cast(kind).cast(shape.given)


def _julian(array: pa.Array, shape: Shape) -> pa.Array:
    dates = array.cast(shape.given)
    days = proleptic_days(dates.view(pa.int32()).fill_null(0).to_numpy()).astype(np.int32)
    return pa.array(days, mask=dates.is_null().to_numpy(zero_copy_only=False)).view(shape.given)


def _utf8(array: pa.Array, shape: Shape) -> pa.Array:
    return array.cast(pa.string())


def _uuid(array: pa.Array, shape: Shape) -> pa.Array:
    return pa.array([None if v is None else str(uuid.UUID(bytes=v)) for v in array.to_pylist()], pa.string())


def _interval(array: pa.Array, shape: Shape) -> pa.Array:
    """Parquet's: three little-endian unsigned numbers of months, days and milliseconds."""
    return pa.array([None if value is None else _iso(value) for value in array.to_pylist()], pa.string())


def _iso(value: bytes) -> str:
    months, days, milliseconds = (int(n) for n in np.frombuffer(value, "<u4"))
    return f"P{months}M{days}DT{milliseconds // 1000}.{milliseconds % 1000:03}S"


def _month_interval(array: pa.Array, shape: Shape) -> pa.Array:
    def text(value: pa.MonthDayNano) -> str:
        sign, rest = ("-" if value.nanoseconds < 0 else ""), abs(value.nanoseconds)
        return f"P{value.months}M{value.days}DT{sign}{rest // 10**9}.{rest % 10**9:09}S"

    return pa.array([None if value is None else text(value) for value in array.to_pylist()], pa.string())


def _json(array: pa.Array, shape: Shape) -> pa.Array:
    texts = json_texts(array)
    return pa.array([None if text == "null" else text for text in texts], pa.string())


def _list(array: pa.Array, shape: Shape) -> pa.Array:
    if not pa.types.is_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    # flatten() drops what stands behind null lists, so offsets are made anew from lengths.
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int32)
    values = converted(array.flatten(), shape.inner[0])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=shape.given, mask=array.is_null())


def _map(array: pa.Array, shape: Shape) -> pa.Array:
    entries = pa.struct([pa.field("key", array.type.key_type), pa.field("value", array.type.item_type)])
    lists = pa.Array.from_buffers(
        pa.list_(array.type.field(0)) if array.type.num_fields else pa.list_(entries),
        len(array),
        array.buffers()[:2],
        offset=array.offset,
        children=[_entries(array)],
    )
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int32)
    flat = lists.flatten()
    keys, items = (converted(flat.field(n), inner) for n, inner in enumerate(shape.inner))
    children = pa.StructArray.from_arrays([keys, items], fields=list(_fields(shape.given.field(0).type)))
    return pa.Array.from_buffers(
        shape.given,
        len(array),
        [_validity(array), pa.array(offsets, pa.int32()).buffers()[1]],
        children=[children],
    )


def _fields(kind: pa.DataType) -> list[pa.Field]:
    return [kind.field(n) for n in range(kind.num_fields)]


def _entries(array: pa.MapArray) -> pa.Array:
    kind = array.type.field(0).type
    return pa.StructArray.from_arrays([array.keys, array.items], fields=_fields(kind))


def _validity(array: pa.Array) -> pa.Buffer | None:
    if not array.null_count:
        return None
    return pa.py_buffer(np.packbits(array.is_valid().to_numpy(zero_copy_only=False), bitorder="little").tobytes())


def _struct(array: pa.Array, shape: Shape) -> pa.Array:
    inner = [converted(array.field(n), part) for n, part in enumerate(shape.inner)]
    return pa.StructArray.from_arrays(inner, fields=_fields(shape.given), mask=array.is_null())


_RULES: dict[str, Callable[[pa.Array, Shape], pa.Array]] = {
    "": _kept,
    "cast": _kept,
    "decode": _decode,
    "uint64": _uint64,
    "digits": _digits,
    "moment": _moment,
    "moment_us": _moment_us,
    "julian": _julian,
    "utf8": _utf8,
    "uuid": _uuid,
    "interval": _interval,
    "month_interval": _month_interval,
    "json": _json,
    "list": _list,
    "map": _map,
    "struct": _struct,
}
