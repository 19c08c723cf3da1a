"""Takes apart what the Kinesis Producer Library has packed into one record. No I/O, and never an error for any bytes.

The format: four magic bytes, a Protocol Buffers message (1: partition keys, 3: records of 1: index of the key, 3: data),
and the message's MD5. AWS's own aws_kinesis_agg is what the tests compare with; it is not used here because it leaves out,
silently, what follows a record whose key it can't find, and puts itself on the import path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16
_VARINT_BITS = 70
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Packed:
    """One user's record of an aggregate, with its partition key."""

    key: str
    data: bytes


def unpack(data: bytes) -> list[Packed] | None:
    """The records in `data`; None where it is no aggregate (of these, whose MD5 is right but not the rest: ValueError)."""
    message, digest = data[len(MAGIC) : -_DIGEST], data[-_DIGEST:]
    if not data.startswith(MAGIC) or not message or hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    keys: list[str] = []
    records: list[bytes] = []
    for field, value in _fields(message):
        if field == 1 and isinstance(value, bytes):
            keys.append(value.decode("utf-8"))
        elif field == 3 and isinstance(value, bytes):
            records.append(value)
    return [_packed(record, keys) for record in records]


def _packed(record: bytes, keys: list[str]) -> Packed:
    fields = dict(_fields(record))
    index, data = fields.get(1), fields.get(3)
    if not isinstance(index, int) or index >= len(keys) or not isinstance(data, bytes):
        raise ValueError("a record of it names no partition key, or has no data")
    return Packed(keys[index], data)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        field, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire == _BYTES:
            length, at = _varint(message, at)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}.get(wire, -1)
        if length < 0 or at + length > len(message):
            raise ValueError("its fields do not fit into it")
        yield field, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number in it does not end")
