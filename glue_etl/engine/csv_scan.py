"""All records of a block at once: where numpy finds delimiters, quotes and line ends, and which of them count.

Gives records up to the first that is not plain (a stray quote, a quote left open, a ragged record of several lines, one that
is very long): csv_exact decides on that one by the letter. What is given here is what csv_exact would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glue_etl.engine.csv_exact import ragged
from glue_etl.engine.csv_marks import Ints, Marks, find_marks
from glue_etl.engine.csv_shape import Shape

MOST_ODD = 10_000
"""So many records that are no rows come at once: each is an object, and a line may be as short as two bytes."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A record that is no row, from `start` to where the `next` begins."""

    kind: str
    start: int
    next: int
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """The records from the block's first byte to `size`. `stuck`: the next record is not plain; else the block ended.

    marks, behind: where each cell ends, and where the next begins. first: of each record, the number of its first cell;
    starts, nexts: where it begins, and the next. rows: which records are rows (None: all). blank: empty lines, and their
    bytes; `odd` has what else is no row. removed: bytes that are no text.
    """

    size: int
    stuck: bool
    marks: Ints
    behind: Ints
    first: Ints
    starts: Ints
    nexts: Ints
    rows: Ints | None
    odd: tuple[Odd, ...]
    blank: tuple[int, int]
    removed: Ints | None
    quotes: bool

    @property
    def row_count(self) -> int:
        return len(self.starts) if self.rows is None else len(self.rows)


def scan(data: bytes, start: int, end: int, shape: Shape, final: bool) -> Scan:
    """The plain records of data[start:end], which begins with a record. `final`: the text ends there. Places count from start."""
    view = np.frombuffer(data, np.uint8)[start:end]
    quotes = bool(shape.quote) and data.find(shape.quote, start, end) >= 0
    marks = find_marks(view, shape, quotes, data.find(b"\r", start, end) >= 0, final)
    last = np.flatnonzero(marks.breaks)
    if final and marks.closed and marks.trusted == len(view) and len(view) > _end(marks.behind, last):
        _end_at_last_byte(marks, len(view))
        last = np.append(last, len(marks.at) - 1)
    nexts = marks.behind[last]
    starts = np.concatenate((np.zeros(1, np.int64), nexts[:-1])) if len(nexts) else nexts
    first = np.concatenate((np.zeros(1, np.int64), last[:-1] + 1)) if len(last) else last
    judged = _Judged(data, start, shape, quotes)
    count, rows, odd, blank = judged.records(marks, last, first, starts, nexts)
    size = int(nexts[count - 1]) if count else 0
    stuck = count < len(last) or marks.trusted < len(view) or (final and size < len(view))
    return Scan(
        size,
        stuck,
        marks.at,
        marks.behind,
        first[:count],
        starts[:count],
        nexts[:count],
        rows,
        odd,
        blank,
        marks.removed,
        quotes,
    )


def _end(behind: Ints, last: Ints) -> int:
    return int(behind[last[-1]]) if len(last) else 0


def _end_at_last_byte(marks: Marks, size: int) -> None:
    """The last record of a text needs no line end."""
    marks.at = np.append(marks.at, size)
    marks.behind = np.append(marks.behind, size)
    marks.breaks = np.append(marks.breaks, True)


class _Judged:
    """Sorts records into rows and others."""

    def __init__(self, data: bytes, start: int, shape: Shape, quotes: bool) -> None:
        self._data, self._start, self._shape, self._quotes = data, start, shape, quotes

    def records(
        self, marks: Marks, last: Ints, first: Ints, starts: Ints, nexts: Ints
    ) -> tuple[int, Ints | None, tuple[Odd, ...], tuple[int, int]]:
        """How many records are plain, which of them are rows (None: all), the others, and the blank lines."""
        counts = last - first + 1
        fits = self._fit(marks, counts, last)
        comments = self._comments(starts)
        count = self._plain_count(starts, nexts, comments)
        if comments is not None:
            fits &= ~comments
        if count == len(fits) and fits.all():
            return count, None, (), (0, 0)
        empty = ~fits & (marks.at[last] == starts)
        odd: list[Odd] = []
        for index in np.flatnonzero(~(fits | empty)[:count]).tolist():
            comment = comments is not None and bool(comments[index])
            place = int(starts[index]), int(marks.at[last[index]]), int(nexts[index])
            record = self._odd(*place, int(counts[index]), comment) if len(odd) < MOST_ODD else None
            if record is None:
                count = index
                break
            odd.append(record)
        blank = np.flatnonzero(empty[:count])
        size = int((nexts[blank] - starts[blank]).sum())
        return count, np.flatnonzero(fits[:count]), tuple(odd), (len(blank), size)

    def _fit(self, marks: Marks, counts: Ints, last: Ints) -> Ints:
        width = self._shape.width
        fits = counts == width
        if self._shape.trailing:
            more = np.flatnonzero(counts == width + 1)
            ends = last[more]
            fits[more] = marks.at[ends] == marks.behind[ends - 1]
        return fits

    def _comments(self, starts: Ints) -> Ints | None:
        """Which records are comments; None if none is."""
        prefix = self._shape.comment
        if not prefix or not len(starts):
            return None
        view = np.frombuffer(self._data, np.uint8)
        begins = view[starts + self._start] == prefix[0]
        for index in np.flatnonzero(begins).tolist():
            begins[index] = self._data.startswith(prefix, self._start + int(starts[index]))
        return begins if begins.any() else None

    def _plain_count(self, starts: Ints, nexts: Ints, comments: Ints | None) -> int:
        """Records before the first that is very long, or a comment with a quote: the exact reader has rules for those."""
        several_lines = self._quotes or bool(self._shape.escape)
        bound = min(self._shape.max_quoted, self._shape.max_record) if several_lines else self._shape.max_record
        found = np.flatnonzero(nexts - starts > bound)
        count = int(found[0]) if len(found) else len(starts)
        if comments is None or not self._quotes:
            return count
        for index in np.flatnonzero(comments[:count]).tolist():
            begin, end = self._start + int(starts[index]), self._start + int(nexts[index])
            if self._data.find(self._shape.quote, begin, end) >= 0:
                return index
        return count

    def _odd(self, start: int, end: int, following: int, cells: int, comment: bool) -> Odd | None:
        """A record that is no row; None if it has several lines."""
        content = self._data[self._start + start : self._start + end]
        if b"\n" in content or b"\r" in content:
            return None
        if comment:
            return Odd("comment", start, following)
        if not content.strip(b" \t"):
            return Odd("blank", start, following)
        bad = ragged(following, cells, self._shape.width)
        return Odd("bad", start, following, bad.code, bad.reason)
