"""One JSON document to Python values that lose nothing: numbers keep their digits, a repeated key is an error."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import Any

MAX_NESTING = 200
_LONGEST_VALUE = 40
"""Of a number, `false` or an escape that the end of a text may cut: decoding fails at its beginning."""
LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_HALF = re.compile("[\ud800-\udfff]")
_OPENING = re.compile(r"[\[{]")


class Number(str):
    """A number as it is written: one with a fraction or an exponent, of 19 digits and more, or -0."""

    __slots__ = ()


class BadValue(ValueError):
    """A document that JSON's grammar allows, or nearly, and that can't be read without loss. `code` is a bad record's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def _integer(text: str) -> Any:
    return int(text) if len(text) <= 18 and text != "-0" else Number(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise BadValue("repeated_key", f"The key {repeated!r} stands twice in an object.")
    return made


def _constant(text: str) -> Any:
    raise BadValue("bad_json", f"{text} is no number of JSON.")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=_integer, parse_constant=_constant, strict=False
)


def decode_at(text: str, start: int) -> tuple[Any, int]:
    """The document that begins at `start`, and where it ends. Raises ValueError (BadValue, or JSONDecodeError with `pos`)."""
    try:
        value, end = _decoder.raw_decode(text, start)
    except RecursionError as error:
        raise BadValue("bad_json", f"The document is nested deeper than {MAX_NESTING} levels.") from error
    return value, end


def is_cut(error: ValueError, text: str) -> bool:
    """Whether a document is right as far as the text goes, and only ends before it does. An open string tells nothing."""
    if not isinstance(error, json.JSONDecodeError) or error.msg.startswith("Unterminated string"):
        return False
    return len(text) - error.pos < _LONGEST_VALUE


def check(value: Any, text: str) -> None:
    """Refuse what decodes but is not sound. `text`: the document's own. Raises BadValue."""
    if "\\u" in text and _HALF.search(written(value)):
        raise BadValue("bad_json", "A string holds half of a surrogate pair, which is no character.")
    if len(text) > MAX_NESTING and len(_OPENING.findall(text)) > MAX_NESTING and _depth(value) > MAX_NESTING:
        raise BadValue("bad_json", f"The document is nested deeper than {MAX_NESTING} levels.")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
    return depth


def written(value: Any) -> str:
    """A value as compact JSON text, its numbers with the digits they had."""
    try:
        return _written(value)
    except RecursionError as error:
        raise BadValue("bad_json", f"The document is nested deeper than {MAX_NESTING} levels.") from error


def _written(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return str(encode_basestring(value))
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode_basestring(key)}:{_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )
