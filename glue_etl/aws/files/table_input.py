"""A schema as Glue's TableInput: for a table that is to be made, and for one that is there and has an older version's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from glue_etl.core.datasets.catalog import TableColumns, description, table_columns
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.model import PARTITION_COLUMNS

VERSION = "schema_version"
"""The table's parameter that says which version of the schema its columns are."""
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
# What GetTable answers and UpdateTable takes ("TableInput", AWS Glue Web API Reference).
_TAKEN = (
    "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor", "PartitionKeys",
    "TableType", "Parameters",
)  # fmt: skip


def version_of(table: Mapping[str, Any]) -> int:
    """The version of the schema that a table of the catalog shows; 0 where it says none."""
    said = str(table.get("Parameters", {}).get(VERSION, ""))
    return int(said) if said.isdecimal() else 0


def new_table(name: str, schema: Schema, location: str) -> dict[str, Any]:
    """The table of a dataset whose Parquet lies in day folders below `location`."""
    found = table_columns(schema)
    storage = {
        "Columns": _columns(found, {}),
        "Location": location,
        "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    }
    return {
        "Name": name,
        "Description": description(schema, found.left_out),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": _parameters(schema),
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in PARTITION_COLUMNS],
        "StorageDescriptor": storage,
    }


def changed_table(table: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The table with the schema's columns; comments and parameters that people gave it stay."""
    kept = {name: table[name] for name in _TAKEN if name in table}
    storage, found = table["StorageDescriptor"], table_columns(schema)
    comments = {column["Name"]: column.get("Comment", "") for column in storage["Columns"]}
    return {
        **kept,
        "Description": description(schema, found.left_out),
        "Parameters": {**table.get("Parameters", {}), **_parameters(schema)},
        "StorageDescriptor": {**storage, "Columns": _columns(found, comments)},
    }


def _parameters(schema: Schema) -> dict[str, str]:
    return {"EXTERNAL": "TRUE", "classification": "parquet", VERSION: str(schema.version)}


def _columns(found: TableColumns, comments: Mapping[str, str]) -> list[dict[str, str]]:
    """`comments` are the present ones, by column: kept where there is nothing to say."""
    said = [{**asdict(column), "comment": column.comment or comments.get(column.name, "")} for column in found.columns]
    return [{"Name": c["name"], "Type": c["type"], **({"Comment": c["comment"]} if c["comment"] else {})} for c in said]
