"""A zip file that holds exactly one file, read by streaming. Folders and macOS's __MACOSX/ forks are not counted.

Stored and deflated members only: these can be read in bounded steps.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from glue_etl.core.formats.magic import refuse_foreign
from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.model import MIB, ByteSource

_DIRECTORY_BYTES = 16 * MIB
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


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
        archive = zipfile.ZipFile(_Seekable(source))  # type: ignore[arg-type]
        with archive, archive.open(_only_member(archive, source)) as member:
            while block := member.read(min(block_bytes, MIB)):
                yield block
    except _DAMAGE as error:
        raise _damaged(source, error) from error


def _only_member(archive: zipfile.ZipFile, source: ByteSource) -> zipfile.ZipInfo:
    members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        refuse_foreign(source.read(0, 4096))
        raise rejected("archive", f"The file is a zip archive of {len(members)} files.")
    if members[0].flag_bits & _ENCRYPTED:
        raise rejected("encrypted", "The zip's file is encrypted. Decrypt it and upload the plain file.")
    if members[0].compress_type not in _METHODS:
        method = zipfile.compressor_names.get(members[0].compress_type, members[0].compress_type)  # type: ignore[attr-defined]
        reason = f"The zip's file is compressed with {method}. Upload it uncompressed, or compress it with gzip."
        raise rejected("unsupported_compression", reason)
    return members[0]


def _damaged(source: ByteSource, error: Exception) -> Exception:
    end = source.read(max(0, source.size - 65557), 65557)
    if b"PK\x05\x06" not in end:
        reason = (
            f"The zip ends without its list of members, after {source.size:,} bytes: it was cut off. Upload it again."
        )
        return rejected("truncated_compression", reason)
    return rejected("corrupt_compression", f"The zip cannot be decompressed ({error}). Compress it again.")
