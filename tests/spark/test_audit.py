"""Verdicts of one pass over many files equal those of a stock Great Expectations validation of each file alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import great_expectations as gx
import pytest
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_etl.core.datasets.contracts import Expectation, parse_suite
from glue_etl.core.errors import BadContract
from glue_etl.spark.audit import audit
from glue_etl.spark.checks import expand
from glue_etl.spark.names import FILE
from tests.spark.world import load_contracts

pytestmark = pytest.mark.spark

SCHEMA = f"{FILE} string, id bigint, code string, amount double, day date, other bigint"
D = date(2024, 1, 1)
FILES: dict[str, list[tuple[Any, ...]]] = {
    "clean": [(n, f"C00{n}", n + 0.5, D, n) for n in range(1, 6)],
    "nulls": [(1, None, None, None, None), (None, "C001", 1.0, D, 1), (None, None, None, None, None)],
    "allnull": [(None, None, None, None, None)] * 2,
    "onerow": [(7, "x", -1.0, date(1990, 1, 1), 9)],
    "twice": [(1, "C001", 1.0, D, 1), (1, "C001", 1.0, D, 1), (2, "C002", 2.0, D, 3), (None, "C003", 0.0, None, 4)],
    "mostly": [(n, "C001" if n < 19 else "bad", float(n), D, n) for n in range(20)],
    "special": [(1, "", float("nan"), D, 0), (2, " C001", float("inf"), D, 2), (3, "C0012", -0.0, D, 5)],
}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "id"}),
    ("expect_column_values_to_not_be_null", {"column": "code", "mostly": 0.3}),
    ("expect_column_values_to_be_null", {"column": "code"}),
    ("expect_column_values_to_be_null", {"column": "code", "mostly": 0.5}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_column_values_to_be_unique", {"column": "code", "mostly": 0.5}),
    ("expect_column_values_to_be_unique", {"column": "amount"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "code"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "day"], "ignore_row_if": "any_value_is_missing"}),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": r"^C\d{3,}$"}),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": r"^C\d{3,}$", "mostly": 0.95}),
    ("expect_column_values_to_not_match_regex", {"column": "code", "regex": r"^\s|\s$"}),
    ("expect_column_values_to_be_in_set", {"column": "code", "value_set": ["C001", "C002"], "mostly": 0.5}),
    ("expect_column_values_to_not_be_in_set", {"column": "id", "value_set": [7]}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "strict_min": True}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "max_value": 18, "mostly": 0.95}),
    ("expect_column_values_to_be_between", {"column": "day", "min_value": "2000-01-01"}),
    ("expect_column_value_lengths_to_be_between", {"column": "code", "min_value": 1, "max_value": 4}),
    ("expect_column_value_lengths_to_equal", {"column": "code", "value": 4}),
    ("expect_column_values_to_be_of_type", {"column": "id", "type_": "LongType"}),
    ("expect_column_values_to_be_of_type", {"column": "id", "type_": "StringType"}),
    ("expect_column_values_to_be_in_type_list", {"column": "id", "type_list": ["LongType", "IntegerType"]}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "other", "column_B": "id", "or_equal": True}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "other", "column_B": "id", "ignore_row_if": "either_value_is_missing", "mostly": 0.5},
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "other", "column_B": "id"}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["id", "other"], "sum_total": 2}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["id", "other"]}),
    ("expect_table_row_count_to_be_between", {"min_value": 2, "max_value": 5}),
    ("expect_table_row_count_to_equal", {"value": 1}),
    ("expect_table_column_count_to_equal", {"value": 5}),
    ("expect_table_columns_to_match_set", {"column_set": ["id", "code", "amount", "day", "other"]}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["id", "code"]}),
    ("expect_column_to_exist", {"column": "id"}),
    ("expect_column_to_exist", {"column": "nowhere"}),
    ("expect_column_values_to_not_be_null", {"column": "nowhere"}),
    ("expect_column_min_to_be_between", {"column": "id", "min_value": 1}),
    ("expect_column_max_to_be_between", {"column": "id", "max_value": 5}),
    ("expect_column_mean_to_be_between", {"column": "amount", "min_value": 1, "max_value": 4}),
    ("expect_column_sum_to_be_between", {"column": "id", "min_value": 3}),
    ("expect_column_stdev_to_be_between", {"column": "amount", "max_value": 3}),
    ("expect_column_median_to_be_between", {"column": "id", "min_value": 2}),
    ("expect_column_unique_value_count_to_be_between", {"column": "code", "min_value": 2}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "id", "value_set": [1, 2, 3, 4, 5]}),
    ("expect_column_values_to_be_increasing", {"column": "id"}),
    (
        "expect_column_values_to_be_between",
        {"column": "amount", "min_value": 1, "row_condition": "id > 1", "condition_parser": "spark"},
    ),
]
RULES = [Expectation(kind, kwargs, "validity", "warning", 1.0) for kind, kwargs in CASES]


def frame_of(spark: SparkSession, names: list[str]) -> DataFrame:
    return spark.createDataFrame([(name, *row) for name in names for row in FILES[name]], SCHEMA).repartition(2)


DEPENDS_ON_ORDER = ("expect_column_values_to_be_increasing",)
"""How many rows are out of order depends on where they lie, which Spark leaves open."""


@pytest.fixture(scope="module")
def stock(spark: SparkSession) -> Any:
    """A stock validation of one file: `stock(frame)` gives success by the number of the rule."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_spark("stock", persist=False)
    batches = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("all")

    def validate(frame: DataFrame) -> list[tuple[bool, Any]]:
        batch = batches.get_batch({"dataframe": frame.drop(FILE)})
        found: dict[int, tuple[bool, Any]] = {}
        for numbers in in_suites():
            suite = ExpectationSuite(f"s{numbers[0]}")
            for n in numbers:
                suite.add_expectation(_stock_expectation(n))
            for result in batch.validate(suite).results:
                found[result.expectation_config.meta["n"]] = (result.success, result.result.get("unexpected_count"))
        return [found[n] for n in range(len(CASES))]

    return validate


def in_suites() -> list[list[int]]:
    """The numbers of the cases, in suites: a suite holds one expectation of a type for the same columns."""
    suites: list[list[int]] = []
    seen: list[set[str]] = []
    for n, (kind, kwargs) in enumerate(CASES):
        key = repr((kind, {k: v for k, v in kwargs.items() if k.startswith("column")}))
        place = next((i for i, keys in enumerate(seen) if key not in keys), len(seen))
        if place == len(seen):
            suites.append([])
            seen.append(set())
        suites[place].append(n)
        seen[place].add(key)
    return suites


def _stock_expectation(n: int) -> Any:
    kind, kwargs = CASES[n]
    return getattr(gx.expectations, "".join(part.capitalize() for part in kind.split("_")))(**kwargs, meta={"n": n})


def test_each_file_of_a_run_is_judged_as_stock_gx_judges_it_alone(spark: SparkSession, stock: Any) -> None:
    audited = audit(frame_of(spark, list(FILES)).cache(), RULES, ("id", "code", "amount", "day", "other"))
    differences = []
    for name in FILES:
        expected = stock(frame_of(spark, [name]).coalesce(1).cache())
        for rule, outcome, (success, unexpected) in zip(RULES, audited.outcomes(name), expected, strict=True):
            comparable = unexpected is not None and outcome.total and rule.type not in DEPENDS_ON_ORDER
            counted = outcome.unexpected if comparable else unexpected
            if (outcome.success, counted) != (success, unexpected):
                differences.append((name, rule.type, dict(rule.kwargs), outcome, success, unexpected))
    assert not differences


def test_a_file_without_rows_is_judged_as_stock_gx_judges_an_empty_frame(spark: SparkSession, stock: Any) -> None:
    empty = spark.createDataFrame([], SCHEMA)
    found = audit(empty, RULES, ("id", "code", "amount", "day", "other")).outcomes("none")
    expected = [success for success, _ in stock(empty)]
    assert [(r.type, o.success) for r, o in zip(RULES, found, strict=True)] == [
        (r.type, s) for r, s in zip(RULES, expected, strict=True)
    ]


def test_a_missing_column_is_a_failure_with_a_reason(spark: SparkSession) -> None:
    rule = Expectation("expect_column_values_to_be_unique", {"column": "nowhere"}, "validity", "warning", 1.0)
    (outcome,) = audit(frame_of(spark, ["onerow"]), [rule], ()).outcomes("onerow")
    assert (outcome.success, outcome.note) == (False, "column 'nowhere' is not in the file")


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_values_to_be_nul", {"column": "id"}, "expect_column_values_to_be_null"),
        ("expect_column_values_to_be_between", {"column": "id", "min_valu": 1}, "min_valu"),
    ],
)
def test_a_wrong_expectation_is_the_contracts_mistake(
    spark: SparkSession, kind: str, kwargs: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadContract, match=said):
        audit(frame_of(spark, ["onerow"]), [Expectation(kind, kwargs, "validity", "warning", 1.0)], ())


def test_a_star_stands_for_every_column_that_it_applies_to_and_shares_the_weight(spark: SparkSession) -> None:
    star = Expectation("expect_column_values_to_not_be_null", {"column": "*"}, "validity", "warning", 3.0, "numeric")
    expanded = expand([star], frame_of(spark, ["onerow"]).schema.fields)
    assert [(e.kwargs["column"], e.weight) for e in expanded] == [("id", 1.0), ("amount", 1.0), ("other", 1.0)]


def test_great_expectations_knows_every_expectation_that_is_shipped(spark: SparkSession) -> None:
    frame = frame_of(spark, ["clean"]).withColumn("_problem", F.lit(None).cast("string"))
    for name, contract in load_contracts().items():
        audit(frame, parse_suite(contract["suite"], name), ("id", "code"))
