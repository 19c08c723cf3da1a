"""Whether text that nobody calls JSON is it."""

from __future__ import annotations

import json
from typing import Any

_decoder = json.JSONDecoder(strict=False)


def begins_like_json(content: str, whole: bool) -> bool:
    """Whether text is JSON beyond doubt: an object, an array of objects, or one of these that is cut off (unless `whole`)."""
    text = content.lstrip()
    if not text.startswith(("{", "[")):
        return False
    document, end = _first_document(text)
    if isinstance(document, dict):
        rest = text[end:].lstrip(" \t")
        return bool(document) and (rest[:1] in ("", "\n", "\r", "{") or rest.removeprefix(",").lstrip()[:1] == "{")
    if isinstance(document, list):
        return any(isinstance(item, dict) for item in document) and not text[end:].strip()
    return not whole and text.lstrip("[ \t\r\n").startswith(('{"', '{ "', "{\n"))


def _first_document(text: str) -> tuple[Any, int]:
    """The first JSON value and where it ends; (None, 0) if it is cut off, invalid, or nested too deep to parse."""
    try:
        return _decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
