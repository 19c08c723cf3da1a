"""One large text for several workers: where each piece's first record begins, though line ends may stand inside quotes.

The first line end of a piece is either outside quotes or inside, which nobody knows who sees the piece alone. `survey_piece`
walks over the piece, as reading does, from the first record that follows under either assumption (or one, where the other
gives nonsense at once), and notes where the record behind the piece begins. `chained` goes on: the first piece's begin is
sure, so its end is, so the next piece's begin ... If that is no record's begin under any assumption of the piece, the rest
of the text stays one piece. So a wrong guess costs time, never a record.
("Speculative Distributed CSV Data Parsing", SIGMOD 2019, has the idea.)
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glue_etl.engine.csv_exact import Record
from glue_etl.engine.csv_feed import Feed
from glue_etl.engine.csv_lines import STARTS_KEPT, Walked, walk_lines
from glue_etl.engine.csv_reader import How, lead_in, open_piece
from glue_etl.engine.csv_scan import Scan
from glue_etl.engine.csv_text import count_lines
from glue_etl.engine.csv_walk import walk
from glue_etl.engine.csv_wrapped import grammar_of
from glue_etl.engine.model import MIB, ByteSource, FilePlan, Piece

_BREAK = re.compile(rb"\r\n|\r|\n")
_TRIAL_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Survey:
    """What a piece says of itself: one answer for each assumption that makes sense."""

    answers: tuple[Walked, ...]


def survey_piece(source: ByteSource, how: How, piece: Piece, block_bytes: int) -> Survey:
    """The piece's possible records. Reads it once; up to four times where quotes leave doubt."""
    how = replace(how, dialect=replace(how.dialect, encoding="utf-8"))  # marks are ASCII: places stay those of the file
    if (plain := walk_lines(source, how, piece, block_bytes)) is not None:
        return Survey((plain,))
    if piece.start == 0:
        return Survey((_walked(source, how, piece, 0, block_bytes),))
    begins = _possible_begins(source, how, piece, block_bytes)
    if len(begins) > 1:
        begins = _sensible(source, how, piece, begins, block_bytes)
    return Survey(tuple(_walked(source, how, piece, begin, block_bytes) for begin in begins))


def _possible_begins(source: ByteSource, how: How, piece: Piece, block_bytes: int) -> list[int]:
    """The first record behind the piece's first line end: if that is outside quotes, and if it is inside."""
    before = replace(piece, start=max(piece.start - 1, how.dialect.bom))
    line_end = _first_line_end(open_piece(source, how, before, min(block_bytes, _TRIAL_BYTES))[0], how)
    if line_end is None or before.start + line_end >= piece.end:
        return []
    outside = before.start + line_end
    if not how.shape.quote:
        return [outside]
    feed = open_piece(source, how, replace(piece, start=outside), min(block_bytes, _TRIAL_BYTES))[0]
    inside = _behind_open_quote(feed, how)
    return [outside] if inside is None or outside + inside >= piece.end else [outside, outside + inside]


def _first_line_end(feed: Feed, how: How) -> int | None:
    while True:
        found = _BREAK.search(feed.data)
        if found and (found[0] != b"\r" or found.end() < len(feed.data) or feed.ended):
            return found.end()
        if len(feed.data) > how.shape.max_record or not feed.more():
            return None


def _behind_open_quote(feed: Feed, how: How) -> int | None:
    """Where the record ends that the text begins in the middle of, inside quotes; None if that is far or makes no sense."""
    grammar = grammar_of(how.shape)
    while True:
        cut = grammar.cut(how.shape.quote + feed.data, 0, feed.ended)
        if cut.cells is not None:
            return cut.end - 1
        if not cut.unfinished or len(feed.data) > how.shape.max_quoted or not feed.more():
            return None


def _sensible(source: ByteSource, how: How, piece: Piece, begins: list[int], block_bytes: int) -> list[int]:
    """The assumption under which the piece's beginning has no bad record, if the other has some; else both."""
    trial = [
        _walked(
            source, how, replace(piece, end=min(piece.end, begin + _TRIAL_BYTES)), begin, min(block_bytes, _TRIAL_BYTES)
        )
        for begin in begins
    ]
    sound = [begin for begin, walked in zip(begins, trial, strict=True) if not walked.bad_bytes]
    return sound if len(sound) == 1 else begins


def _walked(source: ByteSource, how: How, piece: Piece, begin: int, block_bytes: int) -> Walked:
    """Walks from a record's begin to the piece's end."""
    place = max(begin, how.dialect.bom)
    feed, _ = open_piece(source, how, replace(piece, start=begin), block_bytes)
    grammar, starts, lines = grammar_of(how.shape), list[int](), list[int]()
    total = bad = 0
    lead = lead_in(feed, grammar, how.dialect) if begin == 0 else iter(())
    while feed.load(block_bytes):
        for at, found in itertools.chain(list(lead), walk(feed, grammar)):
            bad += _bad_bytes(at, found)
            for start in _starts(at, found)[: STARTS_KEPT - len(starts)]:
                starts.append(place + start)
                lines.append(total + count_lines(feed.data, 0, start))
            if feed.at >= block_bytes:
                break
        total += count_lines(feed.data, 0, feed.at)
        place += feed.at
    return Walked(tuple(starts), tuple(lines), place, total, bad)


def _starts(at: int, found: Scan | Record) -> list[int]:
    if isinstance(found, Scan):
        return [at + start for start in found.starts[:STARTS_KEPT].tolist()]
    return [at]


def _bad_bytes(at: int, found: Scan | Record) -> int:
    if isinstance(found, Scan):
        return sum(odd.next - odd.start for odd in found.odd if odd.kind == "bad")
    return found.end - at if found.kind == "bad" and found.code != "invalid_bytes" else 0


def chained(plan: FilePlan, surveys: Sequence[Survey]) -> FilePlan:
    """The plan with pieces from record to record; the rest of the text as one where the chain of answers breaks."""
    begins, lines, told = _chain(plan, surveys)
    ends = [*begins[1:], plan.how.size]
    pieces = tuple(
        Piece(number, begin, end, first_line=line)
        for number, (begin, end, line) in enumerate(zip(begins, ends, lines, strict=True))
    )
    return replace(plan, pieces=pieces, told=(*plan.told, *told))


def _chain(plan: FilePlan, surveys: Sequence[Survey]) -> tuple[list[int], list[int], tuple[str, ...]]:
    """Where pieces begin, the line of each, and what is to be told."""
    first = surveys[0].answers[0]
    begins, lines = [0], [1]
    end, line = first.end, 1 + first.total_lines
    for piece, survey in zip(plan.pieces[1:], surveys[1:], strict=True):
        if end >= min(piece.end, plan.how.body_end):
            continue  # one record spans this piece, or what is left of the piece before it
        begins.append(end)
        lines.append(line)
        answer = next((answer for answer in survey.answers if end in answer.starts), None)
        if answer is None:
            sentence = f"From byte {end:,} on the text is read as one piece: quotes leave open where its records begin."
            return begins, lines, (sentence,)
        line += answer.total_lines - answer.lines[answer.starts.index(end)]
        end = answer.end
    return begins, lines, ()
