"""Spark SQL's names of types and Arrow's types for them: what contracts promise, and what staged Parquet may hold."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa

from glue_etl.core.errors import BadContract

_PLAIN: dict[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "binary": pa.binary(),
}
_ALIASES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "real": "float"}
_NAMES = {kind: name for name, kind in _PLAIN.items()} | {pa.large_string(): "string", pa.large_binary(): "binary"}
_DECIMAL = re.compile(r"(?:decimal|dec|numeric)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?")
_FIELD = re.compile(r"\s*(`(?:[^`]|``)+`|[^`:,<>\s]+)\s*:\s*", re.DOTALL)


@cache
def arrow_type(name: str) -> pa.DataType:
    """The Arrow type of a Spark SQL type such as `decimal(18,2)` or `array<struct<a:int>>`. Raises BadContract."""
    text = name.strip()
    lowered = text.lower()
    plain = _PLAIN.get(_ALIASES.get(lowered, lowered))
    if plain is not None:
        return plain
    if found := _DECIMAL.fullmatch(lowered):
        return _decimal(name, int(found[1] or 10), int(found[2] or 0))
    if text.endswith(">") and "<" in text:
        kind, inner = text[:-1].split("<", 1)
        return _nested(name, kind.strip().lower(), inner)
    raise _unknown(name)


def _decimal(name: str, precision: int, scale: int) -> pa.DataType:
    if not 1 <= precision <= 38 or scale > precision:
        raise BadContract(f"type {name!r}: a decimal has 1 to 38 digits, and no more of them behind the point")
    return pa.decimal128(precision, scale)


def _nested(name: str, kind: str, inner: str) -> pa.DataType:
    parts = _split(inner)
    if kind == "array" and len(parts) == 1:
        return pa.list_(arrow_type(parts[0]))
    if kind == "map" and len(parts) == 2:
        return pa.map_(arrow_type(parts[0]), arrow_type(parts[1]))
    if kind == "struct":
        return pa.struct([_field(name, part) for part in parts])
    raise _unknown(name)


def _field(name: str, text: str) -> pa.Field:
    found = _FIELD.match(text)
    if not found:
        raise BadContract(f"type {name!r}: {text.strip()!r} is no field. A field is written name:type")
    field = found[1][1:-1].replace("``", "`") if found[1].startswith("`") else found[1]
    return pa.field(field, arrow_type(text[found.end() :]))


def _split(text: str) -> list[str]:
    """The parts between commas that stand inside no brackets and no backticks."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == "`"
        depth += 0 if quoted else (character in "<(") - (character in ">)")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _unknown(name: str) -> BadContract:
    allowed = ", ".join((*_PLAIN, "decimal(p,s)", "array<...>", "map<...>", "struct<...>"))
    return BadContract(f"there is no type {name!r}. Allowed: {allowed}")


def spark_type(kind: pa.DataType) -> str:
    """The Spark SQL name of an Arrow type as the formats give them. Raises KeyError for one that no table has."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_map(kind):
        return f"map<{spark_type(kind.key_type)},{spark_type(kind.item_type)}>"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return f"array<{spark_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{_quoted(field.name)}:{spark_type(field.type)}' for field in kind)}>"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return "string" if pa.types.is_null(kind) else _NAMES[kind]


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) else "`" + name.replace("`", "``") + "`"
