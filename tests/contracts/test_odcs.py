"""Contracts as documents of the Open Data Contract Standard: valid by its own schema, and the same again when read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from open_data_contract_standard.model import OpenDataContractStandard

from glue_etl.cli.contract_odcs import mistakes_of
from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.datasets.odcs_export import export_odcs
from glue_etl.core.datasets.odcs_import import import_odcs
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import DIMENSIONS
from tests.scale import scaled

ROOT = Path(__file__).parents[2]

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda n: n not in ("year", "month", "day", "environment", "batch_id", "source_file", "file_format")
)
TYPES = st.sampled_from(
    (
        "string",
        "boolean",
        "int",
        "bigint",
        "double",
        "decimal(18, 2)",
        "DATE",
        "timestamp",
        "binary",
        "array<int>",
        "struct<a:int>",
    )
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("expect_column_values_to_not_be_null", {}),
    ("expect_column_values_to_be_unique", {}),
    ("expect_column_values_to_be_between", {"min_value": 0, "strict_min": True}),
    ("expect_column_values_to_be_in_set", {"value_set": ["a", 1, None]}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
)


@st.composite
def expectations(draw: st.DrawFn, columns: list[str]) -> dict[str, Any]:
    column = draw(st.sampled_from([*columns, "*", "_problem"]))
    kind, more = draw(st.sampled_from(RULES))
    meta: dict[str, Any] = {"dimension": draw(st.sampled_from(DIMENSIONS))}
    meta |= draw(
        st.fixed_dictionaries(
            {}, optional={"severity": st.sampled_from(("critical", "info")), "weight": st.integers(0, 9)}
        )
    )
    about: dict[str, Any] = {} if kind.startswith("expect_table") else {"column": column}
    mostly: dict[str, Any] = draw(st.sampled_from(({}, {"mostly": 0.9})))
    notes = draw(st.fixed_dictionaries({}, optional={"notes": WORDS}))
    return {"type": kind, "kwargs": {**about, **more, **mostly}, "meta": meta, **notes}


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A contract's document and its suite's."""
    names = draw(st.lists(NAMES, unique=True, max_size=5))
    cut = draw(st.integers(0, len(names)))
    columns = [
        {"name": n, "type": draw(TYPES), **draw(st.fixed_dictionaries({}, optional={"description": WORDS}))}
        for n in names[:cut]
    ]
    optional = {
        "description": WORDS,
        "match": st.lists(WORDS, max_size=2),
        "gates": st.dictionaries(st.sampled_from(("overall", *DIMENSIONS)), st.integers(0, 100)),
        "weights": st.dictionaries(st.sampled_from(DIMENSIONS), st.floats(0, 10)),
        "on_failure": st.sampled_from(("quarantine_rows", "publish_with_warning")),
        "reupload": st.just("append"),
        "empty_files": st.just("publish"),
        "encoding": st.just("latin-1"),
        "csv": st.fixed_dictionaries(
            {}, optional={"delimiter": st.just(";"), "null_values": st.lists(WORDS, max_size=2)}
        ),
        "json": st.just({"records": "a.b"}),
        "derive": st.just({n: f"cast({n}x as string)" for n in names[cut:]}),
    }
    contract = {"dataset": draw(NAMES), "columns": columns, **draw(st.fixed_dictionaries({}, optional=optional))}
    suite = {**draw(st.fixed_dictionaries({}, optional={"name": WORDS, "notes": WORDS, "id": WORDS}))}
    return contract, {**suite, "expectations": draw(st.lists(expectations(names), max_size=5))}


def parsed(contract: dict[str, Any], suite: dict[str, Any]) -> Any:
    return parse_contract({**contract, "suite": suite}, "x")


@settings(deadline=None, max_examples=scaled(30, 1000))
@given(documents())
def test_what_is_exported_is_valid_and_the_same_when_imported(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    contract, suite = both
    document = json.loads(json.dumps(export_odcs(contract, suite)))
    assert mistakes_of(document) == []
    OpenDataContractStandard(**document)
    [back] = import_odcs(document, "x.odcs.yaml")
    assert back.told == ()
    assert parsed(back.contract, back.suite) == parsed(contract, suite)
    assert back.suite == suite
    assert export_odcs(back.contract, back.suite) == export_odcs(contract, suite)


@pytest.mark.parametrize("path", sorted((ROOT / "datasets").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_contracts_here_go_there_and_back(path: Path) -> None:
    contract = yaml.safe_load(path.read_text())
    suite = json.loads((ROOT / "expectations" / f"{contract['suite']}.json").read_text())
    document = export_odcs(contract, suite)
    assert mistakes_of(document) == []
    [back] = import_odcs(yaml.safe_load(yaml.safe_dump(document)), "x")
    assert {**back.contract} == {k: contract[k] for k in back.contract}
    assert back.contract.keys() == contract.keys()
    assert back.suite == suite


FOREIGN = """
version: 1.0.0
kind: DataContract
apiVersion: v3.0.2
id: 53581432-6c55-4ba2-a65f-72344a91553a
status: active
team: [{username: me}]
schema:
  - name: Orders (all)
    physicalName: Orders.Table-1
    description: One order a row
    properties:
      - {name: id, logicalType: integer, physicalType: NUMBER(10), primaryKey: true}
      - {name: mail, logicalType: string, physicalType: VARCHAR(100), required: true, unique: true}
      - {name: amount, logicalType: number, physicalType: "NUMERIC(12, 2)", logicalTypeOptions: {minimum: 0}}
      - name: state
        logicalType: string
        quality:
          - {metric: invalidValues, arguments: {validValues: [new, paid]}, mustBe: 0, dimension: conformity, severity: error}
          - {metric: nullValues, mustBeLessThan: 5, unit: percent}
          - {type: sql, query: select 1, mustBe: 1, description: a query}
      - {name: at, logicalType: timestamp, physicalType: TIMESTAMP_NTZ}
      - {name: place, physicalType: GEOGRAPHY, logicalType: object}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
      - type: custom
        engine: greatExpectations
        implementation: '{"expectation_type": "expect_table_column_count_to_equal", "kwargs": {"value": 6}}'
"""


def test_a_document_of_others_becomes_a_contract_and_says_what_it_left_out() -> None:
    document = yaml.safe_load(FOREIGN)
    assert mistakes_of(document) == []
    [found] = import_odcs(document, "orders.odcs.yaml")
    contract = parsed(found.contract, found.suite)
    assert contract.dataset == "orders_table"
    types = {c.name: c.type for c in contract.columns}
    assert types == {
        "id": "decimal(10,0)", "mail": "string", "amount": "decimal(12,2)", "state": "string", "at": "timestamp",
        "place": "string",
    }  # fmt: skip
    rules = {(r.type.removeprefix("expect_"), r.column): r for r in contract.suite}
    assert rules["column_values_to_be_unique", "id"].severity == "critical"
    assert rules["column_values_to_not_be_null", "mail"].kwargs == {"column": "mail"}
    assert rules["column_values_to_be_between", "amount"].kwargs["min_value"] == 0
    assert rules["column_values_to_be_in_set", "state"].kwargs["value_set"] == ["new", "paid"]
    assert rules["column_values_to_not_be_null", "state"].kwargs["mostly"] == 0.95
    assert rules["table_row_count_to_be_between", ""].kwargs == {"min_value": 1}
    assert rules["table_column_count_to_equal", ""].kwargs == {"value": 6}
    told = "; ".join(found.told)
    assert "`team`" in told
    assert "'a query' of state" in told
    assert "GEOGRAPHY" in told


def test_what_is_no_such_document_is_told() -> None:
    with pytest.raises(BadContract, match="kind"):
        import_odcs({"dataset": "x"}, "x.yaml")
