"""Cuts the first part of a delimited text into records: what detection looks at. The engine reads whole files by the same rules.

A quote opens a cell only at its start, and closes it only where a delimiter or a line end follows; any other quote is text.
A quoted cell that would run over line ends and hold a quote that is not doubled was never closed: its quote is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LINE_END = re.compile(r"\r\n|\n|\r")
_LONGEST_CELL = 64 * 1024  # a quoted cell in a sample; beyond it, its quote counts as never closed
_UNCLOSED_LOOKED_AT = 10  # after so many, quoted cells are looked for on their own line only: keeps the time linear


@dataclass(frozen=True, slots=True)
class Grammar:
    """The part of a dialect that cuts records and cells."""

    delimiter: str
    quote: str = '"'
    escape: str = ""
    skip_initial_space: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `line` is its first physical line from 0, `lines` how many it has, `quoted` which cells were quoted.

    `stray`: cells that hold a quote where none may be.
    """

    cells: tuple[str, ...]
    line: int
    lines: int = 1
    quoted: frozenset[int] = frozenset()
    stray: int = 0

    @property
    def blank(self) -> bool:
        """Whether the line has nothing but white space and not even a delimiter."""
        return len(self.cells) == 1 and not self.quoted and not self.cells[0].strip()

    @property
    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class _Patterns:
    quoted: re.Pattern[str]
    plain: re.Pattern[str]


@lru_cache(maxsize=256)
def _patterns(grammar: Grammar) -> _Patterns:
    delimiter, quote = re.escape(grammar.delimiter or "\0"), re.escape(grammar.quote or "\0")
    end = rf"(?= *(?:{delimiter}|[\r\n]|\Z))"
    escape = re.escape(grammar.escape)
    escaped = rf"{escape}.|" if escape else ""
    body = rf"(?:{escaped}[^{quote}{escape}]++|{quote}{quote}|{quote}(?!{end[3:-1]}))*+"
    quoted = re.compile(rf"{quote}({body}){quote} *{end}", re.DOTALL)
    plain = re.compile(rf"(?:{escaped}(?!{delimiter})[^\r\n])*+", re.DOTALL)
    return _Patterns(quoted, plain)


def read_records(text: str, grammar: Grammar, records: int, cells: int) -> Iterator[Record]:
    """The records of a text, blank lines too, comment lines not; ends after so many records or cells."""
    reader = _Reader(text, grammar)
    while records > 0 and cells > 0 and not reader.at_end:
        record = reader.next()
        if grammar.comment and record.cells[0].startswith(grammar.comment):
            continue
        records -= 1
        cells -= len(record.cells)
        yield record


class _Reader:
    """Goes through a text, a record at a time."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self._text = text
        self._grammar = grammar
        self._patterns = _patterns(grammar)
        self._position = 0
        self._line = 0
        self._unclosed = 0

    @property
    def at_end(self) -> bool:
        return self._position >= len(self._text)

    def next(self) -> Record:
        """The record that begins here."""
        ending = LINE_END.search(self._text, self._position)
        line = self._text[self._position : ending.start() if ending else len(self._text)]
        grammar = self._grammar
        needs_care = (grammar.quote and grammar.quote in line) or (grammar.escape and grammar.escape in line)
        if needs_care and not (grammar.comment and line.startswith(grammar.comment)):
            return self._careful()
        self._position = ending.end() if ending else len(self._text)
        self._line += 1
        cells = line.split(grammar.delimiter) if grammar.delimiter else [line]
        if grammar.skip_initial_space:
            cells = _without_blanks(cells, grammar.delimiter)
        return Record(tuple(cells), self._line - 1)

    def _careful(self) -> Record:
        """Cell by cell: the line has a quote or an escape."""
        cells: list[str] = []
        quoted: list[int] = []
        stray, start = 0, self._line
        while True:
            cell, was_quoted, strays = self._cell()
            stray += strays
            if was_quoted:
                quoted.append(len(cells))
            cells.append(cell)
            if not (self._grammar.delimiter and self._text.startswith(self._grammar.delimiter, self._position)):
                break
            self._position += len(self._grammar.delimiter)
        ending = LINE_END.match(self._text, self._position)
        self._position = ending.end() if ending else len(self._text)
        self._line += 1
        return Record(tuple(cells), start, self._line - start, frozenset(quoted), stray)

    def _cell(self) -> tuple[str, bool, int]:
        grammar = self._grammar
        if grammar.skip_initial_space:
            while self._text.startswith(" ", self._position):
                self._position += 1
        opens = bool(grammar.quote) and self._text.startswith(grammar.quote, self._position)
        body = self._quoted_body() if opens else None
        if body is not None:
            return _unescaped(body, grammar), True, int(_has_stray(body, grammar))
        match = self._patterns.plain.match(self._text, self._position)
        plain = match.group() if match else ""
        self._position += len(plain)
        return _unescaped(plain, grammar, quoted=False), False, int(opens)

    def _quoted_body(self) -> str | None:
        """What stands between the quotes of the cell that opens here; None if it is never closed."""
        end = min(len(self._text), self._position + _LONGEST_CELL)
        if self._unclosed >= _UNCLOSED_LOOKED_AT:
            ending = LINE_END.search(self._text, self._position)
            end = ending.start() if ending else end
        match = self._patterns.quoted.match(self._text, self._position, end)
        body = match.group(1) if match else ""
        breaks = len(LINE_END.findall(body))
        if not match or (breaks and _has_stray(body, self._grammar)):
            self._unclosed += 1
            return None
        self._position = match.end()
        self._line += breaks
        return body


def _without_blanks(cells: list[str], delimiter: str) -> list[str]:
    """Cells without the blanks before them; where the delimiter is a blank itself, a run of them is one."""
    if delimiter.strip(" "):
        return [cell.lstrip(" ") for cell in cells]
    return [cell for cell in cells[:-1] if cell] + cells[-1:]


def _has_stray(body: str, grammar: Grammar) -> bool:
    if grammar.escape:
        body = re.sub(re.escape(grammar.escape) + ".", "", body, flags=re.DOTALL)
    return grammar.quote in body.replace(grammar.quote * 2, "")


def _unescaped(body: str, grammar: Grammar, quoted: bool = True) -> str:
    if quoted and grammar.quote:
        body = body.replace(grammar.quote * 2, grammar.quote)
    if grammar.escape and grammar.escape in body:
        body = re.sub(re.escape(grammar.escape) + "(.)", r"\1", body, flags=re.DOTALL)
    return body
