"""Columns and rows of a Parquet object by its footer alone, for functions that have no PyArrow.

The footer is FileMetaData in Thrift's compact protocol, before its length (4 bytes) and "PAR1" (parquet.thrift of
apache/parquet-format, thrift-compact-protocol.md of apache/thrift). Fields are kept by their numbers; what nobody asks for is
read and left.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.errors import Terminal

MAGIC = b"PAR1"
LENGTH_BYTES = 8
_BOOLEAN, _INT32, _INT64, _INT96, _FLOAT, _DOUBLE, _BYTES, _FIXED = range(8)
_PLAIN = {_BOOLEAN: "boolean", _INT32: "int", _INT64: "bigint", _INT96: "timestamp", _FLOAT: "float", _DOUBLE: "double"}
# Numbers of fields of SchemaElement and of LogicalType.
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _SCALE, _PRECISION, _LOGICAL = 1, 3, 4, 5, 6, 7, 8, 10
_LOGICAL_STRING, _LOGICAL_DECIMAL, _LOGICAL_DATE, _LOGICAL_TIME, _LOGICAL_TIMESTAMP, _LOGICAL_INTEGER = (
    1,
    5,
    6,
    7,
    8,
    10,
)
_REPEATED = 2
_CONVERTED_TYPES = {
    0: "string",
    4: "string",
    19: "string",
    6: "date",
    9: "timestamp",
    10: "timestamp",
    15: "smallint",
    16: "smallint",
}
_CONVERTED_DECIMAL = 5
NESTED = "nested"


@dataclass(frozen=True, slots=True)
class Footer:
    """Columns in order with the catalog's types, NESTED for lists, maps and structs; how many rows there are."""

    columns: tuple[tuple[str, str], ...]
    rows: int


def footer_bytes(tail: bytes) -> int:
    """How many of the last bytes of an object are footer, by its last eight. Raises Terminal where it is no Parquet."""
    if len(tail) < LENGTH_BYTES or not tail.endswith(MAGIC):
        raise Terminal("the object is no Parquet: it does not end with PAR1")
    (length,) = struct.unpack("<I", tail[-LENGTH_BYTES:-4])
    return int(length) + LENGTH_BYTES


def footer_of(tail: bytes) -> Footer:
    """The footer in the last bytes of an object, of which there must be as many as `footer_bytes` says. Raises Terminal."""
    body = tail[-footer_bytes(tail) : -LENGTH_BYTES]
    try:
        metadata = _Compact(body).struct()
        return Footer(tuple(_columns(metadata[2])), int(metadata[3]))
    except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise Terminal(f"the footer of the object can't be read: {type(error).__name__}") from error


def _columns(elements: list[dict[int, Any]]) -> list[tuple[str, str]]:
    """The root's children: a group's own children follow it, and are skipped."""
    found, place = [], 1
    while place < len(elements):
        element = elements[place]
        found.append((element[_NAME].decode(), _type_of(element)))
        place = _behind(elements, place)
    return found


def _behind(elements: list[dict[int, Any]], place: int) -> int:
    after = place + 1
    for _ in range(elements[place].get(_CHILDREN, 0)):
        after = _behind(elements, after)
    return after


def _type_of(element: Mapping[int, Any]) -> str:
    if element.get(_CHILDREN) or element.get(_REPETITION) == _REPEATED:
        return NESTED
    logical = element.get(_LOGICAL) or {}
    converted, physical = element.get(_CONVERTED), element[_TYPE]
    if _LOGICAL_DECIMAL in logical or converted == _CONVERTED_DECIMAL:
        return f"decimal({element[_PRECISION]},{element.get(_SCALE, 0)})"
    for number, name in ((_LOGICAL_STRING, "string"), (_LOGICAL_DATE, "date"), (_LOGICAL_TIMESTAMP, "timestamp")):
        if number in logical:
            return name
    known = _CONVERTED_TYPES.get(converted) if converted is not None else None
    return known or _PLAIN.get(physical, "binary")


class _Compact:
    """A reader of Thrift's compact protocol: structs become dicts by field number, lists become lists."""

    def __init__(self, body: bytes) -> None:
        self._body, self._place = body, 0

    def struct(self) -> dict[int, Any]:
        found: dict[int, Any] = {}
        number = 0
        while header := self._byte():
            step, kind = header >> 4, header & 0x0F
            number = number + step if step else self._zigzag()
            found[number] = kind == 1 if kind in (1, 2) else self._value(kind)
        return found

    def _value(self, kind: int) -> Any:
        if kind in (1, 2, 3):  # a boolean within a list, a byte
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list()
        if kind == 11:
            return self._map()
        if kind == 12:
            return self.struct()
        raise Terminal(f"the footer has a value of the unknown kind {kind}")

    def _list(self) -> list[Any]:
        header = self._byte()
        size, kind = header >> 4, header & 0x0F
        size = self._varint() if size == 15 else size
        return [self._value(kind) for _ in range(size)]

    def _map(self) -> dict[Any, Any]:
        size = self._varint()
        kinds = self._byte() if size else 0
        return {self._value(kinds >> 4): self._value(kinds & 0x0F) for _ in range(size)}

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _byte(self) -> int:
        byte = self._body[self._place]
        self._place += 1
        return byte

    def _bytes(self, length: int) -> bytes:
        found = self._body[self._place : self._place + length]
        if len(found) < length:
            raise IndexError(length)
        self._place += length
        return found
