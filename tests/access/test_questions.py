"""One meaning for both backends: generated questions, answered by DuckDB's SQL, by Athena's SQL in DuckDB, and by plain Python.

No Trino runs here: Athena's SQL is parsed in sqlglot's Trino dialect and transpiled from it, so that what Trino itself makes of
it is by its documents alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial, reduce
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from glue_etl.access import cursors
from glue_etl.access.answers import json_rows
from glue_etl.access.asked import AggregateAsked, RowsAsked
from glue_etl.access.columns import kind_of
from glue_etl.access.duck import Duck
from glue_etl.access.questions import aggregates_question, rows_question
from glue_etl.access.rows import page_of_rows
from glue_etl.access.sql import ATHENA, Statement, Writer
from glue_etl.access.tables import Table
from tests.access.oracle import ARROW, EXACT, ROWS, SHOWN, TEXTS, TYPES, comparable, expected, in_json, matches
from tests.access.world import World, deployed
from tests.scale import scaled


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as made:
        columns = {name: pa.array([row[name] for row in ROWS], type_) for name, type_ in ARROW.items()}
        made.publish("measured", pa.table(columns), TYPES, files=3)
        yield made


# Generated questions.

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(-1, 61), "small": st.sampled_from([1, -5, 32767, 0]),
    "place": st.sampled_from([t for t in TEXTS if t is not None]) | st.text(max_size=2).filter(lambda t: "\0" not in t),
    "level": st.sampled_from([0.0, -0.0, 5e-324, 1.5, -1.5, 1e300, 0.1, 0.25]), "ratio": st.sampled_from([0.5, -2.25, 3.0, 0.1]),
    "price": st.sampled_from(["1.50", "-0.01", "9999999.99", 0, 1, "0.0"]),
    "day_of": st.sampled_from(["2024-01-31", "1969-12-31", "2000-01-01"]),
    "at": st.sampled_from(["2024-01-31T12:30:00.123Z", "2024-01-31T12:30:00Z", "1970-01-01T00:00:00Z", "2000-01-01T00:00:00.5Z"]),
    "good": st.booleans(), "exact": st.sampled_from(["9" * 26 + ".0000000001", "-0.0000000001", 0, "1e20", "0.5"]),
    "moment": st.sampled_from(
        ["2024-03-10T06:59:59.999Z", "2024-11-03T05:30:00Z", "1969-12-31T23:59:59.999Z", "2024-11-03T06:30:00Z"]
    ),
    "label": st.sampled_from(["new", "NEW", "n\u00e9", "n", ""]),
}  # fmt: skip


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from(sorted(TYPES)))
    operator = draw(st.sampled_from(kind_of(TYPES[column]).operators))
    if operator == "is_null":
        return {"column": column, "operator": operator, "value": draw(st.booleans())}
    values = VALUES[column]
    value = draw(st.lists(values, min_size=1, max_size=4) if operator == "in" else values)
    return {"column": column, "operator": operator, "value": value}


ORDERED = sorted(name for name, type_ in TYPES.items() if kind_of(type_).is_comparable)
ORDER = st.fixed_dictionaries(
    {"column": st.sampled_from(ORDERED)},
    optional={"descending": st.booleans(), "nulls": st.sampled_from(["first", "last"])},
)
QUESTIONS = st.fixed_dictionaries({
    "columns": st.lists(st.sampled_from(sorted(TYPES)), min_size=1, unique=True),
    "filters": st.lists(filters(), max_size=2),
    "order": st.lists(ORDER, max_size=3, unique_by=lambda order: order["column"]),
    "limit": st.sampled_from([30, 50, 200, 200]),
})  # fmt: skip


def canonical(rows: list[list[Any]]) -> list[str]:
    return sorted(map(repr, rows))


def same_order(rows: list[dict[str, Any]], asked: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    """What rows are ordered by stands in the same order as the oracle's."""
    names = [order["column"] for order in asked["order"] if order["column"] in asked["columns"]]
    if names == [order["column"] for order in asked["order"]]:
        assert [[row[n] for n in names] for row in rows] == [[row[n] for n in names] for row in wanted]


def paged(ask: Callable[[dict[str, Any]], tuple[list[list[Any]], Any]], asked: dict[str, Any]) -> list[list[Any]]:
    """All rows, page by page."""
    found: list[list[Any]] = []
    rows, following = ask(asked)
    found += rows
    while following:
        assert len(rows) == asked["limit"]
        rows, following = ask({**asked, "cursor": following})
        found += rows
    return found


def test_every_question_has_the_answer_of_plain_python_on_both_backends(world: World) -> None:
    seen: list[int] = []

    @settings(
        max_examples=scaled(300, 3_000),
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
        deadline=None,
    )
    @given(QUESTIONS)
    def check(asked: dict[str, Any]) -> None:
        wanted = expected(asked)
        chosen = [[row[name] for name in asked["columns"]] for row in wanted]
        by_duck = paged(lambda question: _over_the_api(world, question), asked)
        by_athena = paged(lambda question: _in_athenas_words(world, question), asked)
        assert canonical(by_duck) == canonical(chosen)
        assert canonical(by_athena) == canonical(chosen)
        for found in (by_duck, by_athena):
            same_order([dict(zip(asked["columns"], row, strict=True)) for row in found], asked, wanted)
        seen.append(len(chosen))

    check()
    assert len(seen) >= 300 and any(n == 0 for n in seen)
    assert sum(n > 1 for n in seen) > len(seen) / 3  # most questions have an answer to compare


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["good", "level", "place", "moment"])
def test_rows_that_are_ordered_alike_come_once_each_over_small_pages(
    world: World, column: str, descending: bool
) -> None:
    """Whole pages of ties, nulls and NaN among them, on both backends."""
    order = [{"column": column, "descending": descending, "nulls": "first" if descending else "last"}]
    asked = {"columns": [column, "id"], "filters": [], "order": order, "limit": 7}
    wanted = expected(asked)
    for ask in (partial(_over_the_api, world), partial(_in_athenas_words, world)):
        found = paged(ask, asked)
        assert canonical(found) == canonical([[row[column], row["id"]] for row in wanted])
        assert [row[0] for row in found] == [row[column] for row in wanted]


def _over_the_api(world: World, asked: dict[str, Any]) -> tuple[list[list[Any]], Any]:
    answer = world.ask("POST", "/v1/datasets/measured/rows", asked)
    assert answer.status == 200, answer.body
    return answer.json["rows"], answer.json["next"]


class InAthenasWords(Duck):
    """Athena's SQL, read as Trino's and run by DuckDB, on the very rows that the other backend reads."""

    def rows(self, table: Table, statement: Statement) -> Any:
        return json_rows(statement.kinds, self._run(transpiled(statement.sql), statement.parameters))


def transpiled(sql: str) -> str:
    """Trino's SQL in DuckDB's words. What sqlglot leaves as it is: digests of texts, which DuckDB gives in hexadecimal."""
    tree = sqlglot.parse_one(sql, read="trino")
    for found in list(tree.find_all(exp.Hex)):
        found.replace(exp.func("sha256", _innermost(found)))
    return tree.sql(dialect="duckdb").replace("TIMESTAMP(3)", "TIMESTAMP")


def _innermost(found: exp.Expression) -> exp.Expression:
    """The text of to_hex(sha256(to_utf8(text)))."""
    inner = found.this.this
    return inner.this if isinstance(inner, exp.Encode) else inner.expressions[0]


def _in_athenas_words(world: World, asked: dict[str, Any]) -> tuple[list[list[Any]], Any]:
    estate = replace(world.estate, backend=_athena_of(world))
    answer = page_of_rows(estate, "measured", RowsAsked.model_validate(asked))
    return answer.rows, answer.next


def _athena_of(world: World) -> InAthenasWords:
    """Made once: it shares the rows that the other backend has loaded."""
    if id(world) not in _athenas:
        _athenas[id(world)] = InAthenasWords(world.estate.tables, world.estate.deployment.client("s3"), "", "athena")
    return _athenas[id(world)]


_athenas: dict[int, InAthenasWords] = {}

FIGURES = st.fixed_dictionaries({
    "aggregates": st.lists(
        st.sampled_from(sorted(TYPES)).flatmap(
            lambda name: st.fixed_dictionaries(
                {"function": st.sampled_from(kind_of(TYPES[name]).aggregates), "column": st.just(name)}
            )
        ) | st.just({"function": "count"}),
        min_size=1, max_size=4, unique_by=lambda one: (one["function"], one.get("column")),
    ),
    "group_by": st.lists(st.sampled_from(ORDERED), max_size=2, unique=True),
    "filters": st.lists(filters(), max_size=2),
    "limit": st.just(1000),
})  # fmt: skip


def figure(asked: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    """The oracle's aggregate: nulls are left out, and NaN of all but count."""
    if "column" not in asked:
        return len(rows)
    name = asked["column"]
    values = [comparable(name, row[name]) for row in rows if row[name] is not None]
    if asked["function"] == "count":
        return len(values)
    values = [v for v in values if not (isinstance(v, float) and math.isnan(v))]
    if not values:
        return None
    kind = kind_of(TYPES[name])
    if asked["function"] == "avg":
        return in_json(kind_of("double"), sum(map(float, values)) / len(values))
    total = partial(reduce, EXACT.add) if kind.name == "decimal" else sum
    result = {"sum": total, "min": min, "max": max}[asked["function"]](values)
    if kind.name == "timestamp":
        return in_json(kind, result.replace(tzinfo=None))
    return in_json(kind, result) if kind.name in ("double", "decimal") else (
        result.decode() if isinstance(result, bytes) else result
    )  # fmt: skip


def nearly(a: Any, b: Any) -> bool:
    """Sums of doubles depend on their order."""
    numbers = isinstance(a, float | int) and isinstance(b, float | int) and not isinstance(a, bool)
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if numbers else a == b


def test_every_figure_is_that_of_plain_python_on_both_backends(world: World) -> None:
    @settings(
        max_examples=scaled(300, 1_000),
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
        deadline=None,
    )
    @given(FIGURES)
    def check(asked: dict[str, Any]) -> None:
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {} if asked["group_by"] else {(): []}
        for row in SHOWN:
            if all(matches(row, f) for f in asked["filters"]):
                groups.setdefault(tuple(row[name] for name in asked["group_by"]), []).append(row)
        wanted = {key: [figure(one, rows) for one in asked["aggregates"]] for key, rows in groups.items()}
        answer = world.ask("POST", "/v1/datasets/measured/aggregates", asked)
        assert answer.status == 200, answer.body
        table = world.estate.tables.find("measured")
        assert table is not None and not answer.json["truncated"]
        question = aggregates_question(table.columns, AggregateAsked.model_validate(asked))
        athena = _athena_of(world)
        statement = Writer(ATHENA, athena.relation(table)).aggregates(question)
        for rows in (answer.json["rows"], [list(row) for row in athena.rows(table, statement)]):
            cut = len(asked["group_by"])
            found = {tuple(row[:cut]): row[cut:] for row in rows}
            assert found.keys() == wanted.keys()
            for key, figures in found.items():
                assert all(nearly(a, b) for a, b in zip(figures, wanted[key], strict=True)), (key, figures, wanted[key])

    check()


def test_what_athena_is_asked_is_trinos_sql_with_values_as_parameters_alone(world: World) -> None:
    table = world.estate.tables.find("measured")
    assert table is not None
    hostile = "x'; DROP TABLE measured; --"
    asked = RowsAsked.model_validate(
        {"filters": [{"column": "place", "operator": "eq", "value": hostile}], "order": [{"column": "at"}]}
    )
    statement = Writer(ATHENA, '"lake"."measured"').rows(rows_question(table.columns, asked))
    tree = sqlglot.parse_one(statement.sql, read="trino")
    assert isinstance(tree, exp.Select) and hostile not in statement.sql and statement.parameters == (hostile,)
    assert {t.sql() for t in tree.find_all(exp.Table)} == {'"lake"."measured"'}
    assert len(list(tree.find_all(exp.Placeholder))) == len(statement.parameters)


def test_a_cursor_of_another_question_is_refused() -> None:
    cursor = cursors.issue({"a": 1}, [1])
    assert cursors.redeem({"a": 1}, cursor) == [1]
    with pytest.raises(Exception, match="no cursor of this question"):
        cursors.redeem({"a": 2}, cursor)


@pytest.mark.parametrize(
    "text", ["99999999999999999999999999.0000000001", "-12345678901234567890123456.7890123456", "1E+20", "0.10"]
)
def test_a_decimal_is_asked_for_with_all_its_digits(text: str) -> None:
    assert Decimal(kind_of("decimal(38,10)").parse(text)) == Decimal(text)
