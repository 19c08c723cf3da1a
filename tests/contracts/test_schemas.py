"""The published JSON schemas are those of the code, and agree with the parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from glue_etl.core.datasets.contract_schema import contract_schema, suite_schema
from glue_etl.core.datasets.contracts import FIELDS, parse_contract, parse_suite
from glue_etl.core.errors import BadContract
from shipping.schemas import schemas

ROOT = Path(__file__).parents[2]
CONTRACT, SUITE = Draft202012Validator(contract_schema()), Draft202012Validator(suite_schema())


@pytest.mark.parametrize("path", schemas(), ids=lambda p: p.name)
def test_the_published_schema_is_current(path: Path) -> None:
    assert (ROOT / path).read_text() == schemas()[path], "run `make schemas`"


def test_the_schema_has_each_field_of_the_parser() -> None:
    assert {*contract_schema()["properties"]} == {*FIELDS}
    Draft202012Validator.check_schema(contract_schema())
    Draft202012Validator.check_schema(suite_schema())


@pytest.mark.parametrize("path", sorted(ROOT.glob("datasets/*.yaml")), ids=lambda p: p.stem)
def test_the_contracts_here_fit_it(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert [error.message for error in CONTRACT.iter_errors(document)] == []
    suite = json.loads((ROOT / "expectations" / f"{document['suite']}.json").read_text())
    assert [error.message for error in SUITE.iter_errors(suite)] == []


RULE = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "a"}, "meta": {"dimension": "validity"}}
WRONG: tuple[dict[str, Any], ...] = (
    {"dataset": "Orders"},
    {"dataset": "orders", "matches": []},
    {"dataset": "orders", "match": "x"},
    {"dataset": "orders", "columns": [{"name": "a", "type": "strng"}]},
    {"dataset": "orders", "columns": [{"name": "a", "type": "decimal(39,2)"}]},
    {"dataset": "orders", "columns": [{"name": "_a", "type": "string"}]},
    {"dataset": "orders", "columns": [{"type": "string"}]},
    {"dataset": "orders", "derive": {"a": 1}},
    {"dataset": "orders", "gates": {"overall": 101}},
    {"dataset": "orders", "gates": {"overal": 1}},
    {"dataset": "orders", "weights": {"validity": "1"}},
    {"dataset": "orders", "on_failure": "publish"},
    {"dataset": "orders", "csv": {"delimiter": "ab"}},
    {"dataset": "orders", "csv": {"multiline": "yes"}},
    {"dataset": "orders", "json": {"path": "a"}},
    {},
)


@pytest.mark.parametrize("document", WRONG, ids=lambda d: str(len(str(d))) + str(d)[:40].replace("/", " "))
def test_what_the_parser_refuses_the_schema_does(document: dict[str, Any]) -> None:
    with pytest.raises(BadContract):
        parse_contract(document, "x")
    assert list(CONTRACT.iter_errors(document))


@pytest.mark.parametrize(
    "rule",
    [
        {**RULE, "meta": {"dimension": "valid"}},
        {**RULE, "meta": {}},
        {**RULE, "type": "unique"},
        {**RULE, "column": "a"},
    ],
    ids=("dimension", "no-meta", "type", "unknown"),
)
def test_what_the_parser_refuses_of_suites_the_schema_does(rule: dict[str, Any]) -> None:
    assert not list(SUITE.iter_errors({"name": "x", "expectations": [RULE]}))
    with pytest.raises(BadContract):
        parse_suite({"expectations": [rule]}, "x")
    assert list(SUITE.iter_errors({"expectations": [rule]}))
