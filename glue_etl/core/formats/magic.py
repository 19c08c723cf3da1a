"""The formats that the pipeline does not read, by their magic bytes, and what to tell the person who sent one.

Sources: the `file` command's magic database, PKWARE's APPNOTE (zip), RFC 8878 (zstd), RFC 4880 and RFC 9580 (OpenPGP),
the LZ4 frame format, POSIX ustar, each format's own specification.
"""

from __future__ import annotations

import re

from glue_etl.core.formats.rejections import rejected

# (offset, magic bytes, code, what it is). The first that fits wins. All are too odd to begin a table of text.
FOREIGN: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"PK\x03\x04", "archive", "a zip archive"),
    (0, b"PK\x05\x06", "archive", "an empty zip archive"),
    (0, b"PK\x07\x08", "archive", "a split zip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "archive", "a RAR archive"),
    (257, b"ustar", "archive", "a tar archive"),
    (0, b"\x04\x22\x4d\x18", "unsupported_compression", "compressed with lz4"),
    (0, b"LZIP\x01", "unsupported_compression", "compressed with lzip"),
    (0, b"\x1f\x9d", "unsupported_compression", "compressed with compress (.Z)"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet", "an old or password-protected Office file (xls, doc)"),
    (0, b"-----BEGIN PGP MESSAGE-----", "encrypted", "encrypted with PGP"),
    (0, b"\xc1\xc0\x4c\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x84\x8c\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x85\x01\x0c\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x85\x01\x8c\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x85\x02\x0c\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x84\x5e\x03", "encrypted", "encrypted with PGP"),
    (0, b"\x8c\x0d\x04", "encrypted", "encrypted with a PGP passphrase"),
    (0, b"Salted__", "encrypted", "encrypted with openssl enc"),
    (0, b"age-encryption.org/v1\n", "encrypted", "encrypted with age"),
    (0, b"$ANSIBLE_VAULT;", "encrypted", "encrypted with Ansible Vault"),
    (0, b"%PDF-", "unsupported_format", "a PDF document"),
    (0, b"{\\rtf", "unsupported_format", "an RTF document"),
    (0, b"\x89PNG\r\n\x1a\n", "unsupported_format", "a PNG image"),
    (0, b"\xff\xd8\xff", "unsupported_format", "a JPEG image"),
    (0, b"GIF87a", "unsupported_format", "a GIF image"),
    (0, b"GIF89a", "unsupported_format", "a GIF image"),
    (0, b"II*\x00", "unsupported_format", "a TIFF image"),
    (0, b"MM\x00*", "unsupported_format", "a TIFF image"),
    (0, b"SQLite format 3\x00", "unsupported_format", "an SQLite database"),
    (8, b"DUCK", "unsupported_format", "a DuckDB database"),
    (0, b"\x89HDF\r\n\x1a\n", "unsupported_format", "an HDF5 file"),
    (0, b"CDF\x01", "unsupported_format", "a netCDF file"),
    (0, b"CDF\x02", "unsupported_format", "a netCDF file"),
    (0, b"ARROW1\x00\x00", "unsupported_format", "an Arrow or Feather file"),
    (0, b"FEA1\x00", "unsupported_format", "a Feather (version 1) file"),
    (0, b"\xff\xff\xff\xff\x00", "unsupported_format", "an Arrow stream"),
    (0, b"\x93NUMPY", "unsupported_format", "a NumPy array"),
    (0, b"SEQ\x06", "unsupported_format", "a Hadoop sequence file"),
    (0, b"RCF\x01", "unsupported_format", "an RCFile"),
    (0, b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc2\xea\x81\x60", "unsupported_format", "a SAS data set"),
    (0, b"$FL2@(#)", "unsupported_format", "an SPSS file"),
    (0, b"<stata_dta>", "unsupported_format", "a Stata file"),
    (0, b"RDX2\n", "unsupported_format", "an R data file"),
    (0, b"RDX3\n", "unsupported_format", "an R data file"),
    (0, b"MATLAB 5.0 MAT-file", "unsupported_format", "a MATLAB file"),
    (0, b"\x7fELF", "unsupported_format", "a program"),
    *((0, bytes((0x80, version)) + opcode, "unsupported_format", "a Python pickle")
      for version in (2, 3, 4, 5) for opcode in (b"\x95", b"c", b"}", b"]", b"(")),
)  # fmt: skip

ADVICE = {
    "archive": "Unpack it and upload the files inside, one object each.",
    "spreadsheet": "Save the sheet as CSV (UTF-8) and upload that.",
    "unsupported_compression": "Upload it uncompressed, or compress it with gzip, bzip2, zstd or xz.",
    "encrypted": "Decrypt it and upload the plain file: the bucket encrypts it at rest.",
    "unsupported_format": "Export the data as CSV, JSON, Parquet, ORC or Avro and upload that.",
}

_SHEET = re.compile(rb"xl/|\[Content_Types\]\.xml|application/vnd\.oasis\.opendocument\.spreadsheet")
_PROLOGUE = re.compile(r"\s*<(\?xml|!doctype|!--|html)", re.IGNORECASE)
_ELEMENT = re.compile(r"\s*<[a-z][\w.:-]*(\s[^<>]*)?/?>", re.IGNORECASE)


def is_sheet(head: bytes) -> bool:
    """Whether a zip is a spreadsheet, or another document of an office."""
    return bool(_SHEET.search(head[:4096]))


def refuse_foreign(head: bytes) -> None:
    """Raise FileRejected if the first bytes are those of a format that the pipeline does not read."""
    for offset, magic, code, kind in FOREIGN:
        if head.startswith(magic, offset):
            raise _foreign(code, kind, head)


def refuse_markup(text: str) -> None:
    """Raise FileRejected for XML and HTML, such as the error page of a server saved in place of the data."""
    # An element that closes nowhere is none: character maps begin with <code_set_name>.
    if _PROLOGUE.match(text) or (_ELEMENT.match(text) and ("</" in text or "/>" in text)):
        kind = "an HTML page" if "html" in text[:1024].lower() else "XML"
        raise _foreign("unsupported_format", kind, b"")


def _foreign(code: str, kind: str, head: bytes) -> Exception:
    if code == "archive" and is_sheet(head):
        code, kind = "spreadsheet", "a spreadsheet or another Office file (a zip of XML)"
    return rejected(code, f"The file is {kind}, which the pipeline does not read. {ADVICE[code]}")
