"""What can be seen of a packed file's content from its two ends, with Python's own means and in little memory.

gzip and bzip2: the first bytes. zip: its list of members. zstd and snappy need libraries, xz up to 65 MiB: what is in them, the
job sees. So it does where bzip2 gives nothing before a whole block (up to 900 KB of data) is there.
"""

from __future__ import annotations

import bz2
import io
import zipfile
import zlib
from collections.abc import Callable
from typing import Protocol

from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import SAMPLE_BYTES
from glue_etl.core.formats.zip_members import DAMAGE as ZIP_DAMAGE
from glue_etl.core.formats.zip_members import only_member


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "bzip2": bz2.BZ2Decompressor,
}


def look_inside(container: str, head: bytes, tail: bytes, whole: bool) -> bytes | None:
    """The first SAMPLE_BYTES of the content, or all of it where it is less; None where so much can't be seen.

    `whole`: `head` is the whole file. Decompression stops at SAMPLE_BYTES: a file of a few bytes can't fill the memory. Raises
    FileRejected for a damaged file, one that is cut off, and a zip that does not hold one file.
    """
    if container == "zip":
        _check_members(tail)
    if container not in _DECOMPRESSORS:
        return None
    try:
        content, finished = _members(head, _DECOMPRESSORS[container])
    except (zlib.error, OSError, ValueError, EOFError) as error:
        reason = f"The {container} file cannot be decompressed ({error}). Compress it again."
        raise rejected("corrupt_compression", reason) from error
    if len(content) == SAMPLE_BYTES or (whole and finished):
        return content
    if not whole:
        return None
    raise rejected(
        "truncated_compression",
        f"The {container} file ends inside its stream: it was cut off while it was written or uploaded. Upload it again.",
    )


def _members(data: bytes, decompressor: Callable[[], _Decompressor]) -> tuple[bytes, bool]:
    """The first bytes inside, and whether they are all. A file may hold several streams in a row, and zeros behind one."""
    plain = b""
    while data and len(plain) < SAMPLE_BYTES:
        stream = decompressor()
        plain += stream.decompress(data, SAMPLE_BYTES - len(plain))
        data = stream.unused_data.lstrip(b"\0")
        if not stream.eof:
            return plain, False
    return plain, not data


def _check_members(tail: bytes) -> None:
    """Raise FileRejected for a zip that does not hold one readable file; a list that is not all in `tail` says nothing."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(tail))
    except ZIP_DAMAGE:
        return
    only_member(archive)
