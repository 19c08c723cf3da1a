"""The dialect of a delimited text whose first line holds all columns that a contract promises: then little is left to find.

Only for text without any doubt: the same number of cells in each line that is looked at, no quote, no escape, no blank line,
values below the names, no footer. Anything else is None, and find_dialect weighs all the evidence.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import repeat

from glue_etl.core.formats.cell_types import cell_type
from glue_etl.core.formats.delimited_records import Grammar
from glue_etl.core.formats.dialect_verdict import Dialect
from glue_etl.core.formats.header_evidence import VALUES
from glue_etl.core.formats.table_end import footer_lines

_DELIMITERS = (",", "\t", ";", "|")
_LINES = 400
_END_CHARACTERS = 8 * 1024
_FEWEST_COLUMNS = 3
_FEWEST_LINES = 3
_IN_DOUBT = ('"', "\\", "\0", "\r")


def promised_dialect(text: str, end: str, seen_whole: bool, promised: Collection[str]) -> Dialect | None:
    """The dialect of `text`, the first part of a file; `end` is its last part. seen_whole: the text is all of it."""
    lines = _first_lines(text, seen_whole)
    if len(promised) < 2 or len(lines) < _FEWEST_LINES:
        return None
    names, delimiter = _names(lines[0], {name.lower() for name in promised})
    if not names or not _is_even(lines, delimiter):
        return None
    below = lines[1].split(delimiter)
    if lines[1] == lines[0] or not any(cell_type(cell) in VALUES for cell in below):
        return None  # a second row of names, perhaps
    end = end[-_END_CHARACTERS:]
    if footer_lines(end, Grammar(delimiter), len(names), 1 << 30, "") or not _ends_with_record(end, delimiter):
        return None
    told = {"header": "the first line holds the columns of the contract"}
    return Dialect(delimiter=delimiter, columns=names, evidence=told)


def _names(line: str, promised: set[str]) -> tuple[tuple[str, ...], str]:
    for delimiter in _DELIMITERS:
        names = tuple(line.split(delimiter))
        plain = {name.lower() for name in names}
        if len(names) >= _FEWEST_COLUMNS and len(plain) == len(names) and "" not in plain and promised <= plain:
            return names, delimiter
    return (), ""


def _first_lines(text: str, seen_whole: bool) -> list[str]:
    """Whole lines; none where they end in several ways."""
    lines = text.split("\n", _LINES)
    lines = lines[:-1] if len(lines) > _LINES or not seen_whole or not lines[-1] else lines
    if not lines or not lines[0].endswith("\r"):
        return lines
    return [line[:-1] for line in lines] if all(line.endswith("\r") for line in lines) else []


def _is_even(lines: list[str], delimiter: str) -> bool:
    """Whether all lines have as many cells as the first, and no marks that mean more than themselves."""
    if len(set(map(str.count, lines, repeat(delimiter)))) > 1:
        return False
    together = "\n".join(lines)
    return not any(mark in together for mark in (*_IN_DOUBT, delimiter + "'", delimiter + " ", "\n'"))


def _ends_with_record(end: str, delimiter: str) -> bool:
    end = end.rstrip("\r\n")
    last = end[max(end.rfind("\n"), end.rfind("\r")) + 1 :]
    return sum(bool(cell.strip()) for cell in last.split(delimiter)) >= _FEWEST_COLUMNS
