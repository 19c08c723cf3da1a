"""Which format a file has, decided in this order; the same rules hold before a run, from the two ends, and in the job.

1. Packed as a whole? Then the same is asked of what is inside, where it can be seen; Parquet, ORC and Avro inside are refused.
2. What the bytes prove, they decide, whatever the name says: a Parquet file named .csv is Parquet.
3. A name that says Parquet, ORC or Avro is a promise. Other content is refused, not guessed at: it is an error page, a failed
   export, the wrong file.
4. Text: markup is refused. A name that says JSON settles it; else what begins as JSON is JSON. Without a name that says CSV the
   rest must be a table beyond doubt, or it is refused.

How a file of a format is read (encoding, delimiter, layout) is its format's own to find out.
"""

from __future__ import annotations

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Detection
from glue_etl.core.formats.containers import NONE, binary_format, container_of, refuse_inside
from glue_etl.core.formats.json_text import begins_like_json
from glue_etl.core.formats.look_inside import look_inside
from glue_etl.core.formats.magic import refuse_foreign, refuse_markup
from glue_etl.core.formats.registry import BINARY, KNOWN, KnownFormat, titles
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import SAMPLE_BYTES, Content, promise_of
from glue_etl.core.formats.tables import is_table
from glue_etl.core.formats.text import decoded, is_text
from glue_etl.core.reasons import row_text

_BLANK = "\0 \t\r\n"


def detect(name: str, size: int, head: bytes, tail: bytes) -> Detection:
    """What the first and last (at most SAMPLE_BYTES) of a file's bytes, its size and its name say of it.

    Its format is "" where they don't decide: then the job does. Raises FileRejected, with a code of REJECTIONS and a reason for
    people, only if the job would refuse the file too.
    """
    head, tail = head[:SAMPLE_BYTES], tail[-SAMPLE_BYTES:]
    whole = size <= len(head)
    container = container_of(head)
    if container != NONE:
        return Detection(_format_inside(name, container, look_inside(container, head, tail, whole)), container)
    found = format_of(Content(head, whole, promise_of(name)))
    _refuse_damaged(KNOWN[found], head, head if whole else tail)
    return Detection(found)


def _format_inside(name: str, container: str, content: bytes | None) -> str:
    promise = promise_of(name)
    if content is None:
        return promise if promise and not KNOWN[promise].is_binary else ""
    refuse_inside(container, content)
    return format_of(Content(content, len(content) < SAMPLE_BYTES, promise))


def format_of(content: Content) -> str:
    """One of FORMATS. Raises FileRejected for content that none of them reads."""
    if not content.head:
        raise _empty("The file is empty.")
    found = binary_format(content.head)
    if found:
        return found
    refuse_foreign(content.head)
    promise = content.promise
    if promise and KNOWN[promise].is_binary:
        raise _not(
            KNOWN[promise], f"it begins with {row_text(repr(content.head[:8]))} instead of {KNOWN[promise].magic!r}"
        )
    return _format_of_text(decoded(content.head), content.whole, promise)


def _format_of_text(content: str, whole: bool, promise: str) -> str:
    if whole and not content.strip(_BLANK):
        raise _empty("The file holds nothing but blank space.")
    if not is_text(content):
        raise rejected(
            "unknown_format",
            f"The file is binary and none of {titles('and', BINARY)}. Export the data as {titles('or')}.",
        )
    if not promise or not whole or content.rstrip().endswith(">"):
        refuse_markup(content)
    if promise == "json" or begins_like_json(content, whole):
        return "json"
    if not promise and not is_table(content, whole):
        raise rejected(
            "unknown_format",
            "The file is text, but neither JSON nor a table: its lines do not have the same number of columns. "
            "If it is CSV or JSON, give it a name that ends with .csv, .tsv, .json or .jsonl.",
        )
    return "csv"


def _refuse_damaged(known: KnownFormat, head: bytes, tail: bytes) -> None:
    """Raise FileRejected for a binary file that is encrypted or has lost its end: none of them can be read in part."""
    end = tail[: len(tail) - known.behind]
    if known.encrypted and (head.startswith(known.encrypted) or end.endswith(known.encrypted)):
        reason = f"The {known.title} file has an encrypted footer: the pipeline has no key. Write it unencrypted."
        raise rejected("encrypted", reason)
    if known.ending and not end.endswith(known.ending):
        raise _not(known, "its footer is missing; the upload or the program that wrote it stopped early")


def _not(known: KnownFormat, finding: str) -> FileRejected:
    return rejected(f"not_{known.name}", f"Not {known.title}: {finding}. Write it again and upload it whole.")


def _empty(finding: str) -> FileRejected:
    return rejected("empty_file", f"{finding} Upload it again with its content, or delete it.")
