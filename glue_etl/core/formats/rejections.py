"""Every reason for which a file is refused, before a run or in it: a code that never changes, and what it means.

The sentence that a person gets says what was found and what to do; it stands where the error is raised. docs/rejections.md is
this table for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from glue_etl.core.errors import FileRejected, GlueEtlError
from glue_etl.core.formats.registry import BINARY, KNOWN, titles
from glue_etl.core.reasons import error_text

REJECTIONS = {
    "empty_file": "The file has no bytes, nothing but blank space, or no rows where its contract wants some.",
    **{
        f"not_{known.name}": f"The name or the first bytes say {known.title}; the rest is something else, or the end is missing."
        for known in KNOWN.values()
        if known.name != "csv"
    },
    "unknown_format": f"None of {titles('and')}.",
    "unsupported_format": "A known format that the pipeline does not read (PDF, image, XML, HTML, database file).",
    "spreadsheet": "A spreadsheet or another Office file (xlsx, xls, ods).",
    "archive": "An archive that does not hold one file alone (zip, tar, 7z, rar).",
    "encrypted": "An encrypted file, footer or column: the pipeline has no key.",
    "unsupported_compression": "A compression that the pipeline does not read, of the whole file or inside it.",
    "truncated_compression": "A compressed file that ends inside its stream: the upload stopped early.",
    "corrupt_compression": "A compressed file that cannot be decompressed.",
    "compressed_container": f"A {titles('or', BINARY)} file compressed as a whole: nothing can seek in it.",
    "compressed_twice": "A compressed file inside a compressed file.",
    "decompression_bomb": "A compressed file that holds far more than its size allows.",
    "unsupported_encoding": "Text in an encoding that the pipeline does not know.",
    "doubtful_encoding": "Text in one of several encodings, between which its bytes do not decide.",
    "corrupt": "A file that breaks the rules of its own format: its place and the rule are in the reason.",
    "too_large": "A footer, block or value above the limit that the reason names.",
    "unsupported_type": "A column of a type that can't be published without losing something; the reason names it.",
    "unsupported_schema": "A schema that can't be used: invalid, endless, or nested too deeply.",
    "no_columns": "A file without a single column.",
    "no_records": "A JSON document without a list where the contract's json.records says.",
    "unreadable_column": "A column of a type that no table can hold; the reason names it.",
    "bad_contract": "The dataset's contract is wrong: a person has to change it.",
    "bad_derive": "An expression of the contract's derived columns fails on the file's columns.",
    "object_gone": "The object version was deleted before it was read.",
    "unreadable": "Reading it ended in an error that nobody has foreseen; the run's log has it.",
}


def rejected(code: str, reason: str) -> FileRejected:
    """The error to raise: `code` is one of REJECTIONS, `reason` says what was found and what to do next."""
    return FileRejected(code, reason)


def unforeseen(error: Exception) -> FileRejected:
    """The refusal of a file whose reading ended in an error of any other kind."""
    told = f"{type(error).__name__}: {error_text(str(error)[:300])}"
    return FileRejected("unreadable", f"reading it ended in an error that nobody has foreseen: {told}")


@contextmanager
def refusing() -> Iterator[None]:
    """Refuses the file whose reading ends in an error of ours, so that it stops no other; the world's errors pass."""
    try:
        yield
    except (OSError, MemoryError, GlueEtlError):
        raise
    except Exception as error:
        raise unforeseen(error) from error
