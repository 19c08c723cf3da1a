"""Which changes of a contract break readers, which make it stricter or looser, which do nothing to anybody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contract_diff import BREAKS, LOOSER, SAFE, STRICTER, diff, is_widened
from glue_etl.core.datasets.contracts import Contract, parse_contract

RULE: dict[str, Any] = {
    "type": "expect_column_values_to_be_unique",
    "kwargs": {"column": "id"},
    "meta": {"dimension": "validity", "severity": "warning"},
}
BASE: dict[str, Any] = {
    "dataset": "orders",
    "match": ["*orders*"],
    "columns": [{"name": "id", "type": "int"}, {"name": "sum", "type": "decimal(9,2)"}],
    "derive": {"cents": "sum * 100"},
    "gates": {"overall": 80},
    "suite": {"expectations": [RULE]},
}


def changed(**fields: Any) -> Contract:
    return parse_contract({**BASE, **fields}, "x")


def columns(*types: str) -> list[dict[str, str]]:
    return [{"name": name, "type": type_} for name, type_ in zip(("id", "sum", "more"), types, strict=False)]


def rule(**meta: Any) -> dict[str, Any]:
    return {"expectations": [{**RULE, "meta": {**RULE["meta"], **meta}}]}


CASES: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"dataset": "sales"}, "dataset", BREAKS),
    ({"columns": columns("int")}, "column sum", BREAKS),
    ({"columns": columns("string", "decimal(9,2)")}, "column id", BREAKS),
    ({"columns": columns("smallint", "decimal(9,2)")}, "column id", BREAKS),
    ({"columns": columns("int", "decimal(8,2)")}, "column sum", BREAKS),
    ({"columns": columns("int", "double")}, "column sum", BREAKS),
    ({"derive": {}}, "derived column cents", BREAKS),
    ({"derive": {"cents": "sum"}}, "derived column cents", BREAKS),
    ({"reupload": "append"}, "reupload", BREAKS),
    ({"table_format": "parquet"}, "table_format", BREAKS),
    ({"columns": columns("bigint", "decimal(9,2)")}, "column id", SAFE),
    ({"columns": columns("decimal(10,0)", "decimal(9,2)")}, "column id", SAFE),
    ({"columns": columns("int", "decimal(12,3)")}, "column sum", SAFE),
    ({"columns": columns("int", "decimal( 9, 2 )", "date")}, "column more", SAFE),
    ({"columns": [{"name": "ID", "type": "int"}, BASE["columns"][1]]}, "column id", SAFE),
    ({"match": []}, "match", SAFE),
    ({"description": "x"}, "description", SAFE),
    ({"csv": {"delimiter": ";"}}, "csv", SAFE),
    ({"gates": {"overall": 90}}, "gate overall", STRICTER),
    ({"gates": {"overall": 70}}, "gate overall", LOOSER),
    ({"weights": {"validity": 2}}, "weight validity", STRICTER),
    ({"on_failure": "publish_with_warning"}, "on_failure", LOOSER),
    ({"empty_files": "publish"}, "empty_files", LOOSER),
    ({"suite": rule(severity="critical")}, "expect_column_values_to_be_unique (column='id')", STRICTER),
    ({"suite": rule(severity="info")}, "expect_column_values_to_be_unique (column='id')", LOOSER),
    ({"suite": {"expectations": []}}, "expect_column_values_to_be_unique (column='id')", LOOSER),
)


@pytest.mark.parametrize(
    ("change", "what", "effect"), CASES, ids=[f"{n}-{c[1].split()[0]}" for n, c in enumerate(CASES)]
)
def test_a_change_is_told_with_its_effect(change: dict[str, Any], what: str, effect: str) -> None:
    [found] = diff(changed(), changed(**change))
    assert (found.what, found.effect) == (what, effect)
    assert found.why
    assert diff(changed(**change), changed(**change)) == []


def test_another_limit_is_another_expectation() -> None:
    looser = {"expectations": [{**RULE, "kwargs": {"column": "id", "mostly": 0.9}}]}
    assert [c.effect for c in diff(changed(), changed(suite=looser))] == [STRICTER, LOOSER]


def test_a_dataset_that_ends_breaks_readers_and_one_that_begins_does_not() -> None:
    assert [c.effect for c in diff(changed(), None)] == [BREAKS]
    assert [c.effect for c in diff(None, changed())] == [SAFE]
    assert diff(None, None) == []


NUMBERS = st.sampled_from(
    (
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(3,0)",
        "decimal(19,0)",
        "decimal(21,2)",
        "decimal(38,10)",
    )
)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_widening_is_an_order(one: str, two: str, three: str) -> None:
    assert is_widened(one, one)
    if is_widened(one, two) and is_widened(two, three):
        assert is_widened(one, three)
    if is_widened(one, two) and is_widened(two, one):
        assert one == two
