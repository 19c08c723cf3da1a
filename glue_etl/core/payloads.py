"""A payload's bytes -> rows as JSON lines, or the reason why there are none. No I/O; never an error for any bytes.

JSON goes on as it was written, so that no number loses a digit; what JSON leaves open is decided here: a repeated name,
NaN and Infinity, half of a surrogate pair and nesting of more than a hundred levels are refused. Of Avro's values,
decimals become text, bytes base64, times ISO 8601.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any
from uuid import UUID

from glue_etl.core.avro_schemas import parsed_schema
from glue_etl.core.streams import GLUE_REGISTRY, Payload

MAX_DEPTH = 100
MAX_UNPACKED = 32 * 1024**2
"""Kinesis, Kafka and SQS hold records of a few MB at most; what unpacks to more than this is no record."""

SchemaOf = Callable[[str], Any]
"""A registry's schema by its id, as fastavro has parsed it, or the reason why there is none."""


@dataclass(frozen=True, slots=True)
class NoSchema:
    """Why a registry's id leads to no Avro schema."""

    reason: str


_GZIP = b"\x1f\x8b\x08"
_CONFLUENT_HEADER, _GLUE_HEADER = 5, 18
_AVRO_ERRORS = (
    ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, AttributeError, ArithmeticError, MemoryError,
    RecursionError, InvalidOperation, struct.error,
)  # fmt: skip
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Poison(Exception):
    """This payload makes no row; the message says why. Never leaves this module's callers' `decode`."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes payloads as declared; adds `extra` columns to each row. `schema` is the inline one, parsed."""

    payload: Payload
    schema_of: SchemaOf
    schema: Any = None

    def rows(self, data: bytes | None, extra: Mapping[str, Any]) -> list[str]:
        """The rows, one line of JSON each. Raises Poison; and whatever `schema_of` raises."""
        if data is None:
            raise Poison("it has no value (a tombstone)")
        if self.payload.encoding == "base64":
            data = _from_base64(data)
        if self.payload.type == "avro":
            return _avro_rows(self._avro(data), extra)
        text = _text(_gunzip(data) if data.startswith(_GZIP) else data)
        return [_line({"text": text, **extra})] if self.payload.type == "text" else _json_rows(text, extra)

    def _avro(self, data: bytes) -> Any:
        """Avro may begin like gzip by chance: then it is only gzip if it can be unpacked."""
        if data.startswith(_GZIP):
            with suppress(Poison):
                data = _gunzip(data)
        if not self.payload.registry:
            return _datum(data, self.schema)
        schema_id, body = registered(data, self.payload.registry)
        schema = self.schema_of(schema_id)
        if isinstance(schema, NoSchema):
            raise Poison(f"its schema {schema_id} can't be used: {schema.reason}")
        return _datum(body, schema)


def decoder(payload: Payload, schema_of: SchemaOf) -> Decoder:
    """The decoder of a declared payload; an inline schema is parsed once, here."""
    return Decoder(payload, schema_of, parsed_schema(payload.schema) if payload.schema else None)


def registered(data: bytes, registry: str) -> tuple[str, bytes]:
    """(schema id, datum) of a payload in the registry's wire format. Raises Poison."""
    if registry == GLUE_REGISTRY:
        if len(data) < _GLUE_HEADER or data[0] != 3 or data[1] not in (0, 5):
            raise Poison("it does not begin with a header of the AWS Glue Schema Registry")
        body = data[_GLUE_HEADER:]
        return str(UUID(bytes=data[2:_GLUE_HEADER])), _inflate(body, zlib.MAX_WBITS) if data[1] == 5 else body
    if len(data) < _CONFLUENT_HEADER or data[0] != 0:
        raise Poison("it does not begin with a header of a Confluent schema registry")
    return str(int.from_bytes(data[1:_CONFLUENT_HEADER], "big")), data[_CONFLUENT_HEADER:]


def _from_base64(data: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        raise Poison(f"it is not base64: {error}") from error


def _gunzip(data: bytes) -> bytes:
    """All members of a gzip."""
    whole = bytearray()
    while data:
        engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
        whole += _all_of(engine, data, MAX_UNPACKED - len(whole))
        data = engine.unused_data
    return bytes(whole)


def _inflate(data: bytes, bits: int) -> bytes:
    engine = zlib.decompressobj(bits)
    whole = _all_of(engine, data, MAX_UNPACKED)
    if engine.unused_data:
        raise Poison("there are bytes behind its compressed data")
    return whole


def _all_of(engine: Any, data: bytes, room: int) -> bytes:
    try:
        unpacked: bytes = engine.decompress(data, room + 1)
    except zlib.error as error:
        raise Poison(f"its compression is damaged: {error}") from error
    if len(unpacked) > room:
        raise Poison(f"it unpacks to more than {MAX_UNPACKED // 1024**2} MB")
    if not engine.eof:
        raise Poison("its compressed data is cut off")
    return unpacked


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Poison(f"it is not UTF-8: {error.reason} at byte {error.start}") from error


def _json_rows(text: str, extra: Mapping[str, Any]) -> list[str]:
    text = text.removeprefix("\ufeff").strip(" \t\r\n")
    value = _parsed(text)
    if isinstance(value, dict):
        return [_with(text, value, extra)]
    if not isinstance(value, list) or not value:
        raise Poison(f"it is {_named(value)}, not an object or an array of objects")
    return [_with(item, parsed, extra) for item, parsed in zip(_items(text), value, strict=True)]


def _parsed(text: str) -> Any:
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise Poison(f"it is nested more than {MAX_DEPTH} levels deep")
    try:
        value = _STRICT.decode(text)
    except (ValueError, RecursionError) as error:
        raise Poison(f"it is not JSON: {error}") from error
    if _SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Poison("it has half of a surrogate pair, which is no character") from error


def _depth(text: str) -> int:
    """How deep brackets are nested, outside of strings."""
    deepest = depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', text, re.DOTALL):
        if token[0] in ("{", "["):
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in ("}", "]"):
            depth -= 1
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated[:100]!r} is there twice in one object")
    return fields


class _Digits(str):
    """A number's text; tells numbers from strings where only the kind matters."""


# Numbers stay text: nothing is computed with them, and a long one is no trouble.
_STRICT = json.JSONDecoder(
    object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_Digits, parse_int=_Digits
)


def _items(text: str) -> list[str]:
    """The texts of an array's items. `text` has been parsed, so this finds each."""
    items, at = [], 1
    while len(text) > at:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            break
        _, end = _STRICT.raw_decode(text, at)
        items.append(text[at:end])
        at = end
    return items


def _with(text: str, value: Any, extra: Mapping[str, Any]) -> str:
    """The object's own text on one line, with the extra columns behind. Raw line breaks are only between its tokens."""
    if not isinstance(value, dict):
        raise Poison(f"an item of its array is {_named(value)}, not an object")
    line = text.replace("\n", " ").replace("\r", " ")
    if not extra:
        return line
    _refuse_taken(value, extra)
    more = _line(extra)[1:]
    return "{" + more if not value else f"{line[:-1]},{more}"


def _refuse_taken(row: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    taken = [name for name in extra if name in row]
    if taken:
        raise Poison(f"it has a field {taken[0]} itself, which is the name of a kept column")


def _named(value: Any) -> str:
    if isinstance(value, list):
        return "an array" if value else "an empty array"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return "a string" if isinstance(value, str) and not isinstance(value, _Digits) else "a number"


def _datum(data: bytes, schema: Any) -> Any:
    from fastavro import schemaless_reader

    stream = BytesIO(data)
    try:
        value = schemaless_reader(stream, schema)
    except _AVRO_ERRORS as error:
        raise Poison(f"it does not fit its Avro schema: {type(error).__name__}: {error}"[:300]) from error
    if stream.tell() != len(data):
        raise Poison(f"{len(data) - stream.tell()} bytes are left behind its Avro value")
    return value


def _avro_rows(value: Any, extra: Mapping[str, Any]) -> list[str]:
    rows = value if isinstance(value, list) and value else [value]
    lines = []
    for row in rows:
        if not isinstance(row, dict):
            raise Poison("its Avro value is no record and no array of records")
        _refuse_taken(row, extra)
        lines.append(_line({**_plain(row), **extra}))
    return lines


def _plain(value: Any) -> Any:
    """An Avro value as JSON has it, without loss."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        raise Poison(f"it has a number that JSON has not: {value}")
    return str(value) if isinstance(value, UUID) else value


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
