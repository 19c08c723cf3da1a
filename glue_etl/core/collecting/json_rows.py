"""Rows as lines of JSON, and the reason why a payload makes none. No I/O.

A payload's rows are in the words that it was written in, so that no number loses a digit. What JSON leaves open is decided
here: a repeated name, NaN and Infinity, half of a surrogate pair and nesting of more than a hundred levels are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 100
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Poison(Exception):
    """This payload makes no row; the message says why."""


def json_rows(text: str, extra: Mapping[str, Any]) -> list[str]:
    text = text.removeprefix("\ufeff").strip(" \t\r\n")
    value = _parsed(text)
    if isinstance(value, dict):
        return [_with(text, value, extra)]
    if not isinstance(value, list) or not value:
        raise Poison(f"it is {_named(value)}, not an object or an array of objects")
    return [_with(item, parsed, extra) for item, parsed in zip(_items(text), value, strict=True)]


def _parsed(text: str) -> Any:
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise Poison(f"it is nested more than {MAX_DEPTH} levels deep")
    try:
        value = _STRICT.decode(text)
    except (ValueError, RecursionError) as error:
        raise Poison(f"it is not JSON: {error}") from error
    if _SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Poison("it has half of a surrogate pair, which is no character") from error


def _depth(text: str) -> int:
    """How deep brackets are nested, outside of strings."""
    deepest = depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', text, re.DOTALL):
        if token[0] in ("{", "["):
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in ("}", "]"):
            depth -= 1
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated[:100]!r} is there twice in one object")
    return fields


class _Digits(str):
    """A number's text; tells numbers from strings where only the kind matters."""


# Numbers stay text: nothing is computed with them, and a long one is no trouble.
_STRICT = json.JSONDecoder(
    object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_Digits, parse_int=_Digits
)


def _items(text: str) -> list[str]:
    """The texts of an array's items. `text` has been parsed, so this finds each."""
    items, at = [], 1
    while len(text) > at:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            break
        _, end = _STRICT.raw_decode(text, at)
        items.append(text[at:end])
        at = end
    return items


def _with(text: str, value: Any, extra: Mapping[str, Any]) -> str:
    """The object's own text on one line, with the extra columns behind. Raw line breaks are only between its tokens."""
    if not isinstance(value, dict):
        raise Poison(f"an item of its array is {_named(value)}, not an object")
    line = text.replace("\n", " ").replace("\r", " ")
    if not extra:
        return line
    refuse_taken(value, extra)
    more = line_of(extra)[1:]
    return "{" + more if not value else f"{line[:-1]},{more}"


def _named(value: Any) -> str:
    if isinstance(value, list):
        return "an array" if value else "an empty array"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return "a string" if isinstance(value, str) and not isinstance(value, _Digits) else "a number"


def refuse_taken(row: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    """Raises Poison where a kept column's name is a field of the row itself."""
    taken = [name for name in extra if name in row]
    if taken:
        raise Poison(f"it has a field {taken[0]} itself, which is the name of a kept column")


def line_of(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
