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
_KEY, _RECORD = 1, 3
_VARINT_BITS = 70
_FIXED_BYTES = {1: 8, 5: 4}
_VARINT, _BYTES = 0, 2


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
    try:
        fields = [(field, value) for field, value in _fields(message) if isinstance(value, bytes)]
        keys = [value.decode("utf-8") for field, value in fields if field == _KEY]
        return [_packed(value, keys) for field, value in fields if field == _RECORD]
    except (IndexError, KeyError) as error:
        raise ValueError("its fields do not fit into it") from error


def _packed(record: bytes, keys: list[str]) -> Packed:
    fields = dict(_fields(record))
    index, data = fields.get(1), fields.get(3)
    if not isinstance(index, int) or index >= len(keys) or not isinstance(data, bytes):
        raise ValueError("a record of it names no partition key, or has no data")
    return Packed(keys[index], data)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a message: its number, and its integer or its bytes.

    Raises IndexError or ValueError where the message ends too early, KeyError for a type that no message has.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
        else:
            length, at = _varint(message, at) if kind == _BYTES else (_FIXED_BYTES[kind], at)
            if at + length > len(message):
                raise ValueError("past the end")
            yield tag >> 3, message[at : at + length]
            at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than 64 bits")
