"""The bytes of the schema inside Parquet, ORC and Avro: equal bytes, equal schema. Empty where it cannot be reached.

Just enough of three encodings to find them: Thrift's compact protocol (Parquet's FileMetaData, field 2), Protocol
Buffers (ORC's Footer, field 4) and Avro's map of bytes. Damage gives empty bytes, never an error: the reader that comes
later says what is wrong. ORC compressed with anything but zlib stays unread, since the standard library has no more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

_DAMAGED = (IndexError, ValueError, RecursionError, zlib.error)
_MAX_FOOTER = 1 << 20
_VARINT_BITS = 70


class _Cursor:
    """A place in bytes that never reads past their end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length: int) -> bytes:
        if length < 0 or self.at + length > len(self.data):
            raise ValueError("past the end")
        self.at += length
        return self.data[self.at - length : self.at]

    def varint(self) -> int:
        value = 0
        for shift in range(0, _VARINT_BITS, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number of more than 64 bits")

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)


def of_parquet(before_magic: bytes, length: int) -> bytes:
    """The schema in a Parquet footer of `length` bytes, the last of `before_magic`."""
    if length > len(before_magic):
        return b""
    try:
        return _thrift_field(before_magic[len(before_magic) - length :], 2)
    except _DAMAGED:
        return b""


def of_orc(tail: bytes) -> bytes:
    """The types in the footer of an ORC file that ends with `tail`."""
    try:
        end = len(tail) - 1 - tail[-1]
        postscript = dict(protobuf_fields(tail[end:-1]))
        length = postscript[1]
        if not isinstance(length, int) or not 0 < length <= end:
            return b""
        footer = _ORC_COMPRESSIONS[postscript.get(2, 0)](tail[end - length : end])
        return b"".join(value for field, value in protobuf_fields(footer) if field == 4 and isinstance(value, bytes))
    except (*_DAMAGED, KeyError):
        return b""


def avro_header(head: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """The metadata and the sync marker of an Avro file; empty if `head` does not hold them whole."""
    cursor = _Cursor(head[4:])
    metadata: dict[bytes, bytes] = {}
    try:
        while count := cursor.zigzag():
            if count < 0:
                cursor.zigzag()
            for _ in range(abs(count)):
                key = cursor.take(cursor.zigzag())
                metadata[key] = cursor.take(cursor.zigzag())
        return metadata, cursor.take(16)
    except _DAMAGED:
        return {}, b""


def _thrift_field(struct: bytes, wanted: int) -> bytes:
    """The bytes of one field of a struct in Thrift's compact protocol."""
    cursor, field = _Cursor(struct), 0
    while (header := cursor.byte()) & 0x0F:
        field = field + (header >> 4) if header >> 4 else cursor.zigzag()
        start = cursor.at
        _THRIFT_SKIP[header & 0x0F](cursor)
        if field == wanted:
            return struct[start : cursor.at]
    return b""


def _skip_struct(cursor: _Cursor) -> None:
    while (header := cursor.byte()) & 0x0F:
        if not header >> 4:
            cursor.zigzag()
        _THRIFT_SKIP[header & 0x0F](cursor)


def _skip_list(cursor: _Cursor) -> None:
    header = cursor.byte()
    size = header >> 4 if header >> 4 < 15 else cursor.varint()
    # A field carries a boolean in its header, a list in a byte of its own.
    skip = _skip_byte if header & 0x0F in (1, 2) else _THRIFT_SKIP[header & 0x0F]
    for _ in range(size):
        skip(cursor)


def _skip_byte(cursor: _Cursor) -> None:
    cursor.byte()


def _damaged(cursor: _Cursor) -> None:
    raise ValueError("a type that a Parquet footer does not hold")


_THRIFT_SKIP: list[Callable[[_Cursor], object]] = [_damaged] * 16
_THRIFT_SKIP[1] = _THRIFT_SKIP[2] = lambda cursor: None
_THRIFT_SKIP[3] = _skip_byte
_THRIFT_SKIP[4] = _THRIFT_SKIP[5] = _THRIFT_SKIP[6] = _Cursor.varint
_THRIFT_SKIP[7] = lambda cursor: cursor.take(8)
_THRIFT_SKIP[8] = lambda cursor: cursor.take(cursor.varint())
_THRIFT_SKIP[9] = _THRIFT_SKIP[10] = _skip_list
_THRIFT_SKIP[12] = _skip_struct


def protobuf_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a Protocol Buffers message: its number, and its integer or its bytes."""
    cursor = _Cursor(message)
    while cursor.at < len(message):
        tag = cursor.varint()
        yield tag >> 3, _PROTOBUF_READ[tag & 7](cursor)


_PROTOBUF_READ: dict[int, Callable[[_Cursor], int | bytes]] = {
    0: _Cursor.varint,
    1: lambda cursor: cursor.take(8),
    2: lambda cursor: cursor.take(cursor.varint()),
    5: lambda cursor: cursor.take(4),
}


def _unzip_orc(stream: bytes) -> bytes:
    """ORC's chunks: three bytes with the length and, in the lowest bit, whether the chunk is left as it was."""
    cursor, plain = _Cursor(stream), b""
    while cursor.at < len(stream) and len(plain) < _MAX_FOOTER:
        header = int.from_bytes(cursor.take(3), "little")
        chunk = cursor.take(header >> 1)
        plain += chunk if header & 1 else zlib.decompressobj(-zlib.MAX_WBITS).decompress(chunk, _MAX_FOOTER)
    return plain


_ORC_COMPRESSIONS: dict[int | bytes, Callable[[bytes], bytes]] = {0: lambda stream: stream, 1: _unzip_orc}
