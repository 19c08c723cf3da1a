"""A zip file that holds exactly one file, read by streaming."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.zip_members import DAMAGE, only_member
from glue_etl.engine.model import MIB, ByteSource

_DIRECTORY_BYTES = 16 * MIB


class _Seekable(io.RawIOBase):
    """A ByteSource as the file object that zipfile wants."""

    def __init__(self, source: ByteSource) -> None:
        self._source, self._place = source, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise OSError(f"a place before the file's first byte ({base + offset})")
        self._place = base + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._source.size - self._place)
        wanted = left if size < 0 else min(size, left)
        if wanted > _DIRECTORY_BYTES:
            raise rejected("archive", f"The zip's list of members has {wanted:,} bytes: it is no zip of one file.")
        data = self._source.read(self._place, wanted) if wanted else b""
        self._place += len(data)
        return data


def zip_blocks(source: ByteSource, block_bytes: int) -> Iterator[bytes]:
    """The text of the only member. Raises FileRejected for other numbers of members, encryption, damage and cut ends."""
    try:
        archive = zipfile.ZipFile(_Seekable(source))
        with archive, archive.open(only_member(archive)) as member:
            while block := member.read(min(block_bytes, MIB)):
                yield block
    except DAMAGE as error:
        raise _damaged(source, error) from error


def _damaged(source: ByteSource, error: Exception) -> Exception:
    end = source.read(max(0, source.size - 65557), 65557)
    if b"PK\x05\x06" not in end:
        reason = (
            f"The zip ends without its list of members, after {source.size:,} bytes: it was cut off. Upload it again."
        )
        return rejected("truncated_compression", reason)
    return rejected("corrupt_compression", f"The zip cannot be decompressed ({error}). Compress it again.")
