"""Framed snappy: chunks with a length each (google/snappy, framing_format.txt), decoded and checked by cramjam."""

from __future__ import annotations

from collections.abc import Iterator

import cramjam

from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.model import ByteSource

_STREAM = b"\xff\x06\x00\x00sNaPpY"
_READ_BYTES = 256 * 1024  # snappy makes at most about 21 bytes of one
_DATA, _SKIPPED_FROM = (0, 1), 0x80


def snappy_blocks(source: ByteSource) -> Iterator[bytes]:
    """The text inside. Raises FileRejected for a chunk that is cut off, damaged or of a kind that may not be skipped."""
    waiting = b""
    for offset in range(0, source.size, _READ_BYTES):
        waiting += source.read(offset, _READ_BYTES)
        end = _whole_chunks(waiting)
        plain = _decode(waiting[:end])
        if plain:
            yield plain
        waiting = waiting[end:]
    if waiting:
        reason = (
            f"The snappy file ends inside a chunk, {len(waiting):,} bytes after its last whole one. Upload it again."
        )
        raise rejected("truncated_compression", reason)


def _whole_chunks(data: bytes) -> int:
    """Where the last chunk ends that is here as a whole."""
    place = 0
    while place + 4 <= len(data):
        kind, length = data[place], int.from_bytes(data[place + 1 : place + 4], "little")
        if 1 < kind < _SKIPPED_FROM:
            raise rejected("corrupt_compression", f"The snappy file holds a chunk of the unknown kind {kind}.")
        if place + 4 + length > len(data):
            break
        place += 4 + length
    return place


def _decode(chunks: bytes) -> bytes:
    if not chunks:
        return b""
    try:
        return bytes(cramjam.snappy.decompress(_STREAM + chunks))
    except cramjam.DecompressionError as error:
        raise rejected("corrupt_compression", f"The snappy file cannot be decompressed ({error}).") from error
