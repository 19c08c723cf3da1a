"""Where staged rows stand in their file: read again, but only the pieces that hold them, up to a bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from glue_etl.engine.enrich import enrich
from glue_etl.engine.model import MIB, ByteSource, FilePlan, Piece
from glue_etl.engine.open import format_module
from glue_etl.engine.sources import at_hand
from glue_etl.engine.stage import Job, PieceResult

MOST_BYTES = 32 * MIB
"""Of a piece so much is read again, in memory; rows behind it keep the line 0."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file was read, so that it can be read again."""

    source: ByteSource
    plan: FilePlan

    def lines(self, job: Job, pieces: Sequence[PieceResult], rows: Sequence[int]) -> dict[int, int]:
        """The line of each of these staged rows (numbers in the whole file, from 0), as Place counts lines.

        Those behind the bound are missing. Raises what reading raises.
        """
        starts = [0, *accumulate(piece.staged for piece in pieces)]
        source = at_hand(self.source)
        found: dict[int, int] = {}
        for piece, start, end in zip(self.plan.pieces, starts, starts[1:], strict=False):
            if wanted := sorted(row - start for row in rows if start <= row < end):
                found |= {start + row: line for row, line in self._of_piece(source, piece, job, wanted)}
        return found

    def _of_piece(self, source: ByteSource, piece: Piece, job: Job, rows: list[int]) -> Iterator[tuple[int, int]]:
        read = before = 0
        for chunk in format_module(self.plan.format).read(source, self.plan, piece):
            places = enrich(chunk, job.table, job.contract, job.origin, job.rule, job.keys).places
            mine = [row for row in rows if before <= row < before + len(places)]
            found = chunk.locate([int(places[row - before]) for row in mine]) if mine else []
            yield from ((row, place.line) for row, place in zip(mine, found, strict=True))
            before += len(places)
            read += chunk.rows.nbytes
            if before > rows[-1] or read >= MOST_BYTES:
                return
