"""JSON text: one document a line, or one document over many lines, and the keys of its first record.

What Spark would read only in part is refused here, because it says nothing: several documents on one line (it takes the
first), several documents over many lines (it takes the first of the file), lines that hold arrays, lines in UTF-16 (it
has no line reader for them, and its document reader takes the first). Measured with Spark 3.5.6.
"""

from __future__ import annotations

import json
import re
from typing import Any

from glue_etl.core.files.model import Detection
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import shape_of
from glue_etl.core.formats.text import UTF_16, Text

LINES, DOCUMENT = "lines", "document"

_KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_STARTS_LIKE_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\[{]")
_CLOSING = {"{": b"}", "[": b"]"}
_decoder = json.JSONDecoder(strict=False)


def looks_like_json(text: Text) -> bool:
    """Whether text of unknown kind is JSON beyond doubt: it holds a whole document, or begins one that is cut off."""
    content = text.content.lstrip()
    document, end = _first_document(content)
    if isinstance(document, dict):
        return True
    if isinstance(document, list):
        return not content[end:].strip()
    return bool(_STARTS_LIKE_JSON.match(content)) and not text.whole


def detect_json(text: Text, tail: bytes) -> Detection:
    """Read the text as JSON. `tail` is the end of the file, or empty where nobody can see it (inside a compression)."""
    content = text.content.lstrip()
    if not content.startswith(("{", "[")):
        raise rejected(
            "not_json",
            f"The name says JSON, but the content starts with {content[:12]!r} instead of {{ or [. "
            "Write one JSON object a line, or an array of objects.",
        )
    document, end = _first_document(content)
    layout = _layout(content, document, end)
    if layout == DOCUMENT:
        _refuse_truncated(content[0], tail)
    elif text.encoding == UTF_16:
        reason = "The file holds JSON lines in UTF-16, of which only the first would be read. Save it as UTF-8."
        raise rejected("unsupported_encoding", reason)
    record = document if isinstance(document, dict) else _first_element(content)
    return Detection("json", "none", text.encoding, json_layout=layout, shape=_shape(layout, text.encoding, record))


def _first_document(content: str) -> tuple[Any, int]:
    """The first JSON value and where it ends; (None, 0) if it is cut off, invalid, or nested too deep to parse."""
    try:
        document: tuple[Any, int] = _decoder.raw_decode(content)
    except (ValueError, RecursionError):
        return None, 0
    return document


def _layout(content: str, document: Any, end: int) -> str:
    if document is None:
        return _layout_of_unfinished(content)
    rest_of_line, rest = content[end:].split("\n", 1)[0], content[end:]
    if isinstance(document, dict) and "\n" not in content[:end]:
        return LINES if not rest_of_line.strip() else _refuse_concatenated()
    return DOCUMENT if not rest.strip() else _refuse_concatenated()


def _layout_of_unfinished(content: str) -> str:
    """The layout where the first document does not end in the sample, or its first line is damaged."""
    if content.startswith("["):
        return DOCUMENT
    further = [line.lstrip() for line in content.splitlines()[1:] if line.strip()]
    return LINES if not further or further[0].startswith("{") else DOCUMENT


def _refuse_concatenated() -> str:
    raise rejected(
        "concatenated_json",
        "The file holds several JSON documents that are neither one object a line nor one array, so only the first "
        'would be read. Write one object a line (Amazon Data Firehose: turn on the "New line delimiter").',
    )


def _refuse_truncated(opening: str, tail: bytes) -> None:
    """A document ends with the bracket it opened. The zero bytes are those of UTF-16."""
    end = tail.rstrip(b" \t\r\n\0")
    if tail and not end.endswith(_CLOSING[opening]):
        raise rejected(
            "truncated_json",
            f"The JSON document opens with {opening} but does not end with {_CLOSING[opening].decode()}: "
            "it was cut off while it was written or uploaded. Upload it again.",
        )


def _first_element(content: str) -> Any:
    """The first element of an array, also of one that is cut off later."""
    return _first_document(content[1:].lstrip())[0] if content.startswith("[") else None


def _shape(layout: str, encoding: str, record: Any) -> str:
    """Equal for files whose first records have the same keys with the same kinds of values; "" if nobody can tell."""
    if not isinstance(record, dict):
        return ""
    kinds = sorted((key, _KINDS.get(type(value), "null")) for key, value in record.items())
    return shape_of("json", layout, encoding, kinds)
