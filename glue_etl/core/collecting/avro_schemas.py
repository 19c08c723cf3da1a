"""Avro schemas as fastavro reads them, without those that a few bytes of data can stop a process with.

Of a schema that contains itself fastavro follows the data into any depth, in C, until the stack is full; of an array whose
items take no bytes it reads as many as the data claims. Both end the process, not the record, so both are refused.
"""

from __future__ import annotations

import json
from typing import Any

_NESTED = ("array", "map")


class BadSchema(Exception):
    """This is no Avro schema, or not one that can be read safely. The message says why."""


def parsed_schema(text: str) -> Any:
    """The schema of its JSON text. Raises BadSchema. fastavro is loaded late: JSON and text never need it."""
    from fastavro.schema import SchemaParseException, UnknownType, parse_schema

    named: dict[str, Any] = {}
    try:
        schema = parse_schema(json.loads(text), named_schemas=named)
        _refuse_endless(schema, named, ())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadSchema(f"{type(error).__name__}: {error}") from error
    except (SchemaParseException, UnknownType) as error:
        raise BadSchema(str(error)) from error
    return schema


def _refuse_endless(schema: Any, named: dict[str, Any], inside: tuple[str, ...]) -> int:
    """The least number of bytes that a value takes (1 for any more), while all schemas within are looked at."""
    if isinstance(schema, list):
        for branch in schema:
            _refuse_endless(branch, named, inside)
        return 1
    if isinstance(schema, str):
        return _refuse_endless(named[schema], named, inside) if schema in named else int(schema != "null")
    kind = schema["type"]
    if kind in ("record", "error"):
        return _of_record(schema, named, inside)
    if kind in _NESTED:
        least = _refuse_endless(schema["items" if kind == "array" else "values"], named, inside)
        if kind == "array" and not least:
            raise BadSchema("an array of items that take no bytes, whose number nothing bounds")
        return 1
    if kind == "fixed":
        return min(1, schema["size"])
    return 1 if kind == "enum" else _refuse_endless(kind, named, inside)


def _of_record(schema: Any, named: dict[str, Any], inside: tuple[str, ...]) -> int:
    name = schema["name"]
    if name in inside:
        raise BadSchema(f"record {name} contains itself, to any depth")
    sizes = [_refuse_endless(field["type"], named, (*inside, name)) for field in schema["fields"]]
    return max(sizes, default=0)
