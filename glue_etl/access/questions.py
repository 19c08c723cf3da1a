"""Questions on the rows of one table: a small syntax tree of columns of that table and values that fit them, nothing else.

A request's names are looked up in the table's columns and its values parsed by these, so that no text from outside is ever a
part of a query. What is too much is refused with what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glue_etl.access.asked import AggregateAsked, DownloadAsked, FilterAsked, OrderAsked, RowsAsked
from glue_etl.access.columns import LONGEST_TEXT, Column, DataColumns, parsed
from glue_etl.access.cursors import wrong_cursor
from glue_etl.access.problems import bad_request

MOST_IN = 100
"""Values in one `in`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against values, as texts that the query casts; `operator` is one of the column's kind."""

    column: Column
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One column that rows are ordered by. Nulls come last, in both directions, unless `nulls_first`."""

    column: Column
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's values of the orders (None: null, "NaN"), its mark, and how many such rows came."""

    values: tuple[str | None, ...]
    mark: str
    given: int


@dataclass(frozen=True, slots=True)
class RowsQuestion:
    """Rows of a table: which columns, which rows, in which order, from which place on, how many at most."""

    columns: tuple[Column, ...]
    filters: tuple[Comparison, ...] = ()
    orders: tuple[Order, ...] = ()
    place: Place | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One figure; `column` None counts rows. `name` is what it is called in the answer."""

    function: str
    column: Column | None
    name: str


@dataclass(frozen=True, slots=True)
class AggregatesQuestion:
    """Figures of groups of rows. `orders` are (name in the answer, descending)."""

    groups: tuple[Column, ...]
    aggregates: tuple[Aggregate, ...]
    filters: tuple[Comparison, ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()
    limit: int = 100


def rows_question(columns: DataColumns, asked: RowsAsked) -> RowsQuestion:
    """The question of a request. Raises Problem (400)."""
    chosen = _chosen(columns, asked.columns)
    _once("order", [order.column for order in asked.order])
    return RowsQuestion(chosen, _filters(columns, asked.filters), _orders(columns, asked.order), None, asked.limit)


def download_question(columns: DataColumns, asked: DownloadAsked) -> RowsQuestion:
    """The question of a request. Raises Problem (400)."""
    return RowsQuestion(_chosen(columns, asked.columns), _filters(columns, asked.filters), limit=asked.limit)


def _chosen(columns: DataColumns, names: Sequence[str] | None) -> tuple[Column, ...]:
    _once("columns", names or ())
    return tuple(columns.get(name) for name in names) if names else tuple(columns)


def aggregates_question(columns: DataColumns, asked: AggregateAsked) -> AggregatesQuestion:
    """The question of a request. Raises Problem (400)."""
    groups = tuple(columns.get(name) for name in asked.group_by)
    _once("group_by", asked.group_by)
    for column in groups:
        if not column.kind.is_comparable:
            raise bad_request("not_grouped", f"rows can't be grouped by {column.name!r}, a {column.type}")
    figures = tuple(_aggregate(columns, one.function, one.column) for one in asked.aggregates)
    names = [*(column.name for column in groups), *(figure.name for figure in figures)]
    _once("aggregates", names)
    orders = [(order.by, order.descending) for order in asked.order]
    _once("order", [name for name, _ in orders])
    for name, _ in orders:
        if name not in names:
            raise bad_request("unknown_order", f"the answer has no {name[:100]!r} to be ordered by", names)
    return AggregatesQuestion(groups, figures, _filters(columns, asked.filters), tuple(orders), asked.limit)


def _aggregate(columns: DataColumns, function: str, name: str | None) -> Aggregate:
    if name is None:
        if function != "count":
            raise bad_request("column_missing", f"{function} is of a column: name one")
        return Aggregate("count", None, "count")
    column = columns.get(name)
    if function not in column.kind.aggregates:
        raise bad_request(
            "wrong_aggregate", f"{function} of {column.name!r} ({column.type}) is not there", column.kind.aggregates
        )
    return Aggregate(function, column, f"{function}_{column.name}")


def _filters(columns: DataColumns, asked: Sequence[FilterAsked]) -> tuple[Comparison, ...]:
    return tuple(_comparison(columns.get(one.column), one.operator, one.value) for one in asked)


def _comparison(column: Column, operator: str, value: Any) -> Comparison:
    if operator not in column.kind.operators:
        raise bad_request(
            "wrong_operator", f"{column.name!r} ({column.type}) is not compared by {operator}", column.kind.operators
        )
    if operator == "is_null":
        if not isinstance(value, bool):
            raise bad_request("wrong_value", "is_null takes true or false")
        return Comparison(column, operator, ("true" if value else "false",))
    if operator == "in":
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_IN:
            raise bad_request("wrong_value", f"in takes a list of 1 to {MOST_IN} values")
        return Comparison(column, operator, tuple(parsed(column, one) for one in value))
    return Comparison(column, operator, (parsed(column, value),))


def _orders(columns: DataColumns, asked: Sequence[OrderAsked]) -> tuple[Order, ...]:
    orders = tuple(Order(columns.get(one.column), one.descending, one.nulls == "first") for one in asked)
    for order in orders:
        if not order.column.kind.is_comparable:
            raise bad_request("not_ordered", f"rows can't be ordered by {order.column.name!r}, a {order.column.type}")
    return orders


def _once(where: str, names: Sequence[str]) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise bad_request("twice", f"{where} names {twice[0][:100]!r} twice: once is enough")


def question_of(dataset: str, asked: RowsAsked) -> Mapping[str, Any]:
    """What a cursor is good for: the request without its limit and its cursor."""
    return {"rows": dataset, **asked.model_dump(exclude={"limit", "cursor"})}


def place_of(orders: Sequence[Order], content: Any) -> Place:
    """The place that a cursor carries: the answered values of the orders, the mark, the count. Raises Problem (400)."""
    if not isinstance(content, list) or len(content) != len(orders) + 2:
        raise wrong_cursor()
    *values, mark, given = content
    if (
        not isinstance(mark, str | int)
        or not isinstance(given, int)
        or not 0 < given < 2**53
        or len(str(mark)) > LONGEST_TEXT
    ):
        raise wrong_cursor()
    return Place(tuple(map(_place_value, orders, values)), str(mark), given)


def _place_value(order: Order, value: Any) -> str | None:
    kind = order.column.kind
    if value is None or (kind.has_nan and value in ("NaN", "Infinity", "-Infinity")):
        return None if value is None else str(value)
    if kind.name == "text" and isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    try:
        return kind.parse(value)
    except ValueError as error:
        raise wrong_cursor() from error
