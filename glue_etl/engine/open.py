"""Which format a file has: what its bytes prove, whatever its name says; the name decides between tables and JSON in doubt.

Asks for the first 64 KiB of the (decompressed) content alone.
"""

from __future__ import annotations

import codecs
import importlib
import json
from typing import Any, cast

from glue_etl.core.formats.columnar import MAGIC
from glue_etl.core.formats.delimited import is_table
from glue_etl.core.formats.magic import refuse_foreign, refuse_markup
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import SAMPLE_BYTES, Sample
from glue_etl.core.formats.text import Text
from glue_etl.engine.containers import HEAD_BYTES, NONE, container_of, head
from glue_etl.engine.model import ByteSource, Format

FORMATS = {name: f"glue_etl.engine.{name}" for name in ("csv", "json", "parquet", "orc", "avro")}
"""The module of each format; each is imported when a file of its format comes."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = "\x01\x02\x1c\x1d\x1e\x1f"
"""Control characters that some writers put between values and records."""
_TEXT_CONTROLS = "\t\n\v\f\r\x1a\x1b\x7f" + _SEPARATORS
_MOST_CONTROLS = 0.02


def open_format(source: ByteSource) -> tuple[str, Format]:
    """The name of the file's format, and its module. Raises FileRejected for content that none of them reads."""
    name = format_of(source)
    return name, format_module(name)


def format_module(name: str) -> Format:
    return cast(Format, importlib.import_module(FORMATS[name]))


def format_of(source: ByteSource) -> str:
    """One of FORMATS. Raises FileRejected."""
    first = source.read(0, HEAD_BYTES)
    if not first:
        raise rejected("empty_file", "The file is empty. Upload it again with its content, or delete it.")
    container = container_of(first)
    sample = _sample(source, container)
    promise = sample.promise
    for name, magic in MAGIC.items():
        if first.startswith(magic) and not (promise in ("csv", "json") and _is_text(_decoded(first))):
            return name
    if container == NONE:
        refuse_foreign(first)
    if promise in MAGIC:
        found = f"it begins with {first[:8]!r} instead of {MAGIC[promise]!r}"
        raise rejected(f"not_{promise}", f"The name says {promise}, but {found}. Write it again and upload it whole.")
    return _of_text(sample)


def _sample(source: ByteSource, container: str) -> Sample:
    """The first bytes of the content, and what the name promises of it."""
    content = head(source, SAMPLE_BYTES)
    size = source.size if container == NONE else len(content) + (len(content) == SAMPLE_BYTES)
    return Sample.of(source.name, size, content, b"")


def _of_text(sample: Sample) -> str:
    content = _decoded(sample.head)
    if not content.strip("\0 \t\r\n") and sample.whole:
        raise rejected(
            "empty_file", "The file holds nothing but blank space. Upload it again with its content, or delete it."
        )
    if not _is_text(content):
        reason = (
            "The file is binary and none of Parquet, ORC and Avro. Export the data as CSV, JSON, Parquet, ORC or Avro."
        )
        raise rejected("unknown_format", reason)
    if sample.promise == "json":
        return "json"
    if _begins_like_json(content, sample.whole):
        return "json"
    if not sample.promise or not sample.whole or content.rstrip().endswith(">"):
        refuse_markup(content)
    if not sample.promise and not is_table(Text(content, "utf-8", sample.whole)):
        raise rejected(
            "unknown_format",
            "The file is text, but neither JSON nor a table: its lines do not have the same number of columns. "
            "If it is CSV or JSON, give it a name that ends with .csv, .tsv, .json or .jsonl.",
        )
    return "csv"


def _decoded(content: bytes) -> str:
    """The bytes as text as far as the question of the format needs it: other encodings than UTF keep their ASCII."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(content).removeprefix("\ufeff")
    half = len(content) // 2
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half > 4 and content[start::2].count(0) > 0.8 * half and content[1 - start :: 2].count(0) < 0.05 * half:
            return content[: 2 * half].decode(encoding, "replace")
    return content.decode("latin-1")


def _is_text(content: str) -> bool:
    sample = content[:8192]
    controls = sum(character < " " and character not in _TEXT_CONTROLS for character in sample)
    return "\0" not in content and controls <= _MOST_CONTROLS * len(sample)


def _begins_like_json(content: str, whole: bool) -> bool:
    """Whether text that nobody calls JSON is it: an object, an array of objects, or one of these that is cut off."""
    text = content.lstrip()
    if not text.startswith(("{", "[")):
        return False
    document, end = _first_document(text)
    if isinstance(document, dict):
        return bool(document) and text[end:].lstrip(" \t")[:1] in ("", "\n", "\r", "{")
    if isinstance(document, list):
        return any(isinstance(item, dict) for item in document) and not text[end:].strip()
    return not whole and text.lstrip("[ \t\r\n").startswith(('{"', '{ "', "{\n"))


def _first_document(text: str) -> tuple[Any, int]:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
