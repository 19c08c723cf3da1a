"""What a file is packed in, and its text as blocks of bytes: gzip, bzip2, zstd, xz, framed snappy, zip with one member.

The text is never held as a whole. A bomb (Limits), a damaged or cut container, an encrypted or many-membered zip, a
container in a container and a Parquet, ORC or Avro file packed as a whole are FileRejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from glue_etl.core.formats.containers import HEAD_BYTES, NONE, container_of, refuse_inside
from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.model import MIB, ByteSource
from glue_etl.engine.unpacking import unpack

__all__ = ["HEAD_BYTES", "NONE", "Counting", "Limits", "container_of", "head", "open_text", "tail"]

TEXT_BLOCK_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come out of a container: `size` bytes in all, and `ratio` times its own size beyond `free` bytes.

    gzip makes at most 1,032 bytes of one; real tables 3 to 50, logs up to about 150. Memory is bounded in any case: the
    limits bound time and disk.
    """

    size: int = 128 * 1024 * MIB
    ratio: int = 250
    free: int = 256 * MIB


@dataclass(slots=True)
class Counting:
    """A source that tells how many bytes its text has, once it was read to the end; -1 before: what its records must add up to.

    That is the decompressor's own count: the reader of the text has no part in it.
    """

    source: ByteSource
    text_bytes: int = -1

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def size(self) -> int:
        return self.source.size

    def read(self, offset: int, length: int) -> bytes:
        return self.source.read(offset, length)

    def counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The blocks of the text, which are all of it where they end."""
        self.text_bytes, size = -1, 0
        for block in blocks:
            size += len(block)
            yield block
        self.text_bytes = size


def open_text(source: ByteSource, limits: Limits | None = None, block_bytes: int = TEXT_BLOCK_BYTES) -> Iterator[bytes]:
    """The decompressed bytes of a file in order, in blocks of at most `block_bytes`, none empty; raises FileRejected."""
    container = container_of(source.read(0, HEAD_BYTES))
    if container == NONE:
        return _plain_blocks(source, block_bytes)
    blocks = _limited(source, container, limits or Limits(), block_bytes)
    return source.counted(blocks) if isinstance(source, Counting) else blocks


def _plain_blocks(source: ByteSource, block_bytes: int) -> Iterator[bytes]:
    for offset in range(0, source.size, block_bytes):
        yield source.read(offset, block_bytes)


def _limited(source: ByteSource, container: str, limits: Limits, block_bytes: int) -> Iterator[bytes]:
    total, packed, first = 0, source.size, b""
    for block in unpack(source, container, block_bytes):
        total += len(block)
        if len(first) < HEAD_BYTES:
            first += block[: HEAD_BYTES - len(first)]
            refuse_inside(container, first)
        if total > limits.size or total > max(limits.free, limits.ratio * packed):
            raise _bomb(container, total, packed, limits)
        yield block


def _bomb(container: str, total: int, packed: int, limits: Limits) -> Exception:
    return rejected(
        "decompression_bomb",
        f"The {container} file of {packed:,} bytes holds more than {total:,} bytes; allowed are {limits.size:,} bytes, and "
        f"beyond {limits.free:,} bytes {limits.ratio} times its own size. If that is right, upload it uncompressed.",
    )


def head(source: ByteSource, size: int, limits: Limits | None = None) -> bytes:
    """The first `size` bytes of the decompressed text; fewer only where it ends."""
    taken = bytearray()
    for block in open_text(source, limits, min(size, TEXT_BLOCK_BYTES)):
        taken += block
        if len(taken) >= size:
            break
    return bytes(taken[:size])


def tail(source: ByteSource, size: int) -> bytes:
    """The last `size` bytes of a file that is in no container; b"" for any other: only reading it all would tell."""
    if container_of(source.read(0, HEAD_BYTES)) != NONE:
        return b""
    start = max(0, source.size - size)
    return source.read(start, source.size - start)
