"""Regular expressions of one shape's cells, on UTF-8 bytes. None of them goes back over what it took: each byte costs once."""

from __future__ import annotations

import re

from glue_etl.engine.csv_shape import Shape


def cell_patterns(shape: Shape) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A cell, and a quoted one: groups 1 quoted, 2 plain, 3 what ends it."""
    quoted, plain = _quoted_pattern(shape), _plain_pattern(shape)
    ends = b"|".join([re.escape(shape.delimiter)] * bool(shape.delimiter) + [rb"\r\n|\r|\n|\Z"])
    space = b" *+" if shape.skip_space else b""
    cell = b"(?:" + quoted + _blanks_behind(shape) + b"|" + plain + b")(" + ends + b")"
    return re.compile(space + cell, re.DOTALL), re.compile(b" *+" + quoted, re.DOTALL)


def _blanks_behind(shape: Shape) -> bytes:
    """Blanks between a closing quote and a delimiter that is none itself: they belong to neither."""
    return b"" if shape.delimiter.startswith(b" ") else b" *+"


def _quoted_pattern(shape: Shape) -> bytes:
    if not shape.quote:
        return b"(?!)()"
    quote, escape = re.escape(shape.quote), re.escape(shape.escape)
    body = b"[^" + quote + escape + b"]*+"
    pair = b"(?:" + quote * 2 + (b"|" + escape + b"." if escape else b"") + b")"
    return quote + b"(" + body + b"(?:" + pair + body + b")*+)" + quote


def _plain_pattern(shape: Shape) -> bytes:
    quote, escape, delimiter = (re.escape(mark) for mark in (shape.quote, shape.escape, shape.delimiter))
    not_quote = b"(?!" + quote + b")" if quote else b""
    several = len(shape.delimiter) > 1
    one = (b"(?!" + delimiter + b")" if several else b"") + b"[^\r\n" + (b"" if several else delimiter) + escape + b"]"
    if escape:
        one += b"|" + escape + b".|" + escape + rb"\Z"
    return not_quote + b"((?:" + one + b")*+)"


def escape_patterns(shape: Shape) -> tuple[re.Pattern[bytes], re.Pattern[bytes]] | None:
    """What stands for its last byte, in plain and in quoted cells; None where only quotes are doubled.

    An escape before anything but a mark is a character like others: `C:\\temp` and `\\N` stay as they are.
    """
    if not shape.escape:
        return None
    marks = re.escape(shape.quote + shape.escape + shape.delimiter[:1] + b"\r\n")
    escaped = re.escape(shape.escape) + b"[" + marks + b"]"
    doubled = b"|" + re.escape(shape.quote * 2) if shape.quote else b""
    return re.compile(escaped), re.compile(escaped + doubled)


def last_byte(match: re.Match[bytes]) -> bytes:
    """The character that an escape pattern's match stands for."""
    return match[0][-1:]
