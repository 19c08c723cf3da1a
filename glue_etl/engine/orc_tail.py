"""The end of an ORC file: postscript and footer, as far as PyArrow does not tell of them (orc.apache.org/specification).

Which calendar counted its dates, what its columns are, and between which instants its timestamps lie.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cramjam
import zstandard

from glue_etl.core.errors import FileRejected
from glue_etl.engine.model import MIB, ByteSource

FOOTER_BYTES = 64 * MIB
JULIAN, PROLEPTIC = 1, 2
TIMESTAMPS = (9, 18)
DATE = 15
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Column:
    """One type of the footer: its kind by number, those within it, and its least and greatest time in ms, or None."""

    kind: int
    inner: tuple[int, ...] = ()
    range_ms: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """`stripes`: rows and bytes of each. `calendar`: PROLEPTIC, JULIAN, or 0 (not said). `content`: the plain footer."""

    rows: int
    stripes: tuple[tuple[int, int], ...]
    columns: tuple[Column, ...]
    calendar: int
    codec: int
    footer: bytes


def read_tail(source: ByteSource) -> Tail:
    """Raises FileRejected if the file has no whole postscript and footer, or is encrypted."""
    end = source.read(max(source.size - 256, 0), 256)
    length = end[-1] if end else 0
    if source.read(0, 3) != b"ORC" or length + 1 > len(end) or not end[:-1].endswith(b"ORC"):
        raise FileRejected("not_orc", "The file does not begin and end as ORC does: it is damaged or not ORC.")
    try:
        return _tail(source, end[-1 - length : -1], length)
    except (
        ValueError,
        IndexError,
        zlib.error,
        zstandard.ZstdError,
        cramjam.DecompressionError,
        OverflowError,
    ) as error:
        raise FileRejected("corrupt", f"The footer of the ORC file is damaged: {error}.") from error


def _tail(source: ByteSource, postscript: bytes, length: int) -> Tail:
    said = _numbers(postscript)
    footer_length, codec = said.get(1, 0), said.get(2, 0)
    start = source.size - 1 - length - footer_length
    if start < 3 or footer_length > FOOTER_BYTES:
        raise ValueError(f"it claims {footer_length} bytes")
    if codec not in _CODECS:
        raise FileRejected("unsupported_compression", f"The ORC file is compressed with {_NAMES.get(codec, codec)}.")
    footer = _plain(source.read(start, footer_length), codec, said.get(3, 256 * 1024))
    return _footer(footer, codec)


def _footer(footer: bytes, codec: int) -> Tail:
    said: dict[int, int] = {}
    kinds, ranges, stripes = [], [], []
    for number, value in fields(footer):
        if number == 10:
            raise FileRejected("encrypted", "The ORC file has encrypted columns: the pipeline has no key.")
        if isinstance(value, int):
            said[number] = value
        elif number == 3:
            stripe = _numbers(value)
            stripes.append((stripe.get(5, 0), sum(stripe.get(n, 0) for n in (2, 3, 4))))
        elif number == 4:
            kinds.append(_type(value))
        elif number == 7:
            ranges.append(_range(value))
    ranges += [None] * (len(kinds) - len(ranges))
    columns = tuple(Column(kind, inner, ranges[n]) for n, (kind, inner) in enumerate(kinds))
    return Tail(said.get(6, 0), tuple(stripes), columns, said.get(11, 0), codec, footer)


def _type(content: bytes) -> tuple[int, tuple[int, ...]]:
    kind, inner = 0, []
    for number, value in fields(content):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 2:
            inner += [value] if isinstance(value, int) else list(_packed(value))
    return kind, tuple(inner)


def _range(content: bytes) -> tuple[int, int] | None:
    """Least and greatest date or timestamp of a column's statistics, in milliseconds; the UTC ones are preferred."""
    for number, value in fields(content):
        if number in (7, 9) and isinstance(value, bytes):
            unit = _DAY_MS if number == 7 else 1
            said = {n: unit * ((v >> 1) ^ -(v & 1)) for n, v in _numbers(value).items()}
            least, most = said.get(3, said.get(1)), said.get(4, said.get(2))
            return None if least is None or most is None else (least, most)
    return None


def fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffers message by number: numbers and bytes as they come. Raises ValueError."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        if tag & 7 == 0:
            value, at = _varint(content, at)
            yield tag >> 3, value
            continue
        length, at = {1: (8, at), 5: (4, at)}.get(tag & 7) or _varint(content, at) if tag & 7 in (1, 2, 5) else (-1, at)
        if not 0 <= length <= len(content) - at:
            raise ValueError(f"a field at byte {at} of {len(content)} is longer than the rest")
        yield tag >> 3, content[at : at + length]
        at += length


def _numbers(content: bytes) -> dict[int, int]:
    return {number: value for number, value in fields(content) if isinstance(value, int)}


def _packed(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _varint(content, at)
        yield value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(content) or shift > 63:
            raise ValueError(f"a number at byte {at} has no end")
        value |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 0x80:
            return value, at


def _plain(content: bytes, codec: int, chunk_bytes: int) -> bytes:
    """The content of a compressed stream: chunks of at most `chunk_bytes`, each behind three bytes of its length."""
    if not codec:
        return content
    plain, at = bytearray(), 0
    while at < len(content):
        head = int.from_bytes(content[at : at + 3], "little")
        chunk = content[at + 3 : at + 3 + (head >> 1)]
        at += 3 + (head >> 1)
        if at > len(content):
            raise ValueError("a chunk is longer than the rest")
        plain += chunk if head & 1 else _CODECS[codec](chunk, min(chunk_bytes, FOOTER_BYTES))
        if len(plain) > FOOTER_BYTES:
            raise ValueError(f"it is larger than the limit of {FOOTER_BYTES} bytes")
    return bytes(plain)


def _zlib(chunk: bytes, most: int) -> bytes:
    return zlib.decompressobj(-15).decompress(chunk, most)


def _zstd(chunk: bytes, most: int) -> bytes:
    return zstandard.ZstdDecompressor(max_window_size=FOOTER_BYTES * 2).decompress(chunk, most)


def _snappy(chunk: bytes, most: int) -> bytes:
    return bytes(cramjam.snappy.decompress_raw(chunk))


def _lz4(chunk: bytes, most: int) -> bytes:
    return bytes(cramjam.lz4.decompress_block(chunk, output_len=most))


_NAMES = {3: "LZO", 6: "BROTLI"}
_CODECS: dict[int, Callable[[bytes, int], bytes]] = {0: lambda c, _: c, 1: _zlib, 2: _snappy, 4: _lz4, 5: _zstd}
