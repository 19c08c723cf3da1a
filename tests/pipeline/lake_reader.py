"""What a reader of the lake sees who knows the catalog alone: a table's columns, its partitions' folders, the Parquet in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from glue_etl.core.files.model import ENRICHMENT_COLUMNS
from local.cloud import LocalCloud

# The catalog's names of types as DuckDB writes them, where it has others. What the catalog calls a timestamp is a moment.
_DUCKDB = {"string": "varchar", "binary": "blob", "timestamp": "timestamptz"}


@dataclass(frozen=True)
class CatalogTable:
    """A table as the catalog describes it: its columns with their types, and the folder of each partition by its values."""

    name: str
    columns: dict[str, str]
    parameters: dict[str, str]
    partitions: dict[tuple[str, ...], str]
    partition_columns: tuple[dict[str, str], ...]

    @property
    def own(self) -> dict[str, str]:
        """The data's own columns."""
        return {name: kind for name, kind in self.columns.items() if name not in ENRICHMENT_COLUMNS}


def catalog_tables(cloud: LocalCloud, database: str) -> dict[str, CatalogTable]:
    """All tables of the catalog by name."""
    glue = cloud.client("glue")
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    return {table["Name"]: _table(glue, database, table) for page in pages for table in page["TableList"]}


def _table(glue: Any, database: str, table: Any) -> CatalogTable:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table["Name"])
    found = [partition for page in pages for partition in page["Partitions"]]
    return CatalogTable(
        table["Name"],
        _types(table["StorageDescriptor"]),
        dict(table["Parameters"]),
        {tuple(p["Values"]): p["StorageDescriptor"]["Location"] for p in found},
        tuple(_types(p["StorageDescriptor"]) for p in found),
    )


def _types(descriptor: Any) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in descriptor["Columns"]}


def open_lake(cloud: LocalCloud, database: str, folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB with a view for each table of the catalog that has rows: every column of it, each as the type that the catalog says.

    The objects below the partitions' folders are copied to `folder` first.
    """
    lake = duckdb.connect()
    lake.execute("set timezone = 'UTC'")
    for table in catalog_tables(cloud, database).values():
        if table.parameters.get("classification") == "json":
            continue
        files = [path for location in table.partitions.values() for path in _copied(cloud, location, folder)]
        if files:
            columns = ", ".join(_column(name, kind) for name, kind in table.columns.items())
            listed = ", ".join(f"'{path}'" for path in files)
            partitioned = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
            lake.execute(
                f'create view "{table.name}" as '
                f"select {columns}, year, month, day from read_parquet([{listed}], {partitioned})"
            )
    return lake


def _column(name: str, kind: str) -> str:
    """As the type that the catalog says; nested ones as they are in the objects."""
    return f'"{name}"' if "<" in kind else f'"{name}"::{_DUCKDB.get(kind, kind)} as "{name}"'


def _copied(cloud: LocalCloud, location: str, folder: Path) -> list[Path]:
    s3 = cloud.client("s3")
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    copied = []
    for key in (entry["Key"] for page in pages for entry in page.get("Contents", [])):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        copied.append(path)
    return copied
