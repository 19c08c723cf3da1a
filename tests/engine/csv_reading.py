"""What the tests of delimited text share: a whole file read in one go, and a correct writer of any dialect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine import csv as format_
from glue_etl.engine.model import BadRecord, Covered, FilePlan, Options, Place
from glue_etl.engine.sources import InMemory

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Read:
    """All that came of a file."""

    rows: list[Row]
    bad: list[BadRecord]
    covered: Covered
    places: list[Place]
    plan: FilePlan

    @property
    def lines(self) -> list[int]:
        return [record.place.line for record in self.bad]

    @property
    def codes(self) -> list[str]:
        return [record.code for record in self.bad]


def read(content: bytes, dialect: Dialect, bounds: tuple[int, int] | None = None, **options: Any) -> Read:
    """Plans, surveys, settles and reads. bounds: (max_record, max_quoted) instead of the engine's own."""
    source = InMemory("t.csv", content)
    plan = format_.plan_as(source, dialect, Options(**options))
    if bounds:
        shape = replace(plan.how.shape, max_record=bounds[0], max_quoted=bounds[1])
        plan = replace(plan, how=replace(plan.how, shape=shape))
    plan = format_.settle(plan, [format_.survey(source, plan, piece) for piece in plan.pieces])
    rows: list[Row] = []
    bad: list[BadRecord] = []
    places: list[Place] = []
    covered = Covered()
    for piece in plan.pieces:
        for chunk in format_.read(source, plan, piece):
            assert chunk.covered.records.get("rows", 0) == chunk.rows.num_rows
            chunk.rows.validate(full=True)
            rows += zip(*(column.to_pylist() for column in chunk.rows.columns), strict=True)
            bad += chunk.bad
            places += chunk.locate(range(chunk.rows.num_rows))
            covered += chunk.covered
    return Read(rows, bad, covered, places, plan)


def write(table: Sequence[Row], dialect: Dialect, newline: str = "\n", quote_all: bool = False) -> bytes:
    """The table as a correct writer of the dialect writes it, in its encoding, the header's names first."""
    records = [dialect.columns, *table] if dialect.header else table
    text = "".join(_record(record, dialect, quote_all) + newline for record in records)
    return text.encode(dialect.encoding)


def _record(record: Sequence[str | None], dialect: Dialect, quote_all: bool) -> str:
    cells = [_cell(cell, dialect, quote_all) for cell in record]
    line = dialect.delimiter.join(cells) + (dialect.delimiter if dialect.trailing else "")
    return '"' + line.replace('"', '""') + '"' if dialect.wrapped else line


def _cell(cell: str | None, dialect: Dialect, quote_all: bool) -> str:
    if cell is None:
        return ""
    marks = {*dialect.delimiter, dialect.quote, dialect.escape, "\r", "\n", " ", "\t", *dialect.comment}
    if cell and not quote_all and not marks & set(cell):
        return cell
    if dialect.escape:
        cell = cell.replace(dialect.escape, dialect.escape * 2).replace(dialect.quote, dialect.escape + dialect.quote)
    else:
        cell = cell.replace(dialect.quote, dialect.quote * 2)
    return dialect.quote + cell + dialect.quote
