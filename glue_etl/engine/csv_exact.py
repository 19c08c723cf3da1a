"""One record at a time, by the letter: what a record is, and how far a bad one goes. csv_scan must agree with it.

The rule. A cell that begins with a quote ends at the next quote that is not doubled (or escaped); behind it, and behind blanks,
stands a delimiter or the record's end, else the quote is stray and the record bad. A quote inside an unquoted cell is text.
A record that can't be right and has several lines ends with its first line if the next line is a record by itself: a quote
was left open. So too where a quote is never closed, and where a record of more than `max_quoted` bytes is followed, behind
its first line, by lines that are records by themselves. What is decided depends on the text alone, never on blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from glue_etl.engine.csv_feed import Feed
from glue_etl.engine.csv_patterns import cell_patterns, escape_patterns, last_byte
from glue_etl.engine.csv_shape import Shape

_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_BLANK = b" \t\r\n"
_FITTING_LINES = 20
"""So many lines in a row that fit by themselves say that a long quoted cell is none."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record from the feed's place to `end`. `kind` of model.KINDS; `cells` of rows (None: absent); why it is bad."""

    kind: str
    end: int
    cells: tuple[str | None, ...] = ()
    code: str = ""
    reason: str = ""
    cut_off: bool = False
    """The record is longer than what is looked at: the rest of its line belongs to it."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """What the cells of a record are by the letter. `stray`: where a quoted cell goes on behind its quote; -1: nowhere."""

    end: int
    cells: tuple[tuple[bool, bytes], ...] | None
    stray: int = -1
    unfinished: bool = False


class Grammar:
    """Cuts records of one shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._cell, self._quoted = cell_patterns(shape)
        self._escapes = escape_patterns(shape)
        self._nulls = frozenset(shape.nulls)

    def next_record(self, feed: Feed) -> Record:
        """The record at the feed's place. Takes more text from the feed if the decision needs it."""
        line_end = self.line_end(feed)
        if line_end is None:
            return _too_long(feed.at + self.shape.max_record, self.shape.max_record, cut_off=True)
        if self.shape.comment and feed.data.startswith(self.shape.comment, feed.at):
            return Record("comment", line_end)
        cut = self._cut_from(feed)
        if cut.cells is not None and cut.end <= line_end:
            return self._judge(feed.data, feed.at, cut)
        if cut.stray >= 0 and cut.stray < line_end:
            return Record("bad", line_end, (), "stray_quote", _stray_reason())
        return self._judge_lines(feed, cut, line_end)

    def judge_alone(self, text: bytes, end: int) -> Record:
        """The record that is all of a text, and ends at `end` in its feed."""
        cut = self.cut(text, 0, True)
        if cut.cells is None:
            return _unclosed(end) if cut.unfinished else Record("bad", end, (), "stray_quote", _stray_reason())
        if cut.end < len(text):
            return Record("bad", end, (), "stray_quote", "The line's quotes hold more than one record.")
        return replace(self._judge(text, 0, cut), end=end)

    def line_end(self, feed: Feed) -> int | None:
        """Where the next physical line begins; None if this one is too long."""
        return self._line_end(feed, feed.at)

    def _line_end(self, feed: Feed, at: int) -> int | None:
        """Where the line goes on to from `at`; None if that is too far from the record's begin."""
        while True:
            end = self._line(feed.data, at)
            if end - feed.at > self.shape.max_record:
                return None
            if end < len(feed.data) or feed.ended or feed.data[end - 1 : end] == b"\n" or not feed.more():
                return end

    @staticmethod
    def _line(data: bytes, at: int) -> int:
        match = _LINE.match(data, at)
        return match.end() if match else len(data)

    def _cut_from(self, feed: Feed) -> _Cut:
        """The record's cut, with as much text as it takes, or as is looked at."""
        while True:
            cut = self.cut(feed.data, feed.at, feed.ended)
            size = len(feed.data) - feed.at
            if not cut.unfinished or feed.ended or size > self.shape.max_record:
                return cut
            if size > self.shape.max_quoted and self._open_by_lines(feed):
                return cut
            if not feed.more():
                return self.cut(feed.data, feed.at, True)

    def cut(self, data: bytes, at: int, ended: bool) -> _Cut:
        """Cells by the letter. `ended`: the text ends where data ends; else what reaches its end is unfinished."""
        cells: list[tuple[bool, bytes]] = []
        while (match := self._cell.match(data, at)) is not None:
            at = match.end()
            if at == len(data) and not ended and match[3] != b"\n":
                return _Cut(at, None, unfinished=True)
            quoted = match[1] is not None
            cells.append((quoted, match[1] if quoted else match[2]))
            if not match[3] or match[3] != self.shape.delimiter:
                return _Cut(at, tuple(cells))
        closed = self._quoted.match(data, at)
        if closed is None or (not ended and closed.end() + len(self.shape.delimiter) > len(data)):
            return _Cut(len(data), None, unfinished=True)
        return _Cut(closed.end(), None, stray=closed.end())

    def _judge_lines(self, feed: Feed, cut: _Cut, line_end: int) -> Record:
        """A record of several lines, or one whose quote is never closed."""
        size = cut.end - feed.at
        if cut.unfinished or (size > self.shape.max_quoted and self._open_by_lines(feed)):
            return _unclosed(line_end)
        if size > self.shape.max_record:
            return _too_long(line_end, self.shape.max_record)
        if cut.cells is None:
            if self._lines_fit(feed, line_end, 1):
                return _unclosed(line_end)
            return self._stray_lines(feed, cut.stray - feed.at)
        judged = self._judge(feed.data, feed.at, cut)
        if judged.code.startswith("too_") and self._lines_fit(feed, line_end, 1):
            return _unclosed(line_end)
        return judged

    def _stray_lines(self, feed: Feed, stray: int) -> Record:
        """A bad record up to the end of the line with the stray quote, so many bytes on."""
        end = self._line_end(feed, feed.at + stray)
        if end is None:
            return Record("bad", feed.at + self.shape.max_record, (), "stray_quote", _stray_reason(), cut_off=True)
        return Record("bad", end, (), "stray_quote", _stray_reason())

    def _open_by_lines(self, feed: Feed) -> bool:
        line_end = self.line_end(feed)
        return line_end is not None and self._lines_fit(feed, line_end, _FITTING_LINES)

    def _lines_fit(self, feed: Feed, at: int, count: int) -> bool:
        """Whether the next lines, up to `count` of them, are records by themselves. Lines of one cell prove nothing."""
        if self.shape.width < 2:
            return False
        seen = 0
        while seen < count:
            end = self._line(feed.data, at)
            if (
                end == len(feed.data)
                and not feed.ended
                and len(feed.data) - feed.at <= self.shape.max_record
                and feed.more()
            ):
                continue
            if at >= len(feed.data):
                break
            line = feed.data[at:end]
            if line.strip(_BLANK):
                if not self._fits(self.cut(line, 0, True), len(line)):
                    return False
                seen += 1
            at = end
        return seen > 0

    def _fits(self, cut: _Cut, length: int) -> bool:
        cells = cut.cells
        return cells is not None and cut.end == length and self.shape.fits(len(cells), cells[-1] == (False, b""))

    def _judge(self, data: bytes, at: int, cut: _Cut) -> Record:
        """A record whose cells are known: a row, a blank line, or bad."""
        cells = cut.cells or ()
        if not self.shape.fits(len(cells), cells[-1] == (False, b"")):
            if not data[at : cut.end].strip(_BLANK):
                return Record("blank", cut.end)
            return ragged(cut.end, len(cells), self.shape.width)
        try:
            texts = tuple(self._value(quoted, cell) for quoted, cell in cells[: self.shape.width])
        except UnicodeDecodeError:
            return Record("bad", cut.end, (), "invalid_bytes", invalid_reason())
        return Record("rows", cut.end, texts)

    def _value(self, quoted: bool, cell: bytes) -> str | None:
        text = self._unescape(cell, quoted).decode()
        return None if not quoted and text in self._nulls else text

    def _unescape(self, cell: bytes, quoted: bool) -> bytes:
        if self._escapes is None:
            return cell.replace(self.shape.quote * 2, self.shape.quote) if quoted else cell
        return self._escapes[quoted].sub(last_byte, cell)


def ragged(end: int, cells: int, width: int) -> Record:
    """A record with the wrong number of cells."""
    code = "too_few_cells" if cells < width else "too_many_cells"
    return Record("bad", end, (), code, f"The record has {cells:,} cells; the table has {width:,} columns.")


def invalid_reason() -> str:
    return "The record has bytes that mean nothing in the file's encoding."


def _stray_reason() -> str:
    return "A quoted cell goes on behind its closing quote: a quote inside quotes must be doubled."


def _unclosed(end: int) -> Record:
    return Record(
        "bad", end, (), "unclosed_quote", "A quote is opened in this line and not closed where the record should end."
    )


def _too_long(end: int, bound: int, cut_off: bool = False) -> Record:
    return Record("bad", end, (), "too_long", f"The record is longer than {bound:,} bytes.", cut_off)
