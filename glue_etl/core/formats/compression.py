"""gzip and bzip2: the head of what is inside, from the head of what is outside.

Decompression stops at the size of a sample, so that a file of a few bytes cannot fill the memory. bzip2 gives nothing
before a whole block (up to 900 KB of data) is there: then the inside stays unseen.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import SAMPLE_BYTES, Sample


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Inside:
    """The first bytes inside a compressed file; `whole` if they are all that is in it."""

    compression: str
    head: bytes
    whole: bool


# The magic, the name in a Detection, and what makes a decompressor. bzip2's is longer: "BZh9" might begin a text.
_KINDS: tuple[tuple[tuple[bytes, ...], str, Callable[[], _Decompressor]], ...] = (
    ((b"\x1f\x8b",), "gzip", lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)),
    (
        tuple(b"BZh%d%s" % (level, block) for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")),
        "bzip2",
        bz2.BZ2Decompressor,
    ),
)


# Read by the job alone: nothing of what is inside can be seen here.
_UNSEEN: tuple[tuple[bytes, str], ...] = (
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"PK\x03\x04", "zip"),
)


def container_unseen(head: bytes) -> str:
    """The container whose inside only the job sees: "zstd", "xz", "snappy" (framed) or "zip"; "" for none of them."""
    return next((name for magic, name in _UNSEEN if head.startswith(magic)), "")


def look_inside(sample: Sample) -> Inside | None:
    """What a gzip or bzip2 file holds; None for any other file; FileRejected if it is damaged, or cut off."""
    for magics, compression, decompressor in _KINDS:
        if sample.head.startswith(magics):
            return _decompress(sample, compression, decompressor)
    return None


def _decompress(sample: Sample, compression: str, decompressor: Callable[[], _Decompressor]) -> Inside:
    try:
        head, finished = _members(sample.head, decompressor)
    except (zlib.error, OSError, ValueError, EOFError) as error:
        raise rejected(
            "corrupt_compression", f"The {compression} file cannot be decompressed ({error}). Compress it again."
        ) from error
    if sample.whole and not finished and len(head) < SAMPLE_BYTES:
        raise rejected(
            "truncated_compression",
            f"The {compression} file ends inside its stream: it was cut off while it was written or uploaded. "
            "Upload it again.",
        )
    return Inside(compression, head, sample.whole and finished)


def _members(data: bytes, decompressor: Callable[[], _Decompressor]) -> tuple[bytes, bool]:
    """The first bytes inside, and whether they are all. A file may hold several streams in a row, and zeros."""
    plain = b""
    while data and len(plain) < SAMPLE_BYTES:
        stream = decompressor()
        plain += stream.decompress(data, SAMPLE_BYTES - len(plain))
        data = stream.unused_data.lstrip(b"\0")
        if not stream.eof:
            return plain, False
    return plain, not data
