"""Avro schemas as Arrow types, and the values of fastavro as values that PyArrow takes: without a logical type in between.

fastavro decodes the plain types only (numbers of days, bytes of decimals), so no value passes through a Python date or float.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from glue_etl.core.avro_schemas import BadSchema, parsed_schema
from glue_etl.core.errors import FileRejected
from glue_etl.engine.columnar_json import plain_json

Prepare = Callable[[Any], Any] | None
_EXACT = Context(prec=100_000)


@dataclass(frozen=True, slots=True)
class Field:
    """An Avro type as Arrow reads it. `prepare` makes fastavro's value PyArrow's (None: it is already). `told`: of unions."""

    kind: pa.DataType
    mark: str = ""
    prepare: Prepare = None
    told: str = ""


def record_schema(text: str) -> tuple[list[tuple[str, Any]], Any, dict[str, Any]]:
    """Names and schemas of the columns, the schema for fastavro without logical types, and its named types.

    Raises FileRejected for what is no schema or can't be read safely, such as a record that contains itself.
    """
    try:
        parsed = parsed_schema(text)
    except BadSchema as error:
        raise FileRejected("unsupported_schema", f"The Avro file's schema can't be used: {error}.") from error
    plain = without_logical(parsed)
    named: dict[str, Any] = {}
    _collect(parsed, named)
    if isinstance(parsed, dict) and parsed.get("type") in ("record", "error"):
        return [(field["name"], field["type"]) for field in parsed["fields"]], plain, named
    return [("value", parsed)], plain, named


def without_logical(schema: Any) -> Any:
    """The schema in which no type has a logical type."""
    if isinstance(schema, list):
        return [without_logical(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: copy.deepcopy(value) for key, value in schema.items() if key in _KEPT}
    for key in ("type", "items", "values"):
        if key in kept:
            kept[key] = without_logical(kept[key])
    if "fields" in schema:
        kept["fields"] = [{"name": f["name"], "type": without_logical(f["type"])} for f in schema["fields"]]
    return kept


_KEPT = ("type", "name", "items", "values", "size", "symbols", "namespace")


def _collect(schema: Any, named: dict[str, Any]) -> None:
    if isinstance(schema, list):
        for branch in schema:
            _collect(branch, named)
    elif isinstance(schema, dict):
        if "name" in schema:
            named[schema["name"]] = schema
        for key in ("type", "items", "values"):
            _collect(schema.get(key), named)
        for field in schema.get("fields", ()):
            _collect(field["type"], named)


def field_of(schema: Any, named: Mapping[str, Any]) -> Field:
    """The Arrow type of an Avro type, and how its values get there."""
    if isinstance(schema, str):
        return field_of(named[schema], named) if schema in named else Field(_PLAIN[schema])
    if isinstance(schema, list):
        return _of_union(schema, named)
    kind = schema["type"]
    if "logicalType" in schema and (logical := _of_logical(schema)):
        return logical
    if kind in _NESTED:
        return _NESTED[kind](schema, named)
    if kind == "fixed":
        return Field(pa.binary(schema["size"]))
    return Field(pa.string()) if kind == "enum" else field_of(kind, named)


_PLAIN = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
}
_MOMENTS = {
    ("int", "date"): pa.date32(),
    ("int", "time-millis"): pa.time32("ms"),
    ("long", "time-micros"): pa.time64("us"),
    ("long", "timestamp-millis"): pa.timestamp("ms", "UTC"),
    ("long", "timestamp-micros"): pa.timestamp("us", "UTC"),
    ("long", "timestamp-nanos"): pa.timestamp("ns", "UTC"),
    ("long", "local-timestamp-millis"): pa.timestamp("ms"),
    ("long", "local-timestamp-micros"): pa.timestamp("us"),
    ("long", "local-timestamp-nanos"): pa.timestamp("ns"),
}


def _of_logical(schema: Mapping[str, Any]) -> Field | None:
    """The field of a logical type; None for one that is unknown or does not fit, which is then as if it weren't there."""
    kind, logical = schema["type"], schema["logicalType"]
    if isinstance(kind, str) and (kind, logical) in _MOMENTS:
        return Field(_MOMENTS[kind, logical])
    if logical == "decimal" and kind in ("bytes", "fixed"):
        return _of_decimal(schema.get("precision"), schema.get("scale", 0))
    if logical == "uuid" and kind == "fixed" and schema.get("size") == 16:
        return Field(pa.binary(16), "UUID")
    if logical == "duration" and kind == "fixed" and schema.get("size") == 12:
        return Field(pa.binary(12), "INTERVAL")
    return None


def _of_decimal(precision: Any, scale: Any) -> Field | None:
    if not isinstance(precision, int) or not isinstance(scale, int) or not 0 <= scale <= precision or not precision:
        return None

    def number(value: bytes) -> Decimal:
        return Decimal(int.from_bytes(value, "big", signed=True)).scaleb(-scale, _EXACT)

    if precision <= 76:
        return Field(pa.decimal256(precision, scale) if precision > 38 else pa.decimal128(precision, scale), "", number)
    told = f"is a decimal({precision},{scale}), more than 38 digits: it is given as text"
    return Field(pa.string(), "", lambda value: format(number(value), "f"), told)


def _of_union(branches: list[Any], named: Mapping[str, Any]) -> Field:
    """With one type beside null: that type. With more: JSON text, and numbers keep their digits."""
    real = [branch for branch in branches if branch != "null"]
    if len(real) == 1:
        field = field_of(real[0], named)
        return Field(field.kind, field.mark, _unless_null(field.prepare), field.told) if field.prepare else field
    if not real:
        return Field(pa.null())
    told = "is a union of more than one type: each value is given as JSON text"
    return Field(pa.string(), "", _unless_null(plain_json), told)


def _unless_null(prepare: Prepare) -> Prepare:
    return prepare and (lambda value: None if value is None else prepare(value))


def _of_record(schema: Any, named: Mapping[str, Any]) -> Field:
    names = [field["name"] for field in schema["fields"]]
    fields = [field_of(field["type"], named) for field in schema["fields"]]
    kind = pa.struct([pa.field(name, field.kind) for name, field in zip(names, fields, strict=True)])
    changing = [(name, field.prepare) for name, field in zip(names, fields, strict=True) if field.prepare]

    def prepare(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, **{name: change(value[name]) for name, change in changing}}

    return Field(kind, _marks(fields), prepare if changing else None, _told(fields))


def _of_array(schema: Any, named: Mapping[str, Any]) -> Field:
    item = field_of(schema["items"], named)
    change = item.prepare
    prepare = (lambda value: [change(inner) for inner in value]) if change else None
    return Field(pa.list_(item.kind), item.mark, prepare, item.told)


def _of_map(schema: Any, named: Mapping[str, Any]) -> Field:
    item = field_of(schema["values"], named)
    change = item.prepare or (lambda value: value)
    kind = pa.map_(pa.string(), item.kind)
    return Field(kind, "," + item.mark, lambda value: [(key, change(inner)) for key, inner in value.items()], item.told)


def _marks(fields: list[Field]) -> str:
    """Marks of all leaves within, comma by comma, as columnar_types takes them in order."""
    return ",".join(field.mark for field in fields)


def _told(fields: list[Field]) -> str:
    return "; ".join(dict.fromkeys(field.told for field in fields if field.told))


_NESTED = {"record": _of_record, "error": _of_record, "array": _of_array, "map": _of_map}
