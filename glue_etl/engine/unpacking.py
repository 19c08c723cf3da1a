"""The decompressors behind engine/containers.py: each turns a ByteSource into bounded blocks, or raises FileRejected.

zlib, bz2, lzma and zipfile are Python's own; zstandard and cramjam (framed snappy, with its checksums) are needed beside.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import zstandard

from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.model import MIB, ByteSource
from glue_etl.engine.unpacking_frames import snappy_blocks
from glue_etl.engine.unpacking_zip import zip_blocks

READ_BYTES = MIB
_XZ_MEMORY = 192 * MIB  # xz -9 needs 65 MiB
_ZSTD_WINDOW = 128 * MIB  # zstd --long
_ZSTD_STEP = 256  # zstandard's stream has no bound on what it gives: four bytes can make 128 KiB, so these make 8 MiB


class _Stream(Protocol):
    """One compressed stream: `push` gives at most `most` bytes, b"" when it needs more input or has ended."""

    eof: bool
    unused: bytes

    def push(self, data: bytes, most: int) -> bytes: ...
    def starved(self) -> bool: ...


class _Zlib:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.eof, self.unused = False, b""

    def push(self, data: bytes, most: int) -> bytes:
        plain = self._stream.decompress(self._stream.unconsumed_tail + data, most)
        self.eof, self.unused = self._stream.eof, self._stream.unused_data
        self._full = len(plain) == most
        return plain

    def starved(self) -> bool:
        return not self._stream.unconsumed_tail and not self._full


class _Native:
    """bz2 and lzma, which keep what they have not used yet."""

    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream
        self.eof, self.unused = False, b""

    def push(self, data: bytes, most: int) -> bytes:
        plain = self._stream.decompress(data, most)
        self.eof, self.unused = self._stream.eof, self._stream.unused_data
        return plain

    def starved(self) -> bool:
        return self._stream.needs_input


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._waiting, self.eof, self.unused = b"", False, b""

    def push(self, data: bytes, most: int) -> bytes:
        self._waiting = self._waiting + data if self._waiting else data
        plain, place = bytearray(), 0
        while place < len(self._waiting) and len(plain) < most and not self._stream.eof:
            plain += self._stream.decompress(self._waiting[place : place + _ZSTD_STEP])
            place += _ZSTD_STEP
        rest, self._waiting = self._waiting[place:], b""
        self.eof = self._stream.eof
        if self.eof:
            self.unused = self._stream.unused_data + rest
        else:
            self._waiting = rest
        return bytes(plain)

    def starved(self) -> bool:
        return not self._waiting


_STREAMS: dict[str, Callable[[], _Stream]] = {
    "gzip": _Zlib,
    "bzip2": lambda: _Native(bz2.BZ2Decompressor()),
    "xz": lambda: _Native(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)),
    "zstd": _Zstd,
}
_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, ValueError, EOFError)


def unpack(source: ByteSource, container: str, block_bytes: int) -> Iterator[bytes]:
    """The text inside, in blocks of at most `block_bytes`, none empty. Raises FileRejected where it is damaged or cut off."""
    if container == "zip":
        return zip_blocks(source, block_bytes)
    if container == "snappy":
        return _cut(snappy_blocks(source), block_bytes)
    return _cut(_streams(source, container, block_bytes), block_bytes)


def _cut(blocks: Iterator[bytes], most: int) -> Iterator[bytes]:
    for block in blocks:
        if len(block) <= most:
            yield block
        else:
            yield from (block[at : at + most] for at in range(0, len(block), most))


def _streams(source: ByteSource, container: str, most: int) -> Iterator[bytes]:
    """Stream after stream to the end of the file. Zeros behind one are padding; anything else there is damage."""
    stream: _Stream | None = _STREAMS[container]()
    for offset in range(0, source.size, READ_BYTES):
        data = source.read(offset, READ_BYTES)
        while data:
            if stream is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                stream = _STREAMS[container]()
            yield from _drain(stream, data, most, container)
            data = stream.unused if stream.eof else b""
            stream = None if stream.eof else stream
    if stream is not None:
        raise _truncated(container, source.size)


def _drain(stream: _Stream, data: bytes, most: int, container: str) -> Iterator[bytes]:
    """All that the stream makes of `data`."""
    while True:
        try:
            plain = stream.push(data, most)
        except _DAMAGE as error:
            raise _corrupt(container, error) from error
        if plain:
            yield plain
        if stream.eof or stream.starved():
            return
        data = b""


def _truncated(container: str, size: int) -> Exception:
    return rejected(
        "truncated_compression",
        f"The {container} file ends inside its stream, after {size:,} bytes: it was cut off while it was written or "
        "uploaded. Upload it again.",
    )


def _corrupt(container: str, error: Exception) -> Exception:
    return rejected("corrupt_compression", f"The {container} file cannot be decompressed ({error}). Compress it again.")
