"""glue_etl.quality on a Spark DataFrame: the same rows reach the audit, and the same is found as in an Arrow table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.quality import perform_data_quality_checks, validate_data_quality
from glue_etl.spark.frames import write_frame
from shipping.contracts import compile_contracts
from tests.spark.world import ROOT

pytestmark = pytest.mark.spark

ROWS = [
    ("T1", "C001", Decimal("10.50"), date(2024, 1, 30), "ann@example.com"),
    ("T2", None, Decimal("20.00"), date(2024, 1, 31), "bob@example.com"),
    ("T2", "C003", Decimal("-5.00"), date(2024, 1, 31), "eve.example.com"),
    ("T4", "C004", Decimal("40.00"), date(1999, 12, 31), "dan@example.com"),
    ("T5", "C005", Decimal("50.00"), date(2024, 1, 31), "fay@example.com"),
]
COLUMNS = "transaction_id string, customer_id string, amount decimal(18,2), transaction_date date, email string"
RULES = [
    ("completeness", "not_be_null", {"column": "customer_id"}),
    ("validity", "match_regex", {"column": "email", "regex": "^[^@]+@[^@]+$"}),
    ("consistency", "be_unique", {"column": "transaction_id"}),
    ("accuracy", "be_between", {"column": "amount", "min_value": 0}),
    ("timeliness", "be_between", {"column": "transaction_date", "min_value": "2024-01-01"}),
]


def rules() -> list[dict[str, Any]]:
    return [{"type": f"expect_column_values_to_{t}", "kwargs": k, "meta": {"dimension": d}} for d, t, k in RULES]


def test_planted_faults_are_found_by_their_dimensions(spark: Any) -> None:
    found = perform_data_quality_checks(spark.createDataFrame(ROWS, COLUMNS).repartition(3), rules())
    assert {name: result.score for name, result in found.items()} == {
        "completeness": 80, "validity": 80, "consistency": 60, "accuracy": 80, "timeliness": 80,
    }  # fmt: skip
    assert all(len(result.failed) == 1 and not result.passed for result in found.values())


def test_a_spark_frame_has_the_metrics_of_the_same_arrow_table(spark: Any, tmp_path: Path) -> None:
    frame = spark.createDataFrame(ROWS, COLUMNS).withColumnRenamed("transaction_id", "id").coalesce(1)
    schema = write_frame(frame, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.equals(schema) and table.column("amount").to_pylist() == [row[2] for row in ROWS]
    now, contracts = datetime(2024, 3, 5, tzinfo=UTC), compile_contracts(ROOT)
    given = ("data/incoming/2024/01/31/transactions.csv", contracts, 5.0, now)
    found = validate_data_quality(frame, *given)
    assert found == validate_data_quality(table, *given)
    assert (found["dataset"], found["rows_read"], found["passed"]) == ("transactions", 5, False)


def test_a_frame_without_rows_and_one_of_many_partitions_are_written_whole(spark: Any, tmp_path: Path) -> None:
    none = write_frame(spark.createDataFrame([], COLUMNS), tmp_path / "none.parquet")
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0 and none.names[0] == "transaction_id"
    write_frame(spark.range(10_000).repartition(7), tmp_path / "many.parquet")
    assert sorted(pq.read_table(tmp_path / "many.parquet")["id"].to_pylist()) == list(range(10_000))
    nested = spark.sql("select array(1, null) as a, map('k', 1) as m, struct(1 as x) as s, timestamp'2024-01-01' as t")
    write_frame(nested, tmp_path / "nested.parquet")
    assert pq.read_table(tmp_path / "nested.parquet").schema.field("t").type == pa.timestamp("us", "UTC")
