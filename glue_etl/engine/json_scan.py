"""Where the records of a text of JSON are, one after the other: the exact way, document by document.

Every character belongs to one Item, and Items are contiguous: what stands behind a record up to the next one (line end,
comma, blanks) belongs to the record. What can't be read is one bad Item, and scanning goes on at the next record that fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glue_etl.engine.json_values import BadValue, check, decode_at, is_cut

BLANKS = " \t\r\n"
_LOOK_BACK = 4096
_NO_TEXT = re.compile("[\udc00-\udcff]")
_BLANK = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_TOKEN = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|["{}\[\]]')  # possessive: else each character costs a hundred bytes
_NEXT_LINE = re.compile(r"\n[ \t\r]*(?:,[ \t]*)?(?=\{)")
_NEXT = re.compile(r"[,\n][ \t\r\n,]*(?=\{)")
_SCALAR = re.compile(r"[^,\]\[{}\n]*")
_OPENS = {"}": "{", "]": "["}
_REST_FITS = re.compile(r"[ \t\r\n]*(?:[,\]\[{]|\Z)")


@dataclass(frozen=True, slots=True)
class Item:
    """Characters `start` to `end` of a text. `kind`: "rows" (`value` is the object), "bad", "blank" or "padding"."""

    start: int
    end: int
    kind: str
    value: Any = None
    code: str = ""
    reason: str = ""


def scan_lines(text: str) -> Iterator[Item]:
    """The Items of whole lines. Several documents on a line are several records; a line with anything else is bad as a whole."""
    start, sound = 0, text.isascii() or not _NO_TEXT.search(text)
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield from _scan_line(text[start:end], start, end, sound)
        start = end


def _scan_line(line: str, start: int, end: int, sound: bool) -> list[Item]:
    if not line.strip(BLANKS):
        return [Item(start, end, "blank")]
    if not sound and _NO_TEXT.search(line):
        return [
            Item(start, end, "bad", None, "invalid_bytes", "The line holds bytes that are no text in its encoding.")
        ]
    try:
        return _documents(line, start)
    except BadValue as error:
        return [Item(start, end, "bad", None, error.code, str(error))]
    except ValueError as error:
        return [Item(start, end, "bad", None, "bad_json", f"No JSON: {error}.")]


def _documents(line: str, start: int) -> list[Item]:
    """The objects of a line, to its end. Raises ValueError if there is anything else."""
    items: list[Item] = []
    place = _skip(_BLANK, line, 0)
    first = 0
    while place < len(line):
        if items and line[place] != "{":
            raise BadValue("text_after_document", f"Behind a document stands {line[place : place + 20].strip()!r}.")
        value, end = decode_at(line, place)
        check(value, line[place:end])
        if not isinstance(value, dict):
            raise BadValue("not_an_object", f"A record is an object; here stands {line[place : place + 20].strip()!r}.")
        place = _skip(_BLANK, line, end)
        items.append(Item(start + first, start + place, "rows", value))
        first = place
    return items


def _skip(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


@dataclass(slots=True)
class Elements:
    """Scans documents in an array, in several arrays, or one behind the other, also pretty-printed.

    Between calls it knows whether an array is open and, with `only_first`, whether the only array that counts is over.
    """

    inside: bool = False
    only_first: bool = False
    over: bool = False

    def scan(self, text: str, final: bool, forced: bool = False) -> Iterator[Item]:
        """The Items of `text` that are complete; all, if it is `final`. `forced`: the first is bad if it does not end here."""
        place = 0
        while place < len(text):
            if self.over:
                yield Item(place, len(text), "padding")
                return
            item = self._next(text, place, final, forced)
            if item is None:
                return
            yield item
            place, forced = item.end, False
        if final and self.inside and not self.over:
            self.inside = False
            yield Item(place, place, "bad", code="bad_json", reason="The array is not closed: the file was cut off.")

    def _next(self, text: str, place: int, final: bool, forced: bool) -> Item | None:
        begin = _skip(_BETWEEN, text, place)
        if begin == len(text):
            return Item(place, begin, "padding")
        if text[begin] == "]" and self.inside:
            self.inside, self.over = False, self.only_first
            return Item(place, begin + 1, "padding")
        if text[begin] == "[" and not self.inside:
            self.inside = True
            return Item(place, _skip(_BETWEEN, text, begin + 1), "padding")
        return self._document(text, place, begin, final, forced)

    def _document(self, text: str, place: int, begin: int, final: bool, forced: bool) -> Item | None:
        try:
            value, end = decode_at(text, begin)
            if not final and _skip(_BETWEEN, text, end) == len(text) and not forced:
                return None
            if not _REST_FITS.match(text, end):
                raise BadValue("text_after_document", f"Behind a document stands {text[end : end + 20].strip()!r}.")
            if "\n" in text[begin:end] and any(token[0] == '"' for token in _TOKEN.finditer(text, begin, end)):
                raise BadValue("bad_json", "A string holds a line end.")
            return _judged(text, place, begin, end, value)
        except BadValue as error:
            return self._bad(text, place, begin, final, forced, error.code, str(error))
        except ValueError as error:
            if not (final or forced) and is_cut(error, text):
                return None
            where = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            return self._bad(text, place, begin, final, forced, "bad_json", f"No JSON: {where}.")

    def _bad(self, text: str, place: int, begin: int, final: bool, forced: bool, code: str, reason: str) -> Item | None:
        end = _resume(text, begin)
        if end is None or (end == len(text) and not (final or forced)):
            if not (final or forced):
                return None
            end, self.inside = len(text), self.inside and not final
        if _NO_TEXT.search(text, begin, end):
            code, reason = "invalid_bytes", "The record holds bytes that are no text in its encoding."
        return Item(place, end, "bad", code=code, reason=reason)


def _judged(text: str, place: int, begin: int, end: int, value: Any) -> Item:
    after = _skip(_BETWEEN, text, end)
    own = text[begin:end]
    if _NO_TEXT.search(own):
        reason = "The record holds bytes that are no text in its encoding."
        return Item(place, after, "bad", code="invalid_bytes", reason=reason)
    try:
        check(value, own)
    except BadValue as error:
        return Item(place, after, "bad", code=error.code, reason=str(error))
    if not isinstance(value, dict):
        return Item(
            place, after, "bad", code="not_an_object", reason=f"A record is an object; here stands {own[:20]!r}."
        )
    return Item(place, after, "rows", value)


def _resume(text: str, begin: int) -> int | None:
    """Where the record ends that begins at `begin` and is bad; None if that is behind the text.

    It ends where its brackets close. Where they can't be trusted (a quote that does not close on its line, brackets that
    don't fit, an object where a key must stand) it ends at the next line that begins an object. Every answer follows from
    the text before it alone, so that blocks of any size give the same.
    """
    if text[begin] not in "{[":
        return _scalar_end(text, begin)
    open_brackets: list[str] = []
    for token in _TOKEN.finditer(text, begin):
        found, place = token.group(), token.start()
        if found in "{[":
            if found == "{" and open_brackets[-1:] == ["{"] and not _follows_colon(text, place):
                return _next_line(text, _line_end_before(text, place))
            open_brackets.append(found)
        elif found in "}]":
            if open_brackets.pop() != _OPENS[found]:
                return _next_line(text, place)
            if not open_brackets:
                return _behind(text, token.end())
        elif found == '"':
            return _next_line(text, place)
    return None


def _follows_colon(text: str, place: int) -> bool:
    return text[max(0, place - _LOOK_BACK) : place].rstrip(BLANKS).endswith(":")


def _line_end_before(text: str, place: int) -> int:
    """The line end before an object that begins its line, else its place."""
    look_back = text[max(0, place - _LOOK_BACK) : place]
    before = look_back.rstrip(" \t\r,")
    return place - len(look_back) + len(before) - 1 if before.endswith("\n") else place


def _behind(text: str, closed: int) -> int | None:
    """The next record's place behind closed brackets, or behind what stands there and does not belong."""
    after = _skip(_BETWEEN, text, closed)
    if after == len(text) or _REST_FITS.match(text, closed):
        return after
    found = _NEXT.search(text, closed)
    return found.end() if found else None


def _next_line(text: str, place: int) -> int | None:
    found = _NEXT_LINE.search(text, place)
    return found.end() if found else None


def _scalar_end(text: str, begin: int) -> int | None:
    if text[begin] == '"':
        token = _TOKEN.match(text, begin)
        if token is None or token.group() == '"':
            return _next_line(text, begin)
        return _behind(text, token.end())
    found = _SCALAR.match(text, begin)
    end = found.end() if found else begin
    return None if end == len(text) else _skip(_BETWEEN, text, max(end, begin + 1))
