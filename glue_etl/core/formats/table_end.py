"""Lines at the end of a text that are no records: totals, row counts, notes, marks of the end."""

from __future__ import annotations

import re

from glue_etl.core.formats.cell_types import TYPED, cell_type
from glue_etl.core.formats.delimited_records import LINE_END, Grammar, read_records

_LINES_LOOKED_AT = 40
_MARK = re.compile(
    r"[\s\-=*#_.<>]*(?:end|eof|fin|ende|(?:end|ende) (?:of|des|der) .{1,30})[\s\-=*#_.<>]*"
    r"|\(?(?:\d+ (?:rows?|records?|lines?|entries|results?|zeilen|datensätze).{0,40})\)?"
    r"|.{0,20}\b(?:rows?|records?|row count|record count|lines|zeilen|anzahl)\s*[:=]\s*\d+.{0,20}"
    r"|(?:source|note|notes|footnote|quelle|generated|exported|report|copyright|printed|created)\b.*"
    r"|[-=*_#]{3,}.*|\x1a+|©.*|\*+ ?\S.*|\[\d+\] .*|trailer\b.*|trl\b.*",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\W*(?:grand |sub ?)?(?:totals?|sum|summe|gesamt(?:summe)?|insgesamt|suma|totaux|итого|合計)\b\W*", re.IGNORECASE
)


def footer_lines(tail: str, grammar: Grammar, width: int, most: int, first_column: str) -> int:
    """How many physical lines at the end of `tail` are no records.

    width: cells of a record. most: lines that may be footer at most. first_column: the kind of its cells, "" if mixed.
    """
    ended = tail.endswith(("\n", "\r"))
    lines = LINE_END.split(tail)[-_LINES_LOOKED_AT - 1 :]
    lines = lines[:-1] if ended else lines
    lines = lines[max(0, len(lines) - most) :]
    counted, pending = 0, 0
    while pending < len(lines):
        line = lines[len(lines) - 1 - pending]
        above = lines[len(lines) - 2 - pending] if pending + 1 < len(lines) else ""
        kind = _kind(line, grammar, width, first_column, above, cut=pending == 0 and not ended)
        if kind == "record":
            break
        pending += 1
        if kind == "footer":
            counted = pending
    return _with_gap(lines, counted, grammar, width)


def _with_gap(lines: list[str], counted: int, grammar: Grammar, width: int) -> int:
    """The footer with the empty lines that part it from the table."""
    while counted and counted < len(lines) and width > 1:
        if not _is_empty(lines[len(lines) - 1 - counted], grammar):
            break
        counted += 1
    return counted


def _is_empty(line: str, grammar: Grammar) -> bool:
    return not line.replace(grammar.delimiter or "\0", "").strip()


def _kind(line: str, grammar: Grammar, width: int, first_column: str, above: str, cut: bool) -> str:
    """'empty', 'footer' or 'record'. `cut`: the text ends without a line end, so this could be part of a record."""
    if _is_empty(line, grammar):
        return "empty"
    if line.count(grammar.quote or "\0") % 2:
        return "record"
    record = next(read_records(line, grammar, 1, 1 << 20))
    filled = [cell.strip() for cell in record.cells if cell.strip()]
    if not filled:
        return "record"  # of quoted, empty cells
    parted = above != "" and _is_empty(above, grammar)
    if width > 1 and _TOTAL.fullmatch(filled[0]) and first_column != "word" and len(record.cells) <= width + 1:
        return "footer"
    if len(filled) > 2 or (width < 2 and not _MARK.fullmatch(line.strip())):
        return "record"
    if _MARK.fullmatch(filled[0]) and (len(filled) == 1 or len(record.cells) < width):
        return (
            "footer"
            if len(record.cells) < width or width == 1 or (width > 2 and record.cells[0].strip() != "")
            else "record"
        )
    return _note(filled, len(record.cells), width, first_column, parted, cut)


def _note(filled: list[str], cells: int, width: int, first_column: str, parted: bool, cut: bool) -> str:
    """A line with one filled cell: a note where it stands apart, or where the first column has values of another kind."""
    if len(filled) != 1 or (width < 3 and cells == width):
        return "record"
    other = first_column in TYPED and cell_type(filled[0]) not in TYPED
    narrow = cells == 1
    if parted and (narrow or width >= 3):
        return "footer"
    return "footer" if other and not cut and (narrow or width >= 3) else "record"
