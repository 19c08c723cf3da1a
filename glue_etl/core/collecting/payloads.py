"""A payload's bytes -> rows as JSON lines, or the reason why there are none. No I/O; never an error for any bytes.

What is packed is unpacked; JSON goes on to json_rows. Of Avro's values, decimals become text, bytes base64, times ISO 8601.
"""

from __future__ import annotations

import base64
import binascii
import math
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
from glue_etl.core.collecting.declarations import GLUE_REGISTRY, Payload
from glue_etl.core.collecting.json_rows import Poison, json_rows, line_of, refuse_taken

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
        return [line_of({"text": text, **extra})] if self.payload.type == "text" else json_rows(text, extra)

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
        refuse_taken(row, extra)
        lines.append(line_of({**_plain(row), **extra}))
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
