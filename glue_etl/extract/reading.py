"""How one stream is read: its columns, the order of its rows, and the statements of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from glue_etl.core.documents import near
from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import TableStream
from glue_etl.core.pulling.pulls import Window
from glue_etl.extract.plans import Doubts, Plan
from glue_etl.extract.rows import Shape

NULLS, VALUES = "nulls", "values"
Pair = tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]
_NEVER_NULL = sa.text(
    "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = :schema AND table_name = :name AND is_nullable = 'NO'"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull of a window stands. `phase`: rows without a cursor value come first, in the first window.

    `after`: the last row's values of the ordering columns, as text; None at the phase's start. `until`: the highest cursor
    value when the window began, which bounds it.
    """

    phase: str
    after: tuple[str, ...] | None = None
    until: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"phase": self.phase, "after": list(self.after) if self.after else None, "until": self.until}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Place:
        after = document["after"]
        return cls(document["phase"], tuple(after) if after else None, document["until"])

    def behind(self, values: Sequence[str]) -> Place:
        return replace(self, after=tuple(values))


@dataclass(frozen=True, slots=True)
class Phase:
    """One statement of a window. Its rows end with `ordered` columns of text: what orders them, the cursor first."""

    statement: sa.Select[Any]
    ordered: int
    unique: bool
    has_cursor: bool


@dataclass(frozen=True, slots=True)
class TableReading:
    """A stream as it is in the database now. `unique`: no two rows are equal in `key`. `optional`: columns that may be null."""

    connection: sa.Connection
    dialect: Any
    stream: TableStream
    source: sa.FromClause
    known: dict[str, Plan]
    plans: tuple[Plan, ...]
    key: tuple[str, ...]
    unique: bool
    optional: frozenset[str]

    @property
    def cursor(self) -> str:
        return self.stream.cursor.field if self.stream.cursor else ""

    @property
    def shape(self) -> Shape:
        return Shape(self.stream.name, tuple(plan.column for plan in self.plans), self.cursor)

    def start(self, window: Window) -> Place:
        """The first place of a window: below the highest cursor value of this moment."""
        if not self.cursor:
            return Place(VALUES)
        until = str(window.until) if window.until is not None else self._highest()
        whole = window.since is None and not window.by_hand and self.cursor in self.optional
        if whole and until is None and self._count_of_nulls():
            raise SourceFailed(
                "cursor_is_null",
                f"column {self.cursor!r} is null in every row of {self.stream.described}: name another cursor field, or none",
            )
        return Place(NULLS if whole else VALUES, None, until)

    def phase(self, window: Window, place: Place) -> Phase:
        """The statement for the rows of a phase, from the place on."""
        in_values = place.phase == VALUES
        has_cursor = bool(self.cursor) and in_values
        ordering = [name for name in dict.fromkeys((self.cursor if has_cursor else "", *self.key)) if name]
        columns = [plan.select(self.source.c[plan.column.name]).label(f"c{n}") for n, plan in enumerate(self.plans)]
        texts = [self._text(name).label(f"o{n}") for n, name in enumerate(ordering)]
        nulls: list[sa.ColumnElement[bool]] = [] if in_values else [self.source.c[self.cursor].is_(None)]
        where = self._between(window, place) if in_values else nulls
        if place.after:
            pairs = zip(ordering, place.after, strict=True)
            where.append(behind([(self.source.c[name], self._value(name, text)) for name, text in pairs]))
        statement = sa.select(*columns, *texts).select_from(self.source).where(*where)
        ordered = statement.order_by(*[self.source.c[name] for name in ordering])
        return Phase(ordered, len(ordering), self.unique, has_cursor)

    def tell_of_nulls(self, doubts: Doubts) -> None:
        """Rows without a cursor value were landed with the first window: later ones would be missed without a word."""
        if self.cursor in self.optional and (count := self._count_of_nulls()):
            doubts.add(
                self.cursor, "is null, so that only the first window lands these rows and no later one sees them", count
            )

    def check_key(self) -> None:
        """Rows can't be ordered by a column that is null."""
        for name in self.key:
            if name in self.optional and self._one(sa.select(sa.literal(1)).where(self.source.c[name].is_(None))):
                raise SourceFailed(
                    "key_is_null",
                    f"the key column {name!r} of {self.stream.described} is null in some rows: name another key",
                )

    def cursor_value(self, text: str | None) -> Any:
        """The value of the cursor's column, of its text."""
        whole = self.known[self.cursor].column.kind in ("int", "long")
        return int(text) if whole and text is not None else text

    def _between(self, window: Window, place: Place) -> list[sa.ColumnElement[bool]]:
        if not self.cursor:
            return []
        if place.until is None:
            return [sa.false()]
        column = self.source.c[self.cursor]
        lower = [column >= self._value(self.cursor, str(window.since))] if window.since is not None else []
        highest = self._value(self.cursor, place.until)
        # By hand the end is left out, as the next window by hand begins with it.
        return [*lower, column < highest if window.by_hand and window.until is not None else column <= highest]

    def _highest(self) -> str | None:
        column = self.source.c[self.cursor]
        last = sa.select(self._text(self.cursor)).select_from(self.source).where(column.is_not(None))
        found = self._one(last.order_by(column.desc()))
        return None if found is None else str(found)

    def _count_of_nulls(self) -> int:
        nulls = sa.select(sa.func.count()).select_from(self.source).where(self.source.c[self.cursor].is_(None))
        return int(self.connection.execute(nulls).scalar_one())

    def _one(self, statement: sa.Select[Any]) -> Any:
        return self.connection.execute(statement.limit(1)).scalar()

    def _text(self, name: str) -> sa.ColumnElement[Any]:
        return self.dialect.text_of(self.source.c[name], self.known[name])

    def _value(self, name: str, text: str) -> sa.ColumnElement[Any]:
        return self.dialect.value_of(text, self.known[name])


def reading_of(connection: sa.Connection, dialect: Any, stream: TableStream) -> TableReading:
    """Look at the stream's columns and key. Raises SourceFailed where the declaration names what is not there."""
    known, source = _described(connection, dialect, stream)
    wanted = _existing(stream, "columns", stream.columns, known) or tuple(known)
    cursor = _existing(stream, "cursor", (stream.cursor.field,) if stream.cursor else (), known)
    key = _existing(stream, "key", stream.key, known)
    required: set[str] = set()
    unique = False
    if stream.table:
        primary, required = _inspected(connection, stream)
        unique = bool(primary) and set(primary) <= set(key or primary)
        key = key or primary
    for name in (*cursor, *key):
        if not known[name].comparable:
            raise SourceFailed(
                "no_order",
                f"column {name!r} ({known[name].column.source_type}) has no order: it can't be a cursor or a key",
            )
    plans = tuple(known[name] for name in wanted)
    optional = frozenset(set(known) - required)
    reading = TableReading(connection, dialect, stream, source, known, plans, key, unique, optional)
    reading.check_key()
    return reading


def behind(pairs: Sequence[Pair]) -> sa.ColumnElement[bool]:
    """Rows behind the given one, in the order of its columns. So written that an index on them is used in every dialect."""
    (column, value), *others = pairs
    if not others:
        return column > value
    return sa.and_(column >= value, sa.or_(column > value, behind(others)))


def _described(connection: sa.Connection, dialect: Any, stream: TableStream) -> tuple[dict[str, Plan], sa.FromClause]:
    schema, name = stream.table_name
    whole = sa.table(name, schema=schema) if stream.table else sa.table(_query(stream)).alias("q")
    result = connection.execute(sa.select(sa.text("*")).select_from(whole).limit(0))
    plans = dialect.plans(connection, result.cursor)
    names = [plan.column.name for plan in plans]
    result.close()
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourceFailed(
            "column_twice",
            f"{stream.described} has two columns called {twice[0]!r}: give one of them another name with AS",
        )
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    source = sa.table(name, *columns, schema=schema) if stream.table else sa.table(_query(stream), *columns).alias("q")
    return dict(zip(names, plans, strict=True)), source


def _query(stream: TableStream) -> sa.quoted_name:
    """The query in brackets. Drivers take a percent sign for a parameter's beginning, unless there are two."""
    text = stream.query.strip().rstrip(";").replace("%", "%%")
    return sa.quoted_name(f"(\n{text}\n)", quote=False)


def _existing(stream: TableStream, field: str, names: Sequence[str], known: dict[str, Plan]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise SourceFailed(
                "unknown_column",
                f"{field}: there is no column {name!r} in {stream.described}{near(name, known, most=3)}. "
                f"Columns: {', '.join(known)}",
            )
    return tuple(names)


def _inspected(connection: sa.Connection, stream: TableStream) -> tuple[tuple[str, ...], set[str]]:
    """The table's primary key and the columns that are never null."""
    schema, name = stream.table_name
    inspector = sa.inspect(connection)
    primary = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
    where = {"schema": schema or inspector.default_schema_name, "name": name}
    return primary, set(connection.execute(_NEVER_NULL, where).scalars())
