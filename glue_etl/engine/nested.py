"""Values with parts (lists, maps, structs), from JSON text or typed, as values of a nested type; nothing of them is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from glue_etl.engine.parsing import parser


class Misfit(Exception):
    """A part does not fit its type."""


def parse_json(text: str) -> Any:
    """The JSON value with all digits of its numbers; a repeated key, NaN or no JSON at all gives a value that fits nothing."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError, Misfit):
        return Misfit()


def _refuse(text: str) -> Any:
    raise Misfit(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Misfit("a key twice")
    return found


def fit(value: Any, kind: pa.DataType) -> Any:
    """The value as Arrow takes it for `kind`; None where it does not fit."""
    try:
        return _fit(value, kind)
    except (Misfit, RecursionError):
        return None


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_map(kind):
        pairs = (
            value.items() if isinstance(value, Mapping) else value if isinstance(value, list) else _fail(value, kind)
        )
        return [(_fit(key, kind.key_type), _fit(item, kind.item_type)) for key, item in pairs]
    if pa.types.is_struct(kind):
        return _fit_struct(value, kind)
    if pa.types.is_nested(kind):
        return [_fit(item, kind.value_type) for item in value] if isinstance(value, list) else _fail(value, kind)
    return _fit_plain(value, kind)


def _fit_struct(value: Any, kind: pa.DataType) -> dict[str, Any]:
    names = {field.name for field in kind}
    if not isinstance(value, Mapping) or any(key not in names and item is not None for key, item in value.items()):
        _fail(value, kind)
    return {field.name: _fit(value.get(field.name), field.type) for field in kind}


def _fit_plain(value: Any, kind: pa.DataType) -> Any:
    text = _text(value)
    fitted = None if text is None else parser(kind)(text)
    return _fail(value, kind) if fitted is None else fitted


def _text(value: Any) -> str | None:
    """A plain value as the text that parsers know; parts of a string column as their JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | Mapping | list):
        return json.dumps(value, default=str, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float | Decimal) else None


def _fail(value: Any, kind: pa.DataType) -> Any:
    raise Misfit(f"{value!r} is no {kind}")
