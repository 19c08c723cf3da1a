"""The audit counts all files together and finds in each what stock Great Expectations finds in it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import great_expectations.expectations.core  # noqa: F401  (registers all expectations)
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from great_expectations.expectations.registry import list_registered_expectation_implementations

from glue_etl.core.datasets.contracts import Expectation, parse_suite
from glue_etl.core.errors import BadContract
from glue_etl.engine.audit import FileRows, Limits, audit, expand, failing
from tests.engine.audit_cases import SCHEMA, rules, tables

ROOT = Path(__file__).parents[2]


def staged(folder: Path, named: Mapping[str, pa.Table], parts: int = 1) -> dict[str, FileRows]:
    """The tables as staged files of `parts` objects each; a table without rows has none."""
    files = {}
    for name, table in named.items():
        size = -(-max(1, table.num_rows) // parts)
        pieces = [table.slice(start, size) for start in range(0, table.num_rows, size)]
        paths = [folder / f"{name}-{n}.parquet" for n in range(len(pieces))]
        for path, piece in zip(paths, pieces, strict=True):
            pq.write_table(piece, path)
        files[name] = FileRows(table.schema, tuple(map(str, paths)))
    return files


def rule(kind: str, severity: str = "warning", **kwargs: object) -> Expectation:
    return Expectation(kind, kwargs, "validity", severity, 1.0)


def test_every_expectation_of_great_expectations_is_among_the_cases() -> None:
    assert {r.type for r in rules()} == set(list_registered_expectation_implementations())


def test_files_of_several_objects_are_judged_as_files_of_one(tmp_path: Path) -> None:
    one, several = tmp_path / "one", tmp_path / "several"
    one.mkdir()
    several.mkdir()
    whole = audit(staged(one, tables()), rules(), SCHEMA.names)
    parts = audit(staged(several, tables(), parts=3), rules(), SCHEMA.names)
    for name in tables():
        assert whole.outcomes(name) == parts.outcomes(name), name
        assert whole.failing(name) == parts.failing(name), name


def test_what_cannot_be_spilled_gets_more_memory_for_one_query(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.random.default_rng(1).permutation(3_000_000)
    median = rule("expect_column_median_to_be_between", column="n", min_value=1_499_999, max_value=1_500_000)
    files = staged(tmp_path, {"many": pa.table({"n": values})})
    audited = audit(files, [median], ["n"], Limits(memory="30MB"))
    assert [outcome.success for outcome in audited.outcomes("many")] == [True]
    assert "gets 4GB of memory" in caplog.text
    assert not audited.slow


def test_the_queries_do_not_grow_with_the_files(tmp_path: Path) -> None:
    suite = parse_suite(json.loads((ROOT / "expectations/transactions.json").read_text()), "transactions")
    suite = tuple(replace(r, kwargs={**r.kwargs, "mostly": 1.0}) if "mostly" in r.kwargs else r for r in suite)
    counted = []
    for number in (1, 50):
        folder = tmp_path / str(number)
        folder.mkdir()
        files = staged(folder, {f"f{n}": transactions(40, n) for n in range(number)})
        found = audit(with_facts(files), suite, transactions(1, 0).column_names)
        assert not found.slow
        counted.append(found.queries)
    assert counted[0] == counted[1] <= 4


def transactions(rows: int, seed: int) -> pa.Table:
    day = datetime(2024, 5, 1).date()
    return pa.table(
        {
            "id": [f"T{seed}-{n // 2}" for n in range(rows)],
            "customer_id": ["bad" if n == seed % 40 else f"C{n:03d}" for n in range(rows)],
            "transaction_date": [day] * rows,
            "amount": pa.array([n * 1.5 for n in range(rows)]).cast(pa.decimal128(18, 2)),
        }
    )


def with_facts(files: Mapping[str, FileRows], seconds: float = 5.0) -> dict[str, FileRows]:
    moment = pa.scalar(datetime(2024, 6, 1, tzinfo=UTC), pa.timestamp("us", "UTC"))
    facts = {"ingestion_timestamp": moment, "_processing_seconds": pa.scalar(seconds)}
    return {name: replace(rows, constants=facts) for name, rows in files.items()}


def test_equal_figures_are_judged_once(tmp_path: Path) -> None:
    files = {f"f{n}": FileRows(SCHEMA, staged(tmp_path, {"same": tables()["same"]})["same"].paths) for n in range(30)}
    found = audit(files, [rule("expect_column_values_to_be_unique", column="id")], SCHEMA.names)
    assert found.decisions == 1
    assert {found.outcomes(name)[0].unexpected for name in files} == {5}


def test_constants_are_each_files_own(tmp_path: Path) -> None:
    files = staged(tmp_path, {"early": tables()["plain"], "late": tables()["plain"]})
    files["late"] = with_facts(files, 90_000.0)["late"]
    files["early"] = with_facts(files, 1.0)["early"]
    found = audit(files, [rule("expect_column_values_to_be_between", column="_processing_seconds", max_value=10)], ())
    assert [found.outcomes(name)[0].unexpected for name in ("early", "late")] == [0, 40]


def test_only_expectations_on_problem_see_the_bad_rows(tmp_path: Path) -> None:
    files = staged(tmp_path, {"good": tables()["plain"], "some": tables()["plain"], "none": tables()["empty"]})
    files["some"] = replace(files["some"], problems={"too few cells": 9, "no date": 1})
    files["none"] = replace(files["none"], problems={"too few cells": 3})
    of_problem = rule("expect_column_values_to_be_null", column="_problem", mostly=0.8)
    found = audit(files, [of_problem, rule("expect_table_row_count_to_equal", value=40)], SCHEMA.names)
    assert [(o.success, o.unexpected, o.total) for n in files for o in found.outcomes(n)[:1]] == [
        (True, 0, 40),
        (True, 10, 50),
        (False, 3, 3),
    ]
    assert [found.outcomes(n)[1].success for n in files] == [True, True, False]
    assert [found.rows(n) for n in files] == [40, 40, 0]


def test_failing_rows_are_kept_with_their_places_and_values(tmp_path: Path) -> None:
    files = staged(tmp_path, {"plain": tables()["plain"]}, parts=4)
    wanted = rule("expect_column_values_to_be_between", column="id", max_value=15)
    ((kept,),) = [audit(files, [wanted], SCHEMA.names).failing("plain")]
    assert kept.rule == wanted
    assert [(r.row, r.values) for r in kept.rows] == [(n, (str(n + 1),)) for n in range(15, 35)]


def test_rows_that_fail_by_themselves_are_marked() -> None:
    table = tables()["nulls"]
    critical = [
        rule("expect_column_values_to_be_between", "critical", column="id", max_value=10),
        rule("expect_column_values_to_be_unique", "critical", column="id"),
        rule("expect_column_values_to_not_be_null", "critical", column="code"),
        rule("expect_column_values_to_not_be_null", column="note"),
    ]
    found = failing(table, critical, SCHEMA.names)
    assert [r for r, _ in found] == [critical[0], critical[2]]
    assert found[0][1].to_pylist() == [(v or 0) > 10 for v in table["id"].to_pylist()]
    assert found[1][1].to_pylist() == [v is None for v in table["code"].to_pylist()]


def test_a_missing_column_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    files = staged(tmp_path, {"plain": tables()["plain"]})
    (outcome,) = audit(files, [rule("expect_column_values_to_be_unique", column="nowhere")], ()).outcomes("plain")
    assert (outcome.success, outcome.note) == (False, "column 'nowhere' is not in the file")


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_values_to_be_nul", {"column": "id"}, "expect_column_values_to_be_null"),
        ("expect_column_values_to_be_between", {"column": "id", "min_valu": 1}, "min_valu"),
    ],
)
def test_a_wrong_expectation_is_the_contracts_mistake(tmp_path: Path, kind: str, kwargs: dict, said: str) -> None:
    files = staged(tmp_path, {"plain": tables()["plain"]})
    with pytest.raises(BadContract, match=said):
        audit(files, [rule(kind, **kwargs)], ())


def test_a_star_stands_for_every_own_column_that_it_applies_to_and_shares_the_weight() -> None:
    star = Expectation("expect_column_values_to_not_be_null", {"column": "*"}, "validity", "warning", 3.0, "string")
    expanded = expand([star], SCHEMA, ["id", "code", "note"])
    assert [(e.kwargs["column"], e.weight) for e in expanded] == [("code", 1.5), ("note", 1.5)]


def test_every_suite_that_is_shipped_is_counted(tmp_path: Path) -> None:
    files = with_facts(staged(tmp_path, {"f": transactions(20, 1)}))
    for path in (ROOT / "expectations").glob("*.json"):
        suite = parse_suite(json.loads(path.read_text()), path.name)
        assert not audit(files, suite, ["id", "customer_id", "transaction_date", "amount"]).slow, path.name


def test_what_one_pass_cannot_count_is_judged_by_stock_gx_and_reported(tmp_path: Path) -> None:
    partition = {"bins": [0, 20, 50], "weights": [0.5, 0.5]}
    slow = rule("expect_column_kl_divergence_to_be_less_than", column="id", partition_object=partition, threshold=0.1)
    found = audit(staged(tmp_path, {"a": tables()["plain"], "b": tables()["plain"]}), [slow], SCHEMA.names)
    assert [(s.rule, s.files) for s in found.slow] == [(slow, 2)]
    assert found.outcomes("a")[0].success


def test_names_and_texts_of_users_cannot_break_the_sql(tmp_path: Path) -> None:
    table = pa.table({'a"b': ["it's", "x"], "__audit_file": [1, 2], "group by": [None, 1.0]})
    wanted = [
        rule("expect_column_values_to_be_in_set", column='a"b', value_set=["it's", "'; DROP TABLE x; --"]),
        rule("expect_column_values_to_be_unique", column="__audit_file"),
        rule("expect_column_values_to_not_be_null", column="group by", mostly=0.5),
    ]
    found = audit(staged(tmp_path, {"f": table}), wanted, table.column_names).outcomes("f")
    assert [(o.success, o.unexpected) for o in found] == [(False, 1), (True, 0), (True, 1)]


def test_a_figure_that_duckdb_cannot_compute_costs_no_other(tmp_path: Path) -> None:
    """The sum of these leaves DECIMAL(38): that expectation is stock GX's, all others are counted."""
    table = pa.table({"big": pa.array(["9" * 38] * 3).cast(pa.decimal256(38, 0)).cast(pa.decimal128(38, 0))})
    too_large = rule("expect_column_sum_to_be_between", column="big", min_value=1e38)
    wanted = [rule("expect_column_values_to_be_unique", column="big"), too_large]
    found = audit(staged(tmp_path, {"f": table}), wanted, ["big"])
    assert [(o.success, o.unexpected) for o in found.outcomes("f")] == [(False, 3), (True, 0)]
    assert [s.rule for s in found.slow] == [too_large]


def test_statistics_of_nothing_but_nulls_are_counted_too(tmp_path: Path) -> None:
    wanted = rule("expect_column_values_to_not_be_outliers", column="amount", method="iqr", multiplier=1.5)
    found = audit(staged(tmp_path, {"f": tables()["allnull"]}), [wanted], SCHEMA.names)
    assert found.outcomes("f")[0].success
    assert not found.slow


def told_in_docs() -> dict[str, str]:
    """The docs' table: how each expectation is judged."""
    lines = (ROOT / "docs/audit.md").read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith(("| `expect", "| `unexpected"))]
    return {row[0].strip("`"): row[1] for row in rows}


def test_the_docs_say_of_each_expectation_how_it_is_judged(tmp_path: Path) -> None:
    on_text = [r for r in rules() if r.kwargs.get("condition_parser") != "pandas"]
    found = audit(staged(tmp_path, {"plain": tables()["plain"]}), on_text, SCHEMA.names)
    notes = {r.type: o.note for r, o in zip(on_text, found.outcomes("plain"), strict=True)}
    impossible = {t for t, note in notes.items() if "SQL databases only" in note or "no other table" in note}
    alone = {s.rule.type for s in found.slow}
    told = told_in_docs()
    assert set(told) == {r.type for r in rules()}
    assert told == {t: "fails" if t in impossible else "alone" if t in alone else "counted" for t in told}
