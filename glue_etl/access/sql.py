"""Questions as SQL, in Athena's dialect and in DuckDB's: names are quoted and of the table, values are parameters that are cast.

What the two read differently is written out, so that both answer alike by Trino's rules: nulls last, texts by code point, NaN
greater than all numbers and equal to none, sums without overflow, times to the millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glue_etl.access.columns import LONGEST_TEXT, Column, Kind, kind_of
from glue_etl.access.questions import Aggregate, AggregatesQuestion, Comparison, Order, Place, RowsQuestion

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_DIGITS = kind_of("bigint")
_DOUBLE = kind_of("double")
MARK = "$row"
"""The column of DuckDB's tables that tells equal rows apart."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the two differ. `nested` writes a nested column as JSON; `unique`: rows have MARK."""

    name: str
    is_nan: str
    nested: str
    unique: bool


ATHENA = Dialect("athena", "is_nan({})", "json_format(CAST({} AS JSON))", unique=False)
DUCKDB = Dialect("duckdb", "isnan({})", "CAST(to_json({}) AS VARCHAR)", unique=True)
DIALECTS = {dialect.name: dialect for dialect in (ATHENA, DUCKDB)}


@dataclass(frozen=True, slots=True)
class Statement:
    """A query with `?` for each of its parameters, and the kinds of the columns of its answer, in order."""

    sql: str
    parameters: tuple[str, ...]
    kinds: tuple[Kind, ...]


def quoted(name: str) -> str:
    """A name as it stands in a query, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


class Writer:
    """Writes one query on `relation`, a quoted name; gathers its parameters in the order of their `?`."""

    def __init__(self, dialect: Dialect, relation: str) -> None:
        self._dialect = dialect
        self._relation = relation
        self._parameters: list[str] = []

    def rows(self, question: RowsQuestion) -> Statement:
        """The rows of a page and one more, each with the values that it is ordered by behind its columns, and its mark."""
        shown = [self._shown(column) for column in question.columns]
        keys = [self._key(order.column) for order in question.orders]
        mark = self._mark(question.columns)
        where = self._where(question.filters, question)
        select = ", ".join([*shown, *keys, mark])
        ordered = ", ".join([*map(_ordered, keys, question.orders), f"{mark} ASC NULLS LAST"])
        skipped = f" OFFSET {question.place.given:d}" if question.place else ""
        sql = f"SELECT {select} FROM {self._relation}{where} ORDER BY {ordered}{skipped} LIMIT {question.limit + 1:d}"
        kinds = [column.kind for column in (*question.columns, *(order.column for order in question.orders))]
        return self._statement(sql, [*kinds, kind_of("string")])

    def all_rows(self, question: RowsQuestion) -> Statement:
        """The rows as they are, for a download, under the columns' names."""
        select = ", ".join(f"{self._shown(column)} AS {quoted(column.name)}" for column in question.columns)
        sql = f"SELECT {select} FROM {self._relation}{self._where(question.filters)} LIMIT {question.limit:d}"
        return self._statement(sql, [column.kind for column in question.columns])

    def aggregates(self, question: AggregatesQuestion) -> Statement:
        """A row a group and one more than the limit."""
        groups = [self._shown(column) for column in question.groups]
        figures = [self._figure(aggregate) for aggregate in question.aggregates]
        names = [*(column.name for column in question.groups), *(one.name for one in question.aggregates)]
        where = self._where(question.filters)
        select = ", ".join(f"{e} AS {quoted(n)}" for e, n in zip([*groups, *figures], names, strict=True))
        grouped = f" GROUP BY {', '.join(str(n) for n in range(1, len(groups) + 1))}" if groups else ""
        sql = f"SELECT {select} FROM {self._relation}{where}{grouped}{_places(question, names)} LIMIT {question.limit + 1:d}"
        return self._statement(sql, kinds_of(question))

    def _statement(self, sql: str, kinds: Sequence[Kind]) -> Statement:
        return Statement(sql, tuple(self._parameters), tuple(kinds))

    def _value(self, kind: Kind, text: str) -> str:
        self._parameters.append(text)
        return f"CAST(? AS {kind.sql})"

    def _shown(self, column: Column) -> str:
        """The column as it is answered and compared."""
        name, kind = quoted(column.name), column.kind.name
        if kind == "double" and column.type.lower() == "float":
            return f"CAST({name} AS DOUBLE)"
        if kind == "text" and column.type.lower() != "string":
            return f"CAST({name} AS VARCHAR)"
        if kind == "timestamp":
            return f"date_trunc('millisecond', {name})"
        if kind == "binary":
            return f"to_base64({name})"
        return self._dialect.nested.format(name) if kind == "nested" else name

    def _key(self, column: Column) -> str:
        """The column as rows are ordered by it: of a text as much as a cursor can carry."""
        shown = self._shown(column)
        return f"substr({shown}, 1, {LONGEST_TEXT})" if column.kind.name == "text" else shown

    def _mark(self, columns: Sequence[Column]) -> str:
        """What tells rows apart that are ordered alike: where rows have no mark of their own, a digest of what is shown."""
        if self._dialect.unique:
            return quoted(MARK)
        texts = [f"coalesce(CAST({self._shown(column)} AS VARCHAR), chr(30))" for column in columns]
        return f"to_hex(sha256(to_utf8({' || chr(31) || '.join(texts)})))"

    def _where(self, filters: Sequence[Comparison], question: RowsQuestion | None = None) -> str:
        found = [self._predicate(comparison) for comparison in filters]
        if question and question.place:
            found.append(self._from(question, question.place))
        return f" WHERE {' AND '.join(found)}" if found else ""

    def _predicate(self, comparison: Comparison) -> str:
        column, kind = self._shown(comparison.column), comparison.column.kind
        if comparison.operator == "is_null":
            return f"{quoted(comparison.column.name)} IS {'' if comparison.values == ('true',) else 'NOT '}NULL"
        values = [self._value(kind, text) for text in comparison.values]
        if comparison.operator == "in":
            return f"{column} IN ({', '.join(values)})"
        if comparison.operator == "prefix":
            return f"starts_with({column}, {values[0]})"
        found = f"{column} {_SIGNS[comparison.operator]} {values[0]}"
        if kind.has_nan and comparison.operator in ("gt", "ge"):
            return f"({found} AND NOT {self._nan(column)})"
        return found

    def _nan(self, expression: str) -> str:
        return self._dialect.is_nan.format(expression)

    def _from(self, question: RowsQuestion, place: Place) -> str:
        """Rows at the place or behind it, by all that they are ordered by."""
        written: list[str] = []
        for order, value in zip(question.orders, place.values, strict=True):
            written.append(f"({self._behind(order, value)} OR ({self._same(order.column, value)} AND ")
        mark = self._mark(question.columns)
        return f"{''.join(written)}{mark} >= {self._value(kind_of('string'), place.mark)}{'))' * len(written)}"

    def _behind(self, order: Order, value: str | None) -> str:
        """Rows whose column comes behind the value. NaN is the greatest number; nulls are where the order has them."""
        key, kind = self._key(order.column), order.column.kind
        if value is None:
            return f"{key} IS NOT NULL" if order.nulls_first else "FALSE"
        null = "" if order.nulls_first else f" OR {key} IS NULL"
        if kind.has_nan and value == "NaN":
            return f"({f'NOT {self._nan(key)}' if order.descending else 'FALSE'}{null})"
        compared = f"{key} {'<' if order.descending else '>'} {self._value(kind, value)}"
        if kind.has_nan:
            compared = f"({compared} {'AND NOT' if order.descending else 'OR'} {self._nan(key)})"
        return f"({compared}{null})"

    def _same(self, column: Column, value: str | None) -> str:
        key = self._key(column)
        if value is None:
            return f"{key} IS NULL"
        if column.kind.has_nan and value == "NaN":
            return self._nan(key)
        return f"{key} = {self._value(column.kind, value)}"

    def _figure(self, aggregate: Aggregate) -> str:
        if aggregate.column is None:
            return "count(*)"
        column, kind = self._shown(aggregate.column), aggregate.column.kind
        if aggregate.function == "count":
            return f"count({quoted(aggregate.column.name)})"
        if kind.has_nan:
            column = f"CASE WHEN {self._nan(column)} THEN NULL ELSE {column} END"
        if aggregate.function == "avg":
            return f"avg(CAST({column} AS DOUBLE))"
        if aggregate.function == "sum" and kind.name == "whole":
            return f"sum(CAST({column} AS DECIMAL(38, 0)))"
        return f"{aggregate.function}({column})"


def kinds_of(question: AggregatesQuestion) -> list[Kind]:
    """The kinds of the columns of the answer: the groups', then the figures'."""
    return [*(column.kind for column in question.groups), *map(_kind_of, question.aggregates)]


def _kind_of(aggregate: Aggregate) -> Kind:
    if aggregate.function == "count" or aggregate.column is None:
        return _DIGITS
    if aggregate.function == "avg":
        return _DOUBLE
    kind = aggregate.column.kind
    if aggregate.function == "sum" and kind.name == "decimal":
        scale = kind.sql.partition(", ")[2].rstrip(")")
        return kind_of(f"decimal(38,{scale})")
    return kind


def _ordered(key: str, order: Order) -> str:
    return f"{key} {'DESC' if order.descending else 'ASC'} NULLS {'FIRST' if order.nulls_first else 'LAST'}"


def _places(question: AggregatesQuestion, names: Sequence[str]) -> str:
    """By what is asked for, then by the groups, so that the same groups are given each time."""
    by_place = [(names.index(name) + 1, descending) for name, descending in question.orders]
    by_place += [(n, False) for n in range(1, len(question.groups) + 1) if n not in {place for place, _ in by_place}]
    written = ", ".join(f"{place} {'DESC' if descending else 'ASC'} NULLS LAST" for place, descending in by_place)
    return f" ORDER BY {written}" if written else ""
