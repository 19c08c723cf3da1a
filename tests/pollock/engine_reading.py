"""What the engine reads of a delimited text, as it stands there: the rows, and the bad records with the cells they have."""

from __future__ import annotations

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.delimited_records import Grammar, read_records
from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine import csv as delimited
from glue_etl.engine.model import BadRecord, Options
from glue_etl.engine.sources import InMemory


def read_by_engine(name: str, content: bytes) -> list[list[str]]:
    """Names, if the text has some, then rows and bad records; a file without any line has none."""
    source = InMemory(name, content)
    try:
        plan = delimited.plan(source, Options())
    except FileRejected as error:
        if error.code == "empty_file":
            return []
        raise
    plan = delimited.settle(plan, [delimited.survey(source, plan, piece) for piece in plan.pieces])
    dialect = plan.how.dialect
    rows: list[list[str]] = [list(dialect.columns)] if dialect.header else []
    for piece in plan.pieces:
        for chunk in delimited.read(source, plan, piece):
            columns = [column.to_pylist() for column in chunk.rows.columns]
            rows += [[value or "" for value in row] for row in zip(*columns, strict=True)]
            rows += [cells for bad in chunk.bad for cells in _cells(bad, dialect)]
    return rows


def _cells(bad: BadRecord, dialect: Dialect) -> list[list[str]]:
    grammar = Grammar(dialect.delimiter, dialect.quote, dialect.escape, dialect.skip_initial_space)
    text = bad.place.raw.decode(dialect.encoding, "replace").rstrip("\r\n")
    return [list(record.cells) for record in read_records(text, grammar, 1 << 30, 1 << 30)]
