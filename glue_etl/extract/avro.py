"""Rows of a database as Avro: each row becomes its bytes at once, column by column, and an object is made of such rows.

The schema and the reading are fastavro's. Its writer looks at every value of a nullable column with Python's types, some
3 microseconds a value; a block's columns of one known type take a tenth of that.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import fastavro

Values = Sequence[Any]
Encoder = Callable[[Values], list[bytes]]

SYNC = b"glue-etl-extract"
"""The marker between blocks: always the same, so that equal rows are equal bytes."""
BLOCK_BYTES = 256 * 1024
LEVEL = 2
"""Of deflate: 6 takes two and a half times as long for 6 % less."""
_NULL, _PRESENT = b"\x00", b"\x02"
_TYPES: dict[str, Any] = {
    "date": {"type": "int", "logicalType": "date"},
    "timestamp": {"type": "long", "logicalType": "timestamp-micros"},
    "local-timestamp": {"type": "long", "logicalType": "local-timestamp-micros"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a stream. `kind`: how it is stored; `source_type`: what the database calls its type."""

    name: str
    kind: str
    source_type: str = ""
    precision: int = 0
    scale: int = 0

    @property
    def avro_type(self) -> Any:
        if self.kind == "decimal":
            return {"type": "bytes", "logicalType": "decimal", "precision": self.precision, "scale": self.scale}
        if self.kind.startswith("array:"):
            return {"type": "array", "items": ["null", self.kind.removeprefix("array:")]}
        return _TYPES.get(self.kind, self.kind)


def schema_of(stream: str, columns: Iterable[Column]) -> dict[str, Any]:
    """The record of a stream: every column nullable; the database's own name of a column is its `doc` where it had to change."""
    fields: list[dict[str, Any]] = []
    taken: set[str] = set()
    for column in columns:
        name = _unused(avro_name(column.name), taken)
        field: dict[str, Any] = {"name": name, "type": ["null", column.avro_type], "default": None}
        fields.append(field if name == column.name else {**field, "doc": column.name})
    return {"type": "record", "name": avro_name(stream), "fields": fields}


def avro_name(name: str) -> str:
    """The name in Avro's letters: without accents, `_` for all others, and a letter first."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    safe = re.sub(r"[^A-Za-z0-9_]", "_", plain)
    return safe if safe[:1].isalpha() or name.startswith("_") else f"c_{safe}"


def _unused(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate)
    return candidate


def encode_rows(columns: Sequence[Column], values: Sequence[Values]) -> list[bytes]:
    """A block of rows, given by columns, as the Avro bytes of each row."""
    encoded = [encoder_of(column)(of_column) for column, of_column in zip(columns, values, strict=True)]
    return [b"".join(row) for row in zip(*encoded, strict=True)]


def container(schema: dict[str, Any], rows: Iterable[bytes]) -> bytes:
    """The object of these rows: Avro's container, deflated, in blocks of about 256 KiB."""
    target = io.BytesIO()
    fastavro.writer(target, schema, [], codec="deflate", sync_marker=SYNC)
    remaining = iter(rows)
    while block := _block(remaining):
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        data = packer.compress(b"".join(block)) + packer.flush()
        target.write(long_bytes(len(block)) + long_bytes(len(data)) + data + SYNC)
    return target.getvalue()


def _block(rows: Iterable[bytes]) -> list[bytes]:
    block: list[bytes] = []
    size = 0
    for row in rows:
        block.append(row)
        size += len(row)
        if size >= BLOCK_BYTES:
            break
    return block


def decode_rows(schema: dict[str, Any], rows: Iterable[bytes], limit: int) -> list[dict[str, Any]]:
    """The first rows as values again."""
    parsed = fastavro.parse_schema(schema)
    return [fastavro.schemaless_reader(io.BytesIO(row), parsed, None) for row in islice(rows, limit)]


def long_bytes(number: int) -> bytes:
    """Avro's variable-length zig-zag form of a 64-bit number."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


# Two bytes of a number at a time: its last 14 bits or fewer (with the mark of a present value before it where it begins
# there), and 14 bits that more follow.
_LAST = [bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7]) for n in range(1 << 14)]
_MORE = [bytes([n & 127 | 128, n >> 7 | 128]) for n in range(1 << 14)]
_ALONE = [_PRESENT + last for last in _LAST]
_FIRST = [_PRESENT + more for more in _MORE]
_LOW = (1 << 14) - 1
# Lengths are never negative, and most are short.
_LENGTHS = _ALONE[::2]
_SHORT = len(_LENGTHS)


def _present_long(number: int) -> bytes:
    rest = (number << 1) ^ (number >> 63)
    if rest <= _LOW:
        return _ALONE[rest]
    first, rest = _FIRST[rest & _LOW], rest >> 14
    if rest <= _LOW:
        return first + _LAST[rest]
    second, rest = _MORE[rest & _LOW], rest >> 14
    if rest <= _LOW:
        return first + second + _LAST[rest]
    third, rest = _MORE[rest & _LOW], rest >> 14
    if rest <= _LOW:
        return first + second + third + _LAST[rest]
    return first + second + third + _MORE[rest & _LOW] + _LAST[rest >> 14]


def _longs(values: Values) -> list[bytes]:
    return [_NULL if value is None else _present_long(value) for value in values]


def _bytes(values: Values) -> list[bytes]:
    return [
        _NULL if value is None
        else _LENGTHS[len(value)] + value if len(value) < _SHORT
        else _present_long(len(value)) + value
        for value in values
    ]  # fmt: skip


def _strings(values: Values) -> list[bytes]:
    return _bytes([None if value is None else value.encode() for value in values])


def _booleans(values: Values) -> list[bytes]:
    forms = {None: _NULL, True: b"\x02\x01", False: b"\x02\x00"}
    return [forms[value] for value in values]


def _packed(form: str) -> Encoder:
    pack = struct.Struct(form).pack
    return lambda values: [_NULL if value is None else pack(2, value) for value in values]


def _decimals(values: Values) -> list[bytes]:
    """Unscaled numbers as the shortest two's complement."""
    lengths = ((value.bit_length() + 8) // 8 if value is not None else 0 for value in values)
    return _bytes(
        [
            None if value is None else value.to_bytes(length, "big", signed=True)
            for value, length in zip(values, lengths, strict=True)
        ]
    )


def _arrays(items: Encoder) -> Encoder:
    """Each value a list; all its items are one block."""

    def encode(values: Values) -> list[bytes]:
        return [_NULL if value is None else _array(items, value) for value in values]

    return encode


def _array(items: Encoder, value: Values) -> bytes:
    return b"".join((_present_long(len(value)), *items(value), b"\x00")) if value else b"\x02\x00"


_ENCODERS: dict[str, Encoder] = {
    "int": _longs,
    "long": _longs,
    "date": _longs,
    "timestamp": _longs,
    "local-timestamp": _longs,
    "string": _strings,
    "bytes": _bytes,
    "boolean": _booleans,
    "float": _packed("<Bf"),
    "double": _packed("<Bd"),
    "decimal": _decimals,
}


def encoder_of(column: Column) -> Encoder:
    """The values of a column -> the bytes of each, with the union's branch before it."""
    if column.kind.startswith("array:"):
        return _arrays(_ENCODERS[column.kind.removeprefix("array:")])
    return _ENCODERS[column.kind]
