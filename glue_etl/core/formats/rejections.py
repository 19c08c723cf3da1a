"""Every reason for which detection refuses a file: a code that never changes, and what it means.

The sentence that a person gets says what was found and what to do; it stands where the error is raised.
"""

from __future__ import annotations

from glue_etl.core.errors import FileRejected

REJECTIONS = {
    "empty_file": "The file has no bytes, or nothing but blank space.",
    "not_parquet": "The name or the first bytes say Parquet; the footer is missing or damaged.",
    "not_orc": "The name or the first bytes say ORC; the postscript is missing or damaged.",
    "not_avro": "The name says Avro; the content is something else.",
    "not_json": "The name says JSON; the content starts with something else.",
    "truncated_avro": "An Avro file that does not end with its sync marker: the upload stopped early.",
    "truncated_compression": "A compressed file that ends inside its stream: the upload stopped early.",
    "corrupt_compression": "A compressed file that cannot be decompressed.",
    "compressed_container": "A Parquet, ORC or Avro file compressed as a whole: nothing can seek in it.",
    "compressed_twice": "A compressed file inside a compressed file.",
    "encrypted": "An encrypted file: the pipeline has no key.",
    "archive": "An archive of many files (zip, tar, 7z, rar).",
    "spreadsheet": "A spreadsheet (xlsx, xls, ods).",
    "unsupported_compression": "A compression that the pipeline does not read (lz4, lzip, compress).",
    "unsupported_format": "A known format that the pipeline does not read (PDF, image, XML, HTML, database file).",
    "unsupported_encoding": "An encoding, stated by a contract, that nobody knows.",
    "decompression_bomb": "A compressed file that holds far more than its size allows.",
    "no_records": "A JSON document without a list where the contract's json.records says.",
    "doubtful_encoding": "Text in one of several encodings, between which its bytes do not decide.",
    "unknown_format": "None of CSV, JSON, Parquet, ORC and Avro.",
}


def rejected(code: str, reason: str) -> FileRejected:
    """The error to raise: `code` is one of REJECTIONS, `reason` says what was found and what to do next."""
    return FileRejected(code, reason)
