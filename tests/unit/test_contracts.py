"""Contracts are read strictly: each mistake is told with its place and what would be allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from glue_etl.core.datasets.contracts import Contract, claimant, load_bundle, parse_contract, with_suite
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import DIMENSIONS

ROOT = Path(__file__).parents[2]
NULLS = {
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "id"},
    "meta": {"dimension": "completeness", "severity": "critical", "weight": 2},
}


def contract(**changes: Any) -> dict[str, Any]:
    return {"dataset": "orders", "suite": {"name": "orders", "expectations": [NULLS]}, **changes}


def expectation(**changes: Any) -> dict[str, Any]:
    return contract(suite={"expectations": [{**NULLS, **changes}]})


def complaint(mapping: dict[str, Any]) -> str:
    with pytest.raises(BadContract) as error:
        parse_contract(mapping, "datasets/orders.yaml")
    return str(error.value)


def test_a_kept_schema_wants_small_letters() -> None:
    columns = [{"name": "Amount", "type": "int"}]
    assert "'Amount' has capital letters" in complaint(contract(columns=columns, schema="evolve"))
    assert parse_contract(contract(columns=columns), "x").columns[0].name == "Amount"


def test_what_is_left_out_has_a_default() -> None:
    parsed = parse_contract({"dataset": "orders"}, "x")
    assert (parsed.on_failure, parsed.reupload, parsed.empty_files) == ("quarantine_file", "replace", "reject")
    assert set(parsed.gates.values()) == {0.0}
    assert parsed.weights == dict.fromkeys(DIMENSIONS, 1.0)
    assert parsed.csv.multiline


def test_a_whole_contract() -> None:
    parsed = parse_contract(
        contract(
            match=["*orders*"],
            columns=[{"name": "id", "type": "bigint"}, {"name": "sum", "type": "decimal(18, 2)"}],
            derive={"cents": "cast(sum * 100 as bigint)"},
            gates={"overall": 80},
            csv={"delimiter": ";", "null_values": ["", "NA"]},
        ),
        "x",
    )
    assert [c.type for c in parsed.columns] == ["bigint", "decimal(18, 2)"]
    assert parsed.gates["overall"] == 80
    assert parsed.csv.null_values == ("", "NA")
    assert parsed.suite[0].severity == "critical"


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (contract(on_faliure="x"), "datasets/orders.yaml: unknown field 'on_faliure' (did you mean 'on_failure'?)"),
        (
            contract(on_failure="quarantine_fle"),
            "(did you mean 'quarantine_file'?). Allowed: quarantine_file, quarantine_rows",
        ),
        (contract(gates={"overal": 80}), "gates: unknown field 'overal' (did you mean 'overall'?)"),
        (contract(gates={"overall": 120}), "gates: field 'overall' must be a number from 0 to 100, found 120"),
        (contract(columns=[{"name": "id", "type": "integer"}]), "columns[0]: field 'type' is 'integer'"),
        (contract(columns=[{"name": "year", "type": "int"}]), "'year' is a name that the pipeline adds itself"),
        (contract(columns=[{"name": "a", "type": "int"}, {"name": "A", "type": "int"}]), "column 'A' is listed twice"),
        (contract(dataset="My Orders"), "field 'dataset' is 'My Orders'. Allowed: 1 to 63 small letters"),
        (contract(match="*orders*"), "field 'match' must be a list of texts"),
        (contract(derive={"batch_id": "1"}), "'batch_id' is a name that the pipeline adds itself"),
        (contract(csv={"delimiter": "||"}), "csv: field 'delimiter' is '||'. Allowed: auto, or one character"),
        (contract(csv={"multiline": "yes"}), "csv: field 'multiline' must be true or false"),
        (expectation(meta={}), "field 'dimension' is missing. Allowed: completeness, validity, consistency"),
        (expectation(meta={"dimension": "validty"}), "(did you mean 'validity'?)"),
        (
            expectation(meta={"dimension": "validity", "severity": "fatal"}),
            "field 'severity' is 'fatal'. Allowed: critical",
        ),
        (expectation(meta={"dimension": "validity", "weight": -1}), "field 'weight' must be a number from 0 to 1000"),
        (expectation(type="ExpectNulls"), "field 'type' is 'ExpectNulls'"),
        (contract(suite=["a"]), "expected fields with values, found list"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(mapping: dict[str, Any], said: str) -> None:
    assert said in complaint(mapping)


def test_a_suite_is_the_named_one_else_the_datasets_own_else_the_default() -> None:
    suites = {"default": {"name": "default"}, "orders": {"name": "orders"}, "strict": {"name": "strict"}}
    assert with_suite({"dataset": "orders", "suite": "strict"}, suites, "x")["suite"]["name"] == "strict"
    assert with_suite({"dataset": "orders"}, suites, "x")["suite"]["name"] == "orders"
    assert with_suite({"dataset": "other"}, suites, "x")["suite"]["name"] == "default"
    with pytest.raises(BadContract, match=r"did you mean 'strict'"):
        with_suite({"dataset": "orders", "suite": "strikt"}, suites, "x")


def test_the_first_dataset_by_name_that_matches_claims_the_file() -> None:
    contracts = {n: Contract(n, match=(p,)) for n, p in (("b", "*orders*"), ("a", "*/orders_eu*"), ("default", ""))}
    assert claimant("2024/03/05/orders_eu.csv", contracts) == "a"
    assert claimant("2024/03/05/orders.csv", contracts) == "b"
    assert claimant("2024/03/05/else.csv", contracts) == ""


def test_a_bundle_has_a_default_and_names_that_agree() -> None:
    with pytest.raises(BadContract, match="no contract for 'default'"):
        load_bundle({"datasets": {"orders": contract()}})
    with pytest.raises(BadContract, match="must be the file's own name, 'default'"):
        load_bundle({"datasets": {"default": contract()}})
    with pytest.raises(BadContract, match=r"contracts\.json: datasets: expected fields"):
        load_bundle({"datasets": [1]})


def test_the_shipped_contracts_are_sound_and_cover_all_five_dimensions() -> None:
    suites = {p.stem: json.loads(p.read_text()) for p in (ROOT / "expectations").glob("*.json")}
    documents = {p.stem: yaml.safe_load(p.read_text()) for p in (ROOT / "datasets").glob("*.yaml")}
    shipped = load_bundle({"datasets": {n: with_suite(d, suites, n) for n, d in documents.items()}})
    assert set(shipped) >= {"default", "transactions", "sample_data", "health_check"}
    for each in shipped.values():
        assert {e.dimension for e in each.suite} == set(DIMENSIONS), each.dataset
    assert claimant("2024/03/05/test.csv", shipped) == "transactions"
    assert claimant("2024/03/05/sample_data.csv", shipped) == "sample_data"
