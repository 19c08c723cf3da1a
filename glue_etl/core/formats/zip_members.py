"""Which zips are read: those that hold one file. Folders and macOS's __MACOSX/ forks are not counted.

Stored and deflated members only: these can be read in bounded steps.
"""

from __future__ import annotations

import zipfile
import zlib

from glue_etl.core.formats.magic import refused
from glue_etl.core.formats.rejections import rejected

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
"""What zipfile raises for bytes that are no sound zip."""
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OFFICE = ("[Content_Types].xml", "mimetype")
"""Members that each Office Open XML or OpenDocument file has."""


def only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file in a zip. Raises FileRejected for other numbers of files, and for one that can't be read."""
    members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        if any(member.filename in _OFFICE for member in members):
            raise refused("spreadsheet", "a spreadsheet or another Office file (a zip of XML)")
        raise refused("archive", f"a zip archive of {len(members)} files")
    if members[0].flag_bits & _ENCRYPTED:
        raise rejected("encrypted", "The zip's file is encrypted. Decrypt it and upload the plain file.")
    if members[0].compress_type not in _METHODS:
        method = zipfile.compressor_names.get(members[0].compress_type, members[0].compress_type)  # type: ignore[attr-defined]
        reason = f"The zip's file is compressed with {method}. Upload it uncompressed, or compress it with gzip."
        raise rejected("unsupported_compression", reason)
    return members[0]
