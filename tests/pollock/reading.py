"""A plain reader of whole texts, led by a Dialect: slow, and right by being simple. What the engine's reader is held against."""

from __future__ import annotations

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.delimited_records import LINE_END, Grammar, read_records
from glue_etl.core.formats.dialect import Dialect, find_dialect, unwrap

EVERYTHING = 1 << 40


def dialect_of(text: str, extension: str = "csv") -> Dialect:
    return find_dialect(text[: 1 << 20], text[-(1 << 16) :], len(text) <= 1 << 20, extension)


def read_as_it_is(text: str, extension: str = "csv") -> list[list[str]]:
    """The names, if the text has some, and each record with the cells that it has; a text without any line has none."""
    try:
        dialect = dialect_of(text, extension)
    except FileRejected as error:
        if error.code == "empty_file":
            return []
        raise
    names = [list(dialect.columns)] if dialect.header else []
    return names + records_of(text, dialect)


def records_of(text: str, dialect: Dialect) -> list[list[str]]:
    """The records behind the header, as they are, without blank lines (a table of one column keeps them as nulls: "")."""
    lines = _lines(text.removeprefix("\ufeff"))
    end = len(lines) - dialect.footer
    body = "".join(lines[dialect.preamble : end])
    body = unwrap(body) if dialect.wrapped else body
    grammar = Grammar(dialect.delimiter, dialect.quote, dialect.escape, dialect.skip_initial_space, dialect.comment)
    rows: list[list[str]] = []
    for record in read_records(body, grammar, EVERYTHING, EVERYTHING):
        if record.blank and len(dialect.columns) > 1:
            continue
        surplus = dialect.trailing and len(record.cells) == len(dialect.columns) + 1 and not record.cells[-1]
        rows.append(list(record.cells[:-1] if surplus else record.cells))
    return rows[dialect.header :]


def _lines(text: str) -> list[str]:
    """Physical lines with their ends."""
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    lines = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [line for line in lines if line]
