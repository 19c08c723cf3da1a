"""Parquet, ORC and Avro as other tools write them."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from tests.spark.world import World

pytestmark = pytest.mark.spark


def parquet(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def from_pandas() -> bytes:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "at": pd.to_datetime(["2024-01-01 10:00:00.123456789", None]),
            "text": ["a", None],
            "nothing": [None, None],
            "year": [2020, 2021],
        }
    )
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def test_parquet_of_pandas_with_nanoseconds_becomes_timestamps(world: World) -> None:
    world.drop("p.parquet", from_pandas())
    result = world.only()
    assert (result.outcome, result.rows_read, result.rows_staged) == ("staged", 2, 2), result.reasons
    first, second = sorted(world.rows(result), key=lambda row: row["id"])
    assert (first["at"], second["at"]) == (datetime(2024, 1, 1, 10, 0, 0, 123456), None)
    assert (first["year_source"], first["text"], first["nothing"]) == (2020, "a", None)


def test_nanoseconds_that_are_cut_are_told_and_whole_microseconds_are_not(world: World) -> None:
    def times(*nanoseconds: int) -> bytes:
        return parquet(pa.table({"at": pa.array(nanoseconds, pa.timestamp("ns"))}))

    cut = world.drop("cut.parquet", times(1_700_000_000_000_000_001), shape="cut")
    whole = world.drop("whole.parquet", times(1_700_000_000_000_001_000, None), shape="whole")  # type: ignore[arg-type]
    results = world.results()
    assert results[cut].reasons == ("column 'at' has nanoseconds: its times were cut to microseconds",)
    assert results[whole].reasons == ()


def test_parquet_files_of_different_schemas_in_one_run_keep_their_own_types(world: World) -> None:
    one = world.drop("one.parquet", parquet(pa.table({"id": pa.array([1], pa.int32()), "v": [[1, 2]]})))
    two = world.drop("two.parquet", parquet(pa.table({"id": ["x"], "v": [{"a": 1}]}), compression="zstd"))
    results = world.results()
    assert world.frame(results[one]).dtypes[:2] == [("id", "int"), ("v", "array<bigint>")]
    assert world.frame(results[two]).dtypes[:2] == [("id", "string"), ("v", "struct<a:bigint>")]


def test_a_parquet_column_that_spark_cannot_read_is_a_reason(world: World) -> None:
    bad = world.drop("time.parquet", parquet(pa.table({"t": pa.array([1], pa.time64("us"))})))
    good = world.drop("good.parquet", parquet(pa.table({"t": [1]})))
    results = world.results()
    assert results[bad].outcome == "rejected"
    assert results[bad].reasons[0].startswith("unreadable_column: ")
    assert results[bad].reasons[0].endswith(": t (TIME(MICROS,true))")
    assert results[good].outcome == "staged"


def test_typed_columns_are_cast_to_the_contract_only_without_loss(world: World) -> None:
    table = pa.table(
        {
            "id": [1.0, 2.5],
            "customer_id": ["C001", "C002"],
            "transaction_date": [datetime(2023, 1, 1), datetime(2023, 1, 2, 5)],
            "amount": [10.10, 7.0],
        }
    )
    world.drop("t.parquet", parquet(table), "transactions")
    result = world.only()
    (row,) = world.rows(result)
    assert (row["id"], row["transaction_date"], row["amount"]) == (1, date(2023, 1, 1), Decimal("10.10"))
    (bad,) = world.bad(result)
    assert "id: '2.5' is not a bigint" in bad["_problem"]
    assert "transaction_date: '2023-01-02 05:00:00' is not a date" in bad["_problem"]


def test_orc_of_pyarrow(world: World, tmp_path: Path) -> None:
    path = tmp_path / "source.orc"
    orc.write_table(pa.table({"id": [1, 2], "at": [datetime(2024, 1, 1, 10), None], "v": ["a", None]}), str(path))
    world.drop("o.orc", path)
    result = world.only()
    assert sorted(row["id"] for row in world.rows(result)) == [1, 2]
    assert {row["at"] for row in world.rows(result)} == {datetime(2024, 1, 1, 10), None}


def test_avro_with_logical_types_and_unions(world: World) -> None:
    schema = {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "on", "type": {"type": "int", "logicalType": "date"}},
            {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
            {"name": "sum", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "kind", "type": {"type": "enum", "name": "k", "symbols": ["A", "B"]}},
        ],
    }
    buffer = io.BytesIO()
    record = {"id": 1, "on": date(2024, 1, 1), "at": None, "sum": Decimal("1.25"), "kind": "B"}
    fastavro.writer(buffer, schema, [record, {**record, "id": 2}])
    world.drop("a.avro", buffer.getvalue())
    result = world.only()
    assert result.outcome == "staged", result.reasons
    row = min(world.rows(result), key=lambda r: r["id"])
    assert {k: row[k] for k in record} == record


def test_avro_that_no_table_can_hold_is_rejected_and_its_neighbours_are_not(world: World) -> None:
    def avro(schema: Any, *records: Any) -> bytes:
        buffer = io.BytesIO()
        fastavro.writer(buffer, schema, records)
        return buffer.getvalue()

    node = {"name": "Node", "type": "record", "fields": [{"name": "next", "type": ["null", "Node"]}]}
    row = {"name": "Row", "type": "record", "fields": [{"name": "id", "type": "int"}]}
    number = world.drop("number.avro", avro("int", 1, 2))
    endless = world.drop("endless.avro", avro(node, {"next": None}))
    good = world.drop("good.avro", avro(row, {"id": 1}))
    results = world.results()
    assert results[number].reasons[0].startswith("not_records: ")
    assert results[endless].reasons[0].startswith("recursive_schema: ")
    assert (results[good].outcome, results[good].rows_staged) == ("staged", 1)
