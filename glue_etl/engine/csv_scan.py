"""All records of a block at once: where numpy finds delimiters, quotes and line ends, and which of them count.

Gives records up to the first that is not plain (a stray quote, a quote left open, a ragged record of several lines, one that
is very long): csv_exact decides on that one by the letter. What is given here is what csv_exact would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glue_etl.engine.csv_exact import ragged
from glue_etl.engine.csv_shape import Shape

Ints = np.ndarray[Any, np.dtype[Any]]
LF, CR = 10, 13
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


@dataclass(slots=True)
class _Marks:
    """Delimiters and line ends outside quotes, in order; what is right up to `trusted`."""

    at: Ints
    behind: Ints
    breaks: Ints
    trusted: int
    closed: bool
    removed: Ints | None


def scan(data: bytes, start: int, end: int, shape: Shape, final: bool) -> Scan:
    """The plain records of data[start:end], which begins with a record. `final`: the text ends there. Places count from start."""
    view = np.frombuffer(data, np.uint8)[start:end]
    quotes = bool(shape.quote) and data.find(shape.quote, start, end) >= 0
    marks = _marks(view, shape, quotes, data.find(b"\r", start, end) >= 0, final)
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


def _end_at_last_byte(marks: _Marks, size: int) -> None:
    """The last record of a text needs no line end."""
    marks.at = np.append(marks.at, size)
    marks.behind = np.append(marks.behind, size)
    marks.breaks = np.append(marks.breaks, True)


def _marks(view: Ints, shape: Shape, quotes: bool, returns: bool, final: bool) -> _Marks:
    at = np.flatnonzero(_mask(view, shape, quotes, returns))
    removed = None
    if shape.escape:
        at, removed = _without_escaped(view, at, shape)
    byte = view[at]
    lengths: Ints | int = 1
    if len(shape.delimiter) > 1:
        at, byte, lengths = _apart(at, byte, shape.delimiter)
    if returns:
        at, byte, lengths = _with_returns(at, byte, lengths, len(view), final)
    behind = at + lengths
    breaks = (byte == LF) | (byte == CR) if returns else byte == LF
    if not quotes:
        return _Marks(at, behind, breaks, len(view), True, removed)
    return _outside_quotes(at, behind, breaks, byte == shape.quote[0], len(view), removed)


def _mask(view: Ints, shape: Shape, quotes: bool, returns: bool) -> Ints:
    mask = view == LF
    if returns:
        mask |= view == CR
    if quotes:
        mask |= view == shape.quote[0]
    if len(shape.delimiter) == 1:
        mask |= view == shape.delimiter[0]
    elif shape.delimiter and len(view) >= len(shape.delimiter):
        places = len(view) - len(shape.delimiter) + 1
        found = view[:places] == shape.delimiter[0]
        for index, byte in enumerate(shape.delimiter[1:], 1):
            found &= view[index : index + places] == byte
        mask[:places] |= found
    return mask


def _without_escaped(view: Ints, at: Ints, shape: Shape) -> tuple[Ints, Ints]:
    """Marks that no escape stands before, and the escapes that are no text."""
    escapes = np.flatnonzero(view == shape.escape[0])
    if not len(escapes):
        return at, escapes
    run_begins = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    in_run = np.arange(len(escapes)) - np.repeat(run_begins, np.diff(np.append(run_begins, len(escapes))))
    active = escapes[in_run % 2 == 0]
    active = active[active + 1 < len(view)]
    meaning = np.zeros(256, bool)
    meaning[list(shape.quote + shape.escape + shape.delimiter[:1] + b"\r\n")] = True
    removed = active[meaning[view[active + 1]]]
    return at[~np.isin(at, removed + 1)], removed


def _apart(at: Ints, byte: Ints, delimiter: bytes) -> tuple[Ints, Ints, Ints]:
    """Without delimiters that begin inside the one before ("||" in "|||")."""
    is_delimiter = byte == delimiter[0]
    lengths = np.where(is_delimiter, len(delimiter), 1)
    if (np.diff(at) < lengths[:-1]).any():
        keep, behind = np.ones(len(at), bool), 0
        for index, (place, length) in enumerate(zip(at.tolist(), lengths.tolist(), strict=True)):
            keep[index] = place >= behind
            behind = place + length if keep[index] else behind
        at, byte, lengths = at[keep], byte[keep], lengths[keep]
    return at, byte, lengths


def _with_returns(at: Ints, byte: Ints, lengths: Ints | int, size: int, final: bool) -> tuple[Ints, Ints, Ints]:
    """CR LF as one mark. A CR at the end is one only where the text ends there."""
    lengths = np.broadcast_to(np.asarray(lengths), at.shape).copy()
    pairs = np.flatnonzero((byte[:-1] == CR) & (byte[1:] == LF) & (at[1:] == at[:-1] + 1))
    lengths[pairs] = 2
    keep = np.ones(len(at), bool)
    keep[pairs + 1] = False
    if not final and len(at) and byte[-1] == CR and at[-1] == size - 1:
        keep[-1] = False
    return at[keep], byte[keep], lengths[keep]


def _outside_quotes(at: Ints, behind: Ints, breaks: Ints, quote: Ints, size: int, removed: Ints | None) -> _Marks:
    """Drops what stands inside quotes. A quote is plain if it opens at a cell's begin, closes at its end, or is doubled."""
    if not len(at):
        return _Marks(at, behind, breaks, size, True, removed)
    odd = _odd_so_far(quote)
    touches = np.empty(len(at) + 1, bool)  # whether each mark stands right behind the one before it
    touches[0] = at[0] == 0
    np.equal(at[1:], behind[:-1], out=touches[1:-1])
    touches[-1] = behind[-1] == size  # if more text follows, what it is decides then
    strange = np.flatnonzero(quote & ~np.where(odd, touches[:-1], touches[1:]))
    place = int(strange[0]) if len(strange) else len(at)
    trusted = size if place == len(at) else int(at[place])
    closed = place == len(at) and not odd[-1]
    doubled = quote[:-1] & quote[1:] & touches[1:-1] & ~odd[:-1]
    if doubled.any():
        pairs = at[:-1][doubled]
        removed = pairs if removed is None or not len(removed) else np.sort(np.concatenate((removed, pairs)))
    outside = np.flatnonzero(~(quote[:place] | odd[:place]))
    return _Marks(at.take(outside), behind.take(outside), breaks.take(outside), trusted, closed, removed)


_PREFIXES = np.array([[bin(byte >> 7 - bit).count("1") & 1 for bit in range(8)] for byte in range(256)], np.uint8)
_PREFIX_BYTE = np.packbits(_PREFIXES, axis=1).ravel()
"""For eight bits, the first on the left: after each of them, whether so far an odd number was set."""


def _odd_so_far(bits: Ints) -> Ints:
    """At each place whether an odd number of `bits` is set up to it: eight at once, which is six times as fast as a sum."""
    packed = _PREFIX_BYTE[np.packbits(bits)]
    carried = np.bitwise_xor.accumulate(packed & 1)
    packed[1:] ^= carried[:-1] * np.uint8(255)
    return np.unpackbits(packed, count=len(bits)).view(bool)


class _Judged:
    """Sorts records into rows and others."""

    def __init__(self, data: bytes, start: int, shape: Shape, quotes: bool) -> None:
        self._data, self._start, self._shape, self._quotes = data, start, shape, quotes

    def records(
        self, marks: _Marks, last: Ints, first: Ints, starts: Ints, nexts: Ints
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

    def _fit(self, marks: _Marks, counts: Ints, last: Ints) -> Ints:
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
