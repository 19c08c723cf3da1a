"""Generated cases for the audit: files, and expectations of every kind that Great Expectations has, with bounds at the edge."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("other", pa.int64()),
        ("small", pa.int32()),
        ("code", pa.string()),
        ("note", pa.string()),
        ("amount", pa.float64()),
        ("price", pa.decimal128(12, 2)),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
        ("flag", pa.bool_()),
    ]
)
NOTES = [
    "",
    " x",
    "grün",
    "日本\U0001f600",
    "a\nb",
    "a\n",
    "a\x0bb",
    '{"a": 1}',
    '{"a": "x"}',
    "[1, 2]",
    "2024-01-02",
    "٣",
    "x" * 40,
]
START = datetime(2024, 1, 1, tzinfo=UTC)


def _row(random_: random.Random, n: int, nulls: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": n,
        "other": random_.randint(-3, 12),
        "small": random_.randint(0, 4),
        "code": random_.choice(["C001", "C002", "C0033", "bad", "c001"]),
        "note": random_.choice(NOTES),
        "amount": random_.randint(-8, 60) / 4,
        "price": Decimal(random_.randint(-300, 4000)) / 100,
        "day": date(2024, 1, 1) + timedelta(days=random_.randint(-2, 3)),
        "at": START + timedelta(seconds=random_.randint(-2, 90_000) / 2),
        "flag": random_.random() < 0.5,
    }
    return {name: None if random_.random() < nulls else value for name, value in row.items()}


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, SCHEMA)


def tables(seed: int = 7) -> dict[str, pa.Table]:
    """Files by name; "special" has what only Spark tells from a null, or compares in its own way."""
    random_ = random.Random(seed)
    plain = [_row(random_, n, 0) for n in range(1, 41)]
    return {
        "plain": _table(plain),
        "nulls": _table([_row(random_, n, 0.3) for n in range(1, 31)]),
        "allnull": _table([dict.fromkeys(SCHEMA.names)] * 3),
        "empty": _table([]),
        "onerow": _table([_row(random_, 7, 0)]),
        "twice": _table([*plain[:9], *plain[4:12]]),
        "same": _table([plain[3]] * 5),
        "sorted": _table(sorted(plain, key=lambda r: (r["amount"], r["other"]))),
        "special": _table([{**r, "amount": a} for r, a in zip(plain, SPECIAL, strict=False)]),
    }


SPECIAL = [float("nan"), float("inf"), -0.0, 0.0, 1e300, None, float("nan"), 2.5]

_BETWEEN: list[dict[str, Any]] = [
    {"min_value": 1},
    {"max_value": 10},
    {"min_value": 0, "max_value": 9, "strict_min": True},
    {"min_value": -1, "max_value": 12, "strict_max": True},
]
_NUMBERS = ("id", "other", "amount", "price")
_REGEXES = [
    r"^C\d{3,}$",
    r"\s",
    r"^.{4}$",
    r"(?i)^c",
    r"^(?!bad)",
    r"b\b",
    r"[\x00-\x08\x0B\uFFFD]",
    r"a$",
    r"\p{Alpha}+",
]


def rules() -> list[Expectation]:
    """Expectations of every type, most several times."""
    return [Expectation(kind, kwargs, "validity", "warning", 1.0) for kind, kwargs in [*_of_rows(), *_of_files()]]


Case = tuple[str, dict[str, Any]]


def _of_rows() -> Iterator[Case]:
    for column in SCHEMA.names:
        yield "expect_column_values_to_not_be_null", {"column": column, "mostly": 0.7}
        yield "expect_column_values_to_be_null", {"column": column, "mostly": 0.3}
        yield "expect_column_values_to_be_unique", {"column": column, "mostly": 0.2}
    for column in _NUMBERS:
        for number, bounds in enumerate(_BETWEEN):
            yield "expect_column_values_to_be_between", {"column": column, **bounds, "mostly": (36 + number) / 40}
        yield "expect_column_values_to_be_in_set", {"column": column, "value_set": [1, 2, 3, 4], "mostly": 0.1}
        yield "expect_column_values_to_not_be_in_set", {"column": column, "value_set": [2, 7.5]}
        yield "expect_column_values_to_be_increasing", {"column": column, "mostly": 0.5}
        yield "expect_column_values_to_be_increasing", {"column": column, "strictly": True}
        yield "expect_column_values_to_be_decreasing", {"column": column, "mostly": 0.5}
        yield "expect_column_value_z_scores_to_be_less_than", {"column": column, "threshold": 1.3, "double_sided": True}
        yield (
            "expect_column_value_z_scores_to_be_less_than",
            {"column": column, "threshold": 1.9, "double_sided": False},
        )
        for method in ("iqr", "std"):
            yield "expect_column_values_to_not_be_outliers", {"column": column, "method": method, "multiplier": 1.2}
    yield from _of_texts()
    yield from _of_moments()
    yield from _of_several()
    yield from _of_conditions()


def _of_texts() -> Iterator[Case]:
    for column in ("code", "note"):
        for regex in _REGEXES:
            yield "expect_column_values_to_match_regex", {"column": column, "regex": regex, "mostly": 0.5}
            yield "expect_column_values_to_not_match_regex", {"column": column, "regex": regex}
        for match_on in ("any", "all"):
            yield (
                "expect_column_values_to_match_regex_list",
                {"column": column, "regex_list": [r"^C", r"1$"], "match_on": match_on, "mostly": 0.4},
            )
        yield "expect_column_values_to_not_match_regex_list", {"column": column, "regex_list": ["x", "bad"]}
        yield "expect_column_value_lengths_to_be_between", {"column": column, "min_value": 1, "max_value": 4}
        yield "expect_column_value_lengths_to_be_between", {"column": column, "min_value": 3, "strict_min": True}
        yield "expect_column_value_lengths_to_equal", {"column": column, "value": 4, "mostly": 0.5}
        yield "expect_column_values_to_be_in_set", {"column": column, "value_set": ["C001", "", "bad"], "mostly": 0.4}
        yield "expect_column_values_to_not_be_in_set", {"column": column, "value_set": ["C002", "grün"]}
        yield "expect_column_values_to_be_json_parseable", {"column": column, "mostly": 0.2}
        yield "expect_column_values_to_be_dateutil_parseable", {"column": column, "mostly": 0.2}
        yield "expect_column_values_to_match_strftime_format", {"column": column, "strftime_format": "%Y-%m-%d"}
        yield "expect_column_values_to_match_json_schema", {"column": column, "json_schema": {"type": "object"}}
        yield "expect_column_values_to_match_like_pattern", {"column": column, "like_pattern": "C%"}
        yield "expect_column_values_to_not_match_like_pattern", {"column": column, "like_pattern": "C%"}
        yield "expect_column_values_to_match_like_pattern_list", {"column": column, "like_pattern_list": ["C%"]}
        yield "expect_column_values_to_not_match_like_pattern_list", {"column": column, "like_pattern_list": ["C%"]}


def _of_moments() -> Iterator[Case]:
    yield "expect_column_values_to_be_between", {"column": "day", "min_value": "2024-01-01"}
    yield "expect_column_values_to_be_between", {"column": "at", "min_value": "2024-01-01", "mostly": 0.95}
    yield "expect_column_values_to_be_between", {"column": "at", "max_value": "2024-01-01T12:00:00", "strict_max": True}
    yield "expect_column_values_to_be_in_set", {"column": "day", "value_set": ["2024-01-01", "2024-01-02"]}
    yield "expect_column_values_to_be_increasing", {"column": "at"}
    yield "expect_column_values_to_be_increasing", {"column": "day", "mostly": 0.4}


def _of_several() -> Iterator[Case]:
    for ignore in ("both_values_are_missing", "either_value_is_missing", "neither"):
        pair = {"column_A": "other", "column_B": "id", "ignore_row_if": ignore}
        yield "expect_column_pair_values_a_to_be_greater_than_b", {**pair, "mostly": 0.3}
        yield "expect_column_pair_values_a_to_be_greater_than_b", {**pair, "or_equal": True, "mostly": 0.25}
        yield "expect_column_pair_values_to_be_equal", {**pair, "mostly": 0.1}
        yield "expect_column_pair_values_to_be_in_set", {**pair, "value_pairs_set": [[1, 1], [2, 7]], "mostly": 0.1}
    for ignore in ("all_values_are_missing", "any_value_is_missing", "never"):
        for columns in (["id", "other"], ["other", "small"]):
            several = {"column_list": columns, "ignore_row_if": ignore, "mostly": 0.4}
            yield "expect_compound_columns_to_be_unique", several
            yield "expect_select_column_values_to_be_unique_within_record", several
            yield "expect_multicolumn_values_to_be_equal", several
            yield "expect_multicolumn_sum_to_equal", {**several, "sum_total": 8, "mostly": 0.05}
    yield (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["code", "day"], "ignore_row_if": "any_value_is_missing"},
    )


def _of_conditions() -> Iterator[Case]:
    condition = {"row_condition": 'col("id") > 10', "condition_parser": "great_expectations"}
    compared = {"type": "comparison", "column": {"name": "code"}, "operator": "==", "parameter": "C001"}
    several = {"type": "and", "conditions": [compared, {"type": "nullity", "column": {"name": "id"}, "is_null": False}]}
    for filtered in (condition, {"row_condition": compared}, {"row_condition": several}):
        yield "expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "mostly": 0.9, **filtered}
        yield "expect_column_values_to_not_be_null", {"column": "day", "mostly": 0.8, **filtered}
        yield "expect_column_values_to_be_unique", {"column": "other", "mostly": 0.4, **filtered}
        yield "expect_column_max_to_be_between", {"column": "id", "min_value": 12, **filtered}
        yield "expect_table_row_count_to_be_between", {"min_value": 3, **filtered}
        yield (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "other", "column_B": "id", "mostly": 0.1, **filtered},
        )
    spark = {"row_condition": "id > 10 and (code = 'C001' or `other` is null)", "condition_parser": "spark"}
    yield "expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "mostly": 0.9, **spark}
    pandas = {"row_condition": "id > 10", "condition_parser": "pandas"}
    yield "expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "mostly": 0.9, **pandas}


def _of_files() -> Iterator[Case]:
    for column in _NUMBERS:
        for kind in ("max", "min", "mean", "median", "sum", "stdev"):
            for low, high in ((1, 40), (-2, None), (None, 20.5)):
                yield f"expect_column_{kind}_to_be_between", {"column": column, "min_value": low, "max_value": high}
        yield (
            "expect_column_quantile_values_to_be_between",
            {
                "column": column,
                "quantile_ranges": {"quantiles": [0.1, 0.5, 1], "value_ranges": [[-9, 5], [1, 21], [2, 60]]},
            },
        )
        yield (
            "expect_column_kl_divergence_to_be_less_than",
            {
                "column": column,
                "partition_object": {"bins": [-10, 0, 10, 60], "weights": [0.2, 0.4, 0.4]},
                "threshold": 0.6,
            },
        )
    for column in SCHEMA.names:
        yield "expect_column_unique_value_count_to_be_between", {"column": column, "min_value": 2, "max_value": 20}
        yield "expect_column_proportion_of_unique_values_to_be_between", {"column": column, "min_value": 0.4}
        yield "expect_column_proportion_of_non_null_values_to_be_between", {"column": column, "min_value": 0.7}
        for type_ in ("LongType", "StringType", "NumericType", "Nothing"):
            yield "expect_column_values_to_be_of_type", {"column": column, "type_": type_}
            yield "expect_column_type_to_be", {"column": column, "type_": type_}
        yield (
            "expect_column_values_to_be_in_type_list",
            {"column": column, "type_list": ["LongType", "DateType", "Nothing"]},
        )
    for column, values in (("code", ["C001", "bad"]), ("small", [0, 1, 2, 3, 4]), ("other", [1, 2, 3])):
        for kind in ("to_be_in_set", "to_contain_set", "to_equal_set"):
            yield f"expect_column_distinct_values_{kind}", {"column": column, "value_set": values}
        for ties in (True, False):
            yield (
                "expect_column_most_common_value_to_be_in_set",
                {"column": column, "value_set": values, "ties_okay": ties},
            )
    yield from _of_tables()


def _of_tables() -> Iterator[Case]:
    yield "expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 30}
    yield "expect_table_row_count_to_equal", {"value": 40}
    yield "expect_table_row_count_to_equal_other_table", {"other_table_name": "nowhere"}
    yield "expect_table_column_count_to_equal", {"value": len(SCHEMA)}
    yield "expect_table_column_count_to_be_between", {"max_value": 3}
    yield "expect_table_columns_to_match_set", {"column_set": SCHEMA.names}
    yield "expect_table_columns_to_match_set", {"column_set": ["id"], "exact_match": False}
    yield "expect_table_columns_to_match_ordered_list", {"column_list": ["id", "code"]}
    yield "expect_column_to_exist", {"column": "id"}
    yield "expect_column_to_exist", {"column": "day", "column_index": 7}
    yield "expect_column_to_exist", {"column": "nowhere"}
    yield "expect_column_values_to_not_be_null", {"column": "nowhere"}
    yield "unexpected_rows_expectation", {"unexpected_rows_query": "SELECT * FROM {batch} WHERE id > 100"}
    yield (
        "expect_query_results_to_match_comparison",
        {"base_query": "SELECT 1", "comparison_data_source_name": "none", "comparison_query": "SELECT 1"},
    )
