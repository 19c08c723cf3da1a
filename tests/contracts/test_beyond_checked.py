"""What expectations name that look beyond one file is looked up before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glue_etl.cli.contract_check import check, files_of
from glue_etl.core.datasets.beyond import TYPES
from glue_etl.core.datasets.contracts import parse_suite
from glue_etl.core.errors import BadContract
from shipping.contracts import compile_contracts
from shipping.deployment import compile_deployment

ORDERS = """
dataset: orders
match: ['orders*']
schema: evolve
columns: [{name: id, type: bigint}, {name: customer, type: string}]
"""
CUSTOMERS = "dataset: customers\nmatch: ['customers*']\ncolumns: [{name: number, type: string}]\n"


def folder_of(tmp_path: Path, *rules: dict[str, Any]) -> Path:
    for name in ("datasets", "expectations/references"):
        (tmp_path / name).mkdir(parents=True)
    for name, text in (("orders", ORDERS), ("customers", CUSTOMERS), ("default", "dataset: default\n")):
        (tmp_path / "datasets" / f"{name}.yaml").write_text(text)
    suite = {"expectations": [{"meta": {"dimension": "consistency"}, **rule} for rule in rules]}
    (tmp_path / "expectations" / "orders.json").write_text(json.dumps(suite, indent=1))
    (tmp_path / "expectations" / "default.json").write_text('{"expectations": []}')
    (tmp_path / "expectations" / "references" / "countries.csv").write_text("code,name\nDE,Germany\n")
    return tmp_path


def in_reference(**kwargs: Any) -> dict[str, Any]:
    return {"type": "expect_column_values_to_be_in_reference", "kwargs": {"column": "customer", **kwargs}}


WRONG = [
    (in_reference(file="country.csv", key="code"), "field 'file' is 'country.csv' (did you mean 'countries.csv'?)"),
    (
        in_reference(file="countries.csv", key="cod"),
        "field 'key' is 'cod' (did you mean 'code'?). Allowed: a column of countries.csv",
    ),
    (in_reference(dataset="customers", key="numbr"), "field 'key' is 'numbr' (did you mean 'number'?)"),
]


@pytest.mark.parametrize(("rule", "told"), WRONG)
def test_a_reference_that_is_not_there_is_told_with_the_near_names(rule: Any, told: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, rule)
    [mistake] = check(files_of(folder)).mistakes
    assert told in mistake
    assert "orders.json:" in mistake
    with pytest.raises(BadContract, match="expectations"):
        compile_contracts(folder)


def test_a_dataset_without_a_contract_may_still_come(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, in_reference(dataset="custmers", key="number"))
    found = check(files_of(folder))
    assert not found.mistakes
    assert ["'custmers' (did you mean 'customers'?): no contract" in doubt for doubt in found.doubts] == [True]
    assert compile_contracts(folder)["datasets"]["orders"]


def test_a_column_that_the_file_has_not_is_told(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_be_unique_in_dataset", "kwargs": {"column": "idd"}}
    [doubt] = check(files_of(folder_of(tmp_path, rule))).doubts
    assert "column 'idd' is none of" in doubt
    assert "(did you mean 'id'?)" in doubt


def test_a_type_that_nobody_knows_has_ours_near(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_be_unique_in_datasets", "kwargs": {"column": "id"}}
    [mistake] = check(files_of(folder_of(tmp_path, rule))).mistakes
    assert "(did you mean 'expect_column_values_to_be_unique_in_dataset'?)" in mistake


@pytest.mark.parametrize(("kind", "kwargs", "told"), [
    ("expect_column_values_to_be_in_reference", {"column": "a", "key": "b"}, "field 'dataset' or field 'file' must say"),
    ("expect_column_values_to_be_in_reference", {"column": "a", "key": "b", "file": "../x.csv"}, "in expectations/references"),
    ("expect_column_values_to_be_unique_in_dataset", {"column": "*"}, "does not take '*'"),
    ("expect_compound_columns_to_be_unique_in_dataset", {"column_list": ["a"]}, "must name two columns or more"),
    ("expect_column_values_to_be_fresh", {"column": "a"}, "field 'max_age_hours' must be a number above 0"),
    ("expect_column_values_to_be_fresh", {"column": "a", "max_age_hours": 1, "mostly": 2}, "from 0 to 1, found 2"),
    ("expect_file_to_arrive_on_time", {}, "field 'every_hours' or field 'by' must say"),
    ("expect_file_to_arrive_on_time", {"by": "6"}, "Allowed: a time of day in UTC, as 06:00"),
    ("expect_table_row_count_to_be_usual", {"column": "a"}, "unknown field 'column'"),
    ("expect_column_mean_to_be_usual", {}, "field 'column' must be text"),
])  # fmt: skip
def test_arguments_are_checked_where_a_suite_is_read(kind: str, kwargs: dict[str, Any], told: str) -> None:
    assert kind in TYPES
    with pytest.raises(BadContract) as raised:
        parse_suite({"expectations": [{"type": kind, "kwargs": kwargs, "meta": {"dimension": "validity"}}]}, "suite")
    assert told in str(raised.value)


def test_the_job_may_read_what_expectations_ask_of_other_files_and_no_more(tmp_path: Path) -> None:
    unique = {"type": "expect_column_values_to_be_unique_in_dataset", "kwargs": {"column": "id"}}
    bundle = compile_contracts(folder_of(tmp_path, unique, in_reference(dataset="customers", key="number")))
    root = Path(__file__).parents[2]
    assert compile_deployment(root, bundle, {"sources": {}})["datasets_read"] == ["customers", "orders"]
    bundle["datasets"]["default"]["suite"] = bundle["datasets"]["orders"]["suite"]
    assert compile_deployment(root, bundle, {"sources": {}})["datasets_read"] == ["*"]
