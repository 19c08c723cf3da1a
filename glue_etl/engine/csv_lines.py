"""A piece of delimited text without any quote or escape: its records are its lines, which need no scan to be counted."""

from __future__ import annotations

from dataclasses import dataclass

from glue_etl.engine.csv_reader import How
from glue_etl.engine.model import ByteSource, Piece

STARTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Walked:
    """Records of a piece under one assumption: where the first ones begin, with the lines before each; the end of the last.

    Places are bytes of the file, lines count from starts[0]. `end` is where the first record behind the piece begins.
    """

    starts: tuple[int, ...]
    lines: tuple[int, ...]
    end: int
    total_lines: int
    bad_bytes: int


def walk_lines(source: ByteSource, how: How, piece: Piece, block_bytes: int) -> Walked | None:
    """The lines that begin in the piece; None where a quote, an escape, a CR or a very long line asks for the whole scan."""
    dialect, first = how.dialect, piece.start == 0
    if how.body_end is None or piece.start >= how.body_end or (first and dialect.comment):
        return None
    lines = _Lines(how, piece)
    place = lines.place
    while not lines.at_end:
        block = source.read(place, min(block_bytes, lines.to_read(place)))
        if not lines.add(block, place):
            return None
        place += len(block)
    walked = lines.walked()
    lead = dialect.preamble + dialect.header
    return None if first and walked.total_lines <= lead else walked  # the header may end behind so small a piece


class _Lines:
    """Counts the line ends of a piece from its first line on, to the end of the last line that begins in it."""

    def __init__(self, how: How, piece: Piece) -> None:
        bom = how.dialect.bom
        self.place = bom if piece.start == 0 else max(bom, piece.start - 1)
        self.at_end = False
        self._begin = bom if piece.start == 0 else None
        self._limit, self._body_end = min(piece.end, how.body_end or 0), how.body_end or 0
        self._marks = [mark for mark in (b"\r", how.shape.quote, how.shape.escape) if mark]
        self._starts = [] if self._begin is None else [bom]
        self._total, self._end = 0, self.place

    def to_read(self, place: int) -> int:
        return (self._limit if place < self._limit else self._body_end) - place

    def add(self, block: bytes, place: int) -> bool:
        """Whether the block, which stands at `place`, holds nothing but lines."""
        whole = block[: block.find(b"\n") + 1] or block if place >= self._limit else block
        if any(mark in whole for mark in self._marks) or (b"\n" not in whole and place + len(whole) < self._body_end):
            return False
        first = 0
        if self._begin is None:
            first = whole.find(b"\n") + 1
            self._begin = place + first
            if not first or self._begin >= self._limit:
                return False
            self._starts.append(self._begin)
        self._note_starts(whole, place, first)
        self._total += whole.count(b"\n", first)
        self._end = place + len(whole)
        ended = self._end >= self._limit and whole.endswith(b"\n")
        self.at_end = ended or self._end >= self._body_end
        return True

    def _note_starts(self, block: bytes, place: int, at: int) -> None:
        while len(self._starts) < STARTS_KEPT and (at := block.find(b"\n", at) + 1):
            if place + at < self._limit:
                self._starts.append(place + at)
            else:
                break

    def walked(self) -> Walked:
        return Walked(tuple(self._starts), tuple(range(len(self._starts))), self._end, self._total, 0)
