"""Spark's types as Iceberg's, and the commands and contracts that choose the format."""

from __future__ import annotations

from itertools import count

import pytest

from glue_etl.aws.files.iceberg.types import columns_of, day_spec, iceberg_type, table_schema
from glue_etl.core.datasets.contracts import Contract, parse_contract, table_format_of
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import BadContract, Terminal


@pytest.mark.parametrize(
    ("spark", "iceberg"),
    [
        ("tinyint", "int"), ("int", "int"), ("bigint", "long"), ("decimal(18, 4)", "decimal(18, 4)"), ("float", "float"),
        ("timestamp", "timestamptz"), ("timestamp_ntz", "timestamp"), ("date", "date"), ("binary", "binary"),
        ("array<bigint>", "list<long>"), ("map<string,array<decimal(9,2)>>", "map<string, list<decimal(9, 2)>>"),
    ],
)  # fmt: skip
def test_a_type_of_spark_has_one_in_iceberg(spark: str, iceberg: str) -> None:
    assert str(iceberg_type(spark, count(1))) == iceberg


def test_fields_of_a_struct_keep_their_names_and_have_ids_of_their_own() -> None:
    found = iceberg_type("struct<a:int,`b:c,d`:array<struct<e:string>>>", count(1))
    assert [field.name for field in found.fields] == ["a", "b:c,d"]  # type: ignore[attr-defined]
    inner = found.fields[1].field_type  # type: ignore[attr-defined]
    ids = {*(field.field_id for field in found.fields), inner.element_id, inner.element_type.fields[0].field_id}  # type: ignore[attr-defined]
    assert len(ids) == 4


def test_a_type_that_iceberg_has_not_is_told_with_what_to_do() -> None:
    with pytest.raises(Terminal, match="no type for interval: set the column's type in a contract"):
        iceberg_type("interval", count(1))


def test_a_table_has_the_data_s_columns_the_pipeline_s_and_the_day_that_it_is_partitioned_by() -> None:
    schema = Schema("orders", 1, (SchemaColumn("id", "bigint"), SchemaColumn("x" * 300, "string")))
    assert list(columns_of(schema)) == [
        "id", "source_file", "ingestion_timestamp", "batch_id", "file_format", "environment", "year", "month", "day",
    ]  # fmt: skip
    table = table_schema(schema)
    assert [table.find_column_name(field.source_id) for field in day_spec(table).fields] == ["year", "month", "day"]


CONTRACTS = {
    "default": Contract("default"),
    "kept": Contract("kept", schema="evolve"),
    "fixed": Contract("fixed"),
    "plain": Contract("plain", schema="strict", table_format="parquet"),
}


@pytest.mark.parametrize(
    ("dataset", "chosen", "found"),
    [
        ("sales", "iceberg", "iceberg"), ("sales", "parquet", "parquet"), ("kept", "iceberg", "iceberg"),
        ("fixed", "iceberg", "parquet"), ("plain", "iceberg", "parquet"), ("default", "iceberg", "parquet"),
    ],
)  # fmt: skip
def test_the_setting_is_for_datasets_whose_schema_is_kept_and_a_contract_decides_otherwise(
    dataset: str, chosen: str, found: str
) -> None:
    assert table_format_of(dataset, CONTRACTS, chosen) == found


def test_a_contract_that_wants_iceberg_without_a_kept_schema_is_refused_with_the_field_that_is_missing() -> None:
    with pytest.raises(
        BadContract, match=r"'table_format' is 'iceberg', but no schema is kept\. Set 'schema' too: evolve"
    ):
        parse_contract({"dataset": "orders", "table_format": "iceberg"}, "orders.yaml")
    assert parse_contract({"dataset": "orders", "table_format": "iceberg", "schema": "evolve"}, "x").table_format
