"""Takes apart what the Kinesis Producer Library has packed into one record. No I/O, and never an error for any bytes.

The format: four magic bytes, a Protocol Buffers message (1: partition keys, 3: records of 1: index of the key, 3: data),
and the message's MD5. AWS's own aws_kinesis_agg is what the tests compare with; it is not used here because it leaves out,
silently, what follows a record whose key it can't find, and puts itself on the import path.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from glue_etl.core.collecting.protobuf import protobuf_fields

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16
_KEY, _RECORD = 1, 3


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
        fields = [(field, value) for field, value in protobuf_fields(message) if isinstance(value, bytes)]
        keys = [value.decode("utf-8") for field, value in fields if field == _KEY]
        return [_packed(value, keys) for field, value in fields if field == _RECORD]
    except (IndexError, KeyError) as error:
        raise ValueError("its fields do not fit into it") from error


def _packed(record: bytes, keys: list[str]) -> Packed:
    fields = dict(protobuf_fields(record))
    index, data = fields.get(1), fields.get(3)
    if not isinstance(index, int) or index >= len(keys) or not isinstance(data, bytes):
        raise ValueError("a record of it names no partition key, or has no data")
    return Packed(keys[index], data)
