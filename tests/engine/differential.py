"""What the differential tests of the audit share: the cases, and where the engines of Great Expectations differ.

On pandas a part of the cases, on Spark a smaller one; all of both with TEST_SCALE=long (`make test-faults`). Where the two
engines of Great Expectations differ the audit goes with Spark: DIFFERENT says where, and why pandas finds something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.engine.audit import FileRows, audit
from tests.engine import stock
from tests.engine.audit_cases import SCHEMA, rules, tables
from tests.scale import LONG

ALL = LONG
TABLES = tables()
OF_TYPES = ("expect_column_values_to_be_of_type", "expect_column_type_to_be", "expect_column_values_to_be_in_type_list")
Differs = Callable[[Expectation, str], bool]


def _column(rule: Expectation) -> str:
    return str(rule.kwargs.get("column"))


def _has_no_values(rule: Expectation, file: str) -> bool:
    return file in ("empty", "allnull")


DIFFERENT: dict[str, Differs] = {
    "types have Spark's names here, NumPy's in pandas": lambda r, f: r.type in OF_TYPES,
    "NaN is a value here, null in pandas": lambda r, f: f == "special" and _column(r) == "amount",
    "a regex is Java's here": lambda r, f: "regex" in r.type and r"\p" in str(r.kwargs.get("regex")),
    "a date is a day of its column here, text or nothing like it in pandas": lambda r, f: (
        _column(r) in ("day", "at")
        and r.type in ("expect_column_values_to_be_between", "expect_column_values_to_be_in_set")
    ),
    "pandas does not compute with decimals": lambda r, f: (
        _column(r) == "price" and any(w in r.type for w in ("outliers", "z_score", "mean", "sum", "stdev", "quantile"))
    ),
    "a sum of nothing is null here, 0 in pandas": lambda r, f: (
        r.type.startswith("expect_column_sum") and _has_no_values(r, f)
    ),
    "a comparison with null is no failure here": lambda r, f: (
        r.type.startswith("expect_column_pair_values_") and f in ("nulls", "allnull") and _keeps_nulls(r)
    ),
    "null counts as 0 in a sum of columns here": lambda r, f: (
        r.type == "expect_multicolumn_sum_to_equal" and f == "nulls"
    ),
    "pandas has no SQL": lambda r, f: r.type == "unexpected_rows_expectation",
    "pandas refuses Spark's row conditions": lambda r, f: r.kwargs.get("condition_parser") == "spark",
}


def _keeps_nulls(rule: Expectation) -> bool:
    return rule.kwargs.get("ignore_row_if") != "either_value_is_missing"


ON_SPARK: dict[str, Differs] = {
    "pandas alone looks at dates in text": lambda r, f: r.type == "expect_column_values_to_be_dateutil_parseable",
    "pandas' row conditions are looked at by pandas": lambda r, f: r.kwargs.get("condition_parser") == "pandas",
    "moments are compared by the second here, by the day in Spark": lambda r, f: (
        r.type.endswith(("_increasing", "_decreasing")) and _column(r) == "at"
    ),
    "Spark's order of decimals is broken by the nulls between": lambda r, f: (
        r.type.endswith(("_increasing", "_decreasing")) and f == "nulls" and _column(r) not in ("id", "other", "amount")
    ),
}


def cases(step: int) -> Iterator[tuple[str, int]]:
    """The file and the number of the rule; every `step`-th of all."""
    every = [(file, n) for file in TABLES for n in range(len(rules()))]
    return iter(every if ALL else every[::step])


def audited(folder: Path) -> dict[str, list[Outcome]]:
    """The audit's outcomes of all rules, by file."""
    files = {}
    for name, table in TABLES.items():
        pq.write_table(table, folder / f"{name}.parquet")
        files[name] = FileRows(SCHEMA, (str(folder / f"{name}.parquet"),) if table.num_rows else ())
    found = audit(files, rules(), SCHEMA.names)
    return {name: found.outcomes(name) for name in files}


def compare(
    outcomes: dict[str, list[Outcome]],
    chosen: Iterator[tuple[str, int]],
    validate: Callable[[str, Expectation], stock.Found],
) -> list[tuple[Expectation, str, Outcome, stock.Found]]:
    """The cases that differ."""
    suite = rules()
    found = []
    for file, n in chosen:
        outcome, (success, unexpected) = outcomes[file][n], validate(file, suite[n])
        counted = outcome.unexpected if unexpected is not None and outcome.total else unexpected
        if (outcome.success, counted) != (success, unexpected):
            found.append((suite[n], file, outcome, (success, unexpected)))
    return found


def unexplained(differences: list[Any], reasons: dict[str, Differs]) -> list[Any]:
    return [d for d in differences if not any(differs(d[0], d[1]) for differs in reasons.values())]
