"""Databases: rows of a table or a query, in a fixed order, read by a server-side cursor in one snapshot an invocation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import TableStream, Target
from glue_etl.core.pulling.pulls import Window
from glue_etl.core.pulling.scrubbing import Credential
from glue_etl.extract import mysql, postgresql
from glue_etl.extract.avro import container, encode_rows
from glue_etl.extract.database_errors import explained
from glue_etl.extract.plans import Doubts, converted
from glue_etl.extract.reading import NULLS, VALUES, Phase, Place, TableReading, reading_of
from glue_etl.extract.rows import Row, Shape
from glue_etl.steps.sources.ports import Page

DIALECTS: Mapping[str, Any] = {"postgresql": postgresql, "mysql": mysql}
FIRST_ROWS = 50
MOST_ROWS = 5_000
PAGE_BYTES = 2 * 1024 * 1024
MOST_EQUAL = 50_000
"""So many rows are kept, in memory, until the others of their group are there."""


class Database:
    """One database, for one invocation: connected on first use, one read-only transaction, ended by `close`."""

    extension = "avro"

    def __init__(self, target: Target) -> None:
        self._target = target
        self._dialect = DIALECTS[target.dialect]
        self._credential = Credential({"password": target.password})
        self._connection: sa.Connection | None = None
        self._shapes: dict[str, Shape] = {}
        self._doubts: dict[str, Doubts] = {}

    def pages(self, stream: TableStream, window: Window, position: Mapping[str, Any] | None) -> Iterator[Page]:
        """The window's rows from `position` on. A page's `next` is empty where no order tells where it ended."""
        with self._explaining(stream):
            reading = reading_of(self._connected(), self._dialect, stream)
            self._shapes[stream.name] = reading.shape
            doubts = self._doubts.setdefault(stream.name, Doubts())
            place = Place.from_json(position) if position else reading.start(window)
            if not position and window.since is not None:
                reading.tell_of_nulls(doubts)
            if place.phase == NULLS:
                beyond = Place(VALUES, None, place.until)
                yield from self._phase(reading, reading.phase(window, place), place, beyond.as_json())
                place = beyond
            yield from self._phase(reading, reading.phase(window, place), place, None)

    def encode(self, stream: str, rows: Sequence[Any]) -> bytes:
        """The rows' file."""
        shape = rows[0].shape if rows else self._shapes[stream]
        return container(shape.schema, (row.data for row in rows))

    def close(self) -> None:
        """End the transaction and the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _phase(
        self, reading: TableReading, phase: Phase, place: Place, final: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        """The pages of one statement; the `next` of its last page is `final`."""
        doubts, columns = self._doubts[reading.stream.name], reading.shape.types
        with self._streamed(phase.statement) as result:
            kept: list[Any] = []
            size = FIRST_ROWS
            while block := result.fetchmany(size):
                kept += block
                free = _free(kept, phase, reading)
                if not free:
                    continue
                last = place.behind(kept[free - 1][-phase.ordered :]).as_json() if phase.ordered else {}
                rows = self._checked(reading, _rows(reading, phase, kept[:free], doubts))
                yield Page(rows, last, True, columns, doubts.sentences())
                kept, size = kept[free:], _next_size(size, rows)
            rows = self._checked(reading, _rows(reading, phase, kept, doubts))
            yield Page(rows, final, True, columns, doubts.sentences())

    def _checked(self, reading: TableReading, rows: list[Row]) -> list[Row]:
        """The rows, none of which repeats our password."""
        if self._credential.in_bytes(b"".join(row.data for row in rows)):
            self._credential.check(rows, f"stream {reading.stream.name!r}")
        return rows

    @contextmanager
    def _streamed(self, statement: sa.Select[Any]) -> Iterator[sa.CursorResult[Any]]:
        """The result, by a server-side cursor. Left early, the connection goes: PyMySQL would read all that is left of it."""
        connection = self._connected()
        result = connection.execute(statement, execution_options={"stream_results": True})
        try:
            yield result
        except BaseException:
            if self._connection is connection:
                self._dialect.abandon(result)
                connection.invalidate()
                self.close()
            raise
        result.close()

    def _connected(self) -> sa.Connection:
        if self._connection is None:
            self._connection = _connect(self._target, self._dialect)
        return self._connection

    @contextmanager
    def _explaining(self, stream: TableStream) -> Iterator[None]:
        """Errors of the driver, in plain words; the connection is not used again."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, self._dialect.Error) as error:
            self.close()
            raise explained(error, self._target, stream, lambda: _connect(self._target, self._dialect)) from None


def _connect(target: Target, dialect: Any) -> sa.Connection:
    address = sa.URL.create(dialect.DRIVER, target.user, None, target.host, target.port, target.database)
    engine = sa.create_engine(
        address, poolclass=NullPool, connect_args=dialect.connect_arguments(target), **dialect.ENGINE_OPTIONS
    )
    sa.event.listen(engine, "connect", lambda connection, _: dialect.prepare(connection))
    connection = engine.connect()
    dialect.begin(connection)
    return connection


def _rows(reading: TableReading, phase: Phase, block: Sequence[Any], doubts: Doubts) -> list[Row]:
    """A block as rows: turned into columns, converted and encoded column by column."""
    if not block:
        return []
    by_column = list(zip(*block, strict=True))
    shape, plans = reading.shape, reading.plans
    data = encode_rows(shape.columns, converted(plans, by_column[: len(plans)], doubts))
    texts = by_column[len(plans)] if phase.has_cursor else None
    cursors = [reading.cursor_value(text) for text in texts] if texts else [None] * len(block)
    return [Row(row, cursor, shape) for row, cursor in zip(data, cursors, strict=True)]


def _free(kept: Sequence[Any], phase: Phase, reading: TableReading) -> int:
    """How many of the rows can be let go, so that a pull can go on behind them.

    A last group of rows that are equal in what orders them waits for its others.
    """
    if not phase.ordered or phase.unique:
        return len(kept)
    free = whole_groups([row[-phase.ordered :] for row in kept])
    if not free and len(kept) > MOST_EQUAL:
        raise SourceFailed(
            "no_key",
            f"more than {MOST_EQUAL:,} rows of {reading.stream.described} have the same cursor and key, so that an interrupted "
            f"pull could not go on between them: name a `key` that tells the rows of stream {reading.stream.name!r} apart",
        )
    return free


def whole_groups(values: Sequence[Any]) -> int:
    """How many rows of a block, given by their ordering values, may be let go: all before the last group of equal ones.

    Only behind a whole group can a pull go on: the next rows may be equal to the last ones in the columns that order them.
    """
    last = len(values)
    while last and values[last - 1] == values[-1]:
        last -= 1
    return last


def _next_size(size: int, rows: Sequence[Row]) -> int:
    """So many rows that a page has some 2 MB."""
    width = max(1, sum(len(row.data) for row in rows) // len(rows))
    return max(1, min(MOST_ROWS, size * 10, PAGE_BYTES // width))
