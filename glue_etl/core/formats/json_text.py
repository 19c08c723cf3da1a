"""JSON text: one document a line, or one document over many lines, and the keys of its first record.

Several documents, text behind one, and files that are cut off are the job's affair: it reads record by record, and says of
each byte what became of it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from glue_etl.core.files.model import Detection
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import shape_of
from glue_etl.core.formats.text import Text

LINES, DOCUMENT = "lines", "document"

_KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_STARTS_LIKE_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\[{]")
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


def detect_json(text: Text) -> Detection:
    """Read the text as JSON. Raises FileRejected for a text that begins with neither an object nor an array."""
    content = text.content.lstrip()
    if not content.startswith(("{", "[")):
        raise rejected(
            "not_json",
            f"The name says JSON, but the content starts with {content[:12]!r} instead of {{ or [. "
            "Write one JSON object a line, or an array of objects.",
        )
    document, end = _first_document(content)
    layout = _layout(content, document, end)
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
    return LINES if isinstance(document, dict) and "\n" not in content[:end] else DOCUMENT


def _layout_of_unfinished(content: str) -> str:
    """The layout where the first document does not end in the sample, or its first line is damaged."""
    if content.startswith("["):
        return DOCUMENT
    further = [line.lstrip() for line in content.splitlines()[1:] if line.strip()]
    return LINES if not further or further[0].startswith("{") else DOCUMENT


def _first_element(content: str) -> Any:
    """The first element of an array, also of one that is cut off later."""
    return _first_document(content[1:].lstrip())[0] if content.startswith("[") else None


def _shape(layout: str, encoding: str, record: Any) -> str:
    """Equal for files whose first records have the same keys with the same kinds of values; "" if nobody can tell."""
    if not isinstance(record, dict):
        return ""
    kinds = sorted((key, _KINDS.get(type(value), "null")) for key, value in record.items())
    return shape_of("json", layout, encoding, kinds)
