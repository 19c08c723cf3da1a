"""Any column as text, as Spark writes its values: nested ones as JSON, bytes as base64."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def as_text(column: pa.Array) -> pa.Array:
    """The column as string; null stays null."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else to_json(value, kind) for value in column.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else base64.b64encode(value).decode() for value in column.to_pylist()])
    if pa.types.is_floating(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), r"^(-?\d+)$", r"\1.0")
    if pa.types.is_timestamp(kind):
        text = pc.strftime(_in_utc(column), format="%Y-%m-%d %H:%M:%S")
        return pc.replace_substring_regex(text, r"\.?0+$|(\.\d*[1-9])0+$", r"\1") if kind.unit != "s" else text
    return column.cast(pa.string())


def _in_utc(column: pa.Array) -> pa.Array:
    return column.cast(pa.timestamp(column.type.unit)) if column.type.tz else column


def to_json(value: Any, kind: pa.DataType) -> str:
    """A nested value as JSON, in its own order; numbers keep their digits, fields without a value are left out."""
    if value is None:
        return "null"
    if pa.types.is_map(kind):
        return _object((_key(key, kind.key_type), to_json(item, kind.item_type)) for key, item in value)
    if pa.types.is_struct(kind):
        present = [field for field in kind if value.get(field.name) is not None]
        return _object((field.name, to_json(value[field.name], field.type)) for field in present)
    if pa.types.is_nested(kind):
        return f"[{','.join(to_json(item, kind.value_type) for item in value)}]"
    return _scalar(value)


def _object(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{_quoted(key)}:{text}" for key, text in pairs) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(key: Any, kind: pa.DataType) -> str:
    return key if isinstance(key, str) else to_json(key, kind).strip('"')


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else _quoted(str(value))
    if isinstance(value, bytes):
        return _quoted(base64.b64encode(value).decode())
    if isinstance(value, datetime):
        return _quoted(value.isoformat().replace("+00:00", "Z"))
    return _quoted(value.isoformat() if isinstance(value, date) else str(value))
