"""An Avro object container file as bytes: its header, its blocks between sync markers, and their decompression with limits.

See avro.apache.org, specification, "Object Container Files".
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cramjam
import zstandard

from glue_etl.core.errors import FileRejected
from glue_etl.engine.columnar_files import RangeFile
from glue_etl.engine.model import MIB, ByteSource

MAGIC = b"Obj\x01"
SYNC_BYTES = 16
HEADER_BYTES = 16 * MIB
BLOCK_BYTES = 128 * MIB
"""The largest block, compressed or not: writers make blocks of 16 KB to some MB, and one is held in memory."""


@dataclass(frozen=True, slots=True)
class Header:
    """The metadata of a file, its sync marker, and where its first block begins."""

    schema: str
    codec: str
    sync: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block of `count` records, `payload` still compressed. It ends with its sync marker at `end`."""

    start: int
    end: int
    count: int
    payload: bytes


def corrupt(reason: str) -> FileRejected:
    """The error of a damaged Avro file."""
    return FileRejected("corrupt", f"The Avro file is damaged: {reason}.")


def read_header(source: ByteSource) -> Header:
    """Raises FileRejected if the file has no whole header."""
    content = RangeFile(source)
    if content.read(4) != MAGIC:
        raise FileRejected("not_avro", "The file does not begin with Obj 1: it is damaged or not Avro.")
    metadata: dict[bytes, bytes] = {}
    while count := _long(content, "header"):
        if count < 0:
            count, _ = -count, _long(content, "header")
        for _ in range(count):
            key = _taken(content, _long(content, "header"))
            metadata[key] = _taken(content, _long(content, "header"))
    sync = _taken(content, SYNC_BYTES)
    codec = metadata.get(b"avro.codec", b"null").decode("ascii", "replace")
    if codec not in _CODECS:
        raise FileRejected("unsupported_compression", f"The Avro file is compressed with {codec!r}.")
    return Header(metadata.get(b"avro.schema", b"").decode("utf-8", "replace"), codec, sync, content.tell())


def _taken(content: RangeFile, length: int) -> bytes:
    if not 0 <= length <= HEADER_BYTES or content.tell() > HEADER_BYTES:
        raise corrupt("its header is larger than any")
    taken = content.read(length)
    if len(taken) < length:
        raise corrupt("it ends inside its header")
    return taken


def _long(content: RangeFile, where: str) -> int:
    """A zigzag number of up to 64 bits, low seven bits first."""
    value, shift = 0, 0
    while True:
        byte = content.read(1)
        if not byte or shift > 63:
            raise corrupt(f"it ends inside its {where}" if not byte else f"a number in its {where} has no end")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def blocks(source: ByteSource, header: Header, start: int, end: int) -> Iterator[Block]:
    """The blocks that begin from `start` (where one begins) up to before `end`, each checked to end with the sync marker."""
    yield from _walk(source, header, start, end, True)


def block_ends(source: ByteSource, header: Header, start: int, end: int) -> tuple[int, int]:
    """Where the last block that begins before `end` ends, and the records of all from `start` on. Reads no payload."""
    count = 0
    for block in _walk(source, header, start, end, False):
        start, count = block.end, count + block.count
    return start, count


def _walk(source: ByteSource, header: Header, start: int, end: int, whole: bool) -> Iterator[Block]:
    content = RangeFile(source)
    while start < end:
        content.seek(start)
        where = f"block at byte {start}"
        count, size = _long(content, where), _long(content, where)
        if count < 0 or not 0 <= size <= source.size - content.tell() - SYNC_BYTES:
            raise corrupt(f"the {where} claims {count} records in {size} bytes, more than the file has")
        if size > BLOCK_BYTES:
            raise FileRejected("too_large", f"The {where} has {size} bytes, more than the limit of {BLOCK_BYTES}.")
        payload = content.read(size) if whole else b""
        content.seek(content.tell() + size - len(payload))
        if content.read(SYNC_BYTES) != header.sync:
            raise corrupt(f"the {where} does not end with the sync marker")
        yield Block(start, content.tell(), count, payload)
        start = content.tell()


def next_block(source: ByteSource, header: Header, start: int) -> int:
    """Where the first block at or after `start` begins: behind a sync marker. The file's size if there is none."""
    at, overlap = max(header.end, start) - SYNC_BYTES, b""
    while at < source.size:
        content = overlap + source.read(at, MIB)
        found = content.find(header.sync)
        if found >= 0:
            return at - len(overlap) + found + SYNC_BYTES
        at += MIB
        overlap = content[-SYNC_BYTES + 1 :]
    return source.size


def payload_of(block: Block, codec: str) -> bytes:
    """The decompressed records of a block. Raises FileRejected for a damaged one and one above the limit."""
    try:
        payload = _CODECS[codec](block.payload)
    except (
        zlib.error,
        lzma.LZMAError,
        zstandard.ZstdError,
        cramjam.DecompressionError,
        OSError,
        ValueError,
        EOFError,
    ) as e:
        raise corrupt(f"the block at byte {block.start} can't be decompressed ({codec}: {e})") from e
    if len(payload) > BLOCK_BYTES:
        raise FileRejected(
            "too_large", f"The block at byte {block.start} holds more than the limit of {BLOCK_BYTES} bytes."
        )
    return payload


def _deflate(payload: bytes) -> bytes:
    inflater = zlib.decompressobj(-15)
    content = inflater.decompress(payload, BLOCK_BYTES + 1)
    if len(content) <= BLOCK_BYTES and not inflater.eof:
        raise ValueError("it is cut short")
    return content


def _snappy(payload: bytes) -> bytes:
    """Snappy's own framing is not used; behind the data stands the CRC-32 of what it was."""
    content = payload[:-4]
    length, shift = 0, 0
    for byte in content[:5]:
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > BLOCK_BYTES:
        raise ValueError(f"it claims {length} bytes, more than the limit")
    plain = bytes(cramjam.snappy.decompress_raw(content))
    if zlib.crc32(plain) != int.from_bytes(payload[-4:], "big"):
        raise ValueError("its checksum is wrong")
    return plain


def _bzip2(payload: bytes) -> bytes:
    return _limited(bz2.BZ2Decompressor(), payload)


def _xz(payload: bytes) -> bytes:
    return _limited(lzma.LZMADecompressor(memlimit=BLOCK_BYTES * 2), payload)


def _limited(decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor, payload: bytes) -> bytes:
    content = decompressor.decompress(payload, BLOCK_BYTES + 1)
    if len(content) <= BLOCK_BYTES and not decompressor.eof:
        raise ValueError("it is cut short")
    return content


def _zstandard(payload: bytes) -> bytes:
    with zstandard.ZstdDecompressor(max_window_size=BLOCK_BYTES).stream_reader(payload) as content:
        return content.read(BLOCK_BYTES + 1)


_CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": _deflate,
    "snappy": _snappy,
    "bzip2": _bzip2,
    "zstandard": _zstandard,
    "xz": _xz,
}
