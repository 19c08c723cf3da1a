"""Python values of records to Arrow columns of a given schema, without loss: a value that does not fit its column is an error."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from glue_etl.engine.json_types import RECORD, is_json_text, is_short
from glue_etl.engine.json_values import Number, written

_WIDE = Context(prec=400)


class NoFit(ValueError):
    """A value that its column can't hold."""


def batch_of(records: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """The records as rows. Raises NoFit."""
    if schema.names == [RECORD] and is_json_text(schema.field(0)):
        return pa.record_batch([pa.array([written(one) for one in records], pa.string())], schema=schema)
    known = set(schema.names)
    for record in records:
        if not known.issuperset(record):
            raise NoFit(f"the key {next(key for key in record if key not in known)!r} is no column")
    columns = [column_of([record.get(one.name) for record in records], one) for one in schema]
    if columns:
        return pa.record_batch(columns, schema=schema)
    return pa.RecordBatch.from_struct_array(pa.array([{}] * len(records), pa.struct([])))


def column_of(values: list[Any], column: pa.Field) -> pa.Array:
    """One column of values, None where absent. Raises NoFit."""
    kind = column.type
    if is_json_text(column):
        return pa.array([None if one is None else written(one) for one in values], pa.string())
    if pa.types.is_struct(kind):
        return _struct_of(values, kind)
    if pa.types.is_list(kind):
        return _list_of(values, kind)
    cast = _CASTS.get(kind.id)
    if cast is None:
        raise NoFit(f"a column of {kind}")
    try:
        return pa.array([None if one is None else cast(one) for one in values], kind)
    except (pa.ArrowInvalid, OverflowError) as error:
        raise NoFit(str(error)) from error


def _struct_of(values: list[Any], kind: pa.DataType) -> pa.Array:
    known = {one.name for one in kind}
    for value in values:
        if value is not None and (type(value) is not dict or not known.issuperset(value)):
            raise NoFit(f"not an object of {', '.join(sorted(known))}")
    children = [column_of([None if one is None else one.get(child.name) for one in values], child) for child in kind]
    absent = pa.array([one is None for one in values], pa.bool_())
    return pa.StructArray.from_arrays(children, fields=list(kind), mask=absent)


def _list_of(values: list[Any], kind: pa.DataType) -> pa.Array:
    offsets: list[int] = [0]
    items: list[Any] = []
    for value in values:
        if value is not None and type(value) is not list:
            raise NoFit("not a list")
        items.extend(value or ())
        offsets.append(len(items))
    absent = pa.array([one is None for one in values], pa.bool_())
    column = column_of(items, kind.value_field)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), column, type=kind, mask=absent)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise NoFit("not a text")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise NoFit("not a boolean")
    return value


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is Number and value != "-0" and value.lstrip("-").isdigit():
        return int(value)
    raise NoFit("not an integer")


def _double(value: Any) -> float:
    if type(value) is not int and type(value) is not Number:
        raise NoFit("not a number")
    near = float(value)
    if type(value) is Number and is_short(value):
        return near
    if Decimal(repr(near)) != Decimal(value):
        raise NoFit(f"{value} has more digits than a double keeps")
    return near


def _decimal(value: Any) -> Decimal:
    if type(value) is not int and type(value) is not Number:
        raise NoFit("not a number")
    exact = _WIDE.create_decimal(value)
    if not exact and exact.is_signed():
        raise NoFit("minus zero")
    return exact


_CASTS: dict[int, Any] = {
    pa.string().id: _text,
    pa.bool_().id: _boolean,
    pa.int64().id: _integer,
    pa.float64().id: _double,
    pa.decimal128(1).id: _decimal,
}
