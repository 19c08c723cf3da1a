"""Contracts to tables of the Glue catalog, by the rules of terraform/modules/catalog/contracts.tf. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PARTITION_KEYS = ("year", "month", "day")
ENRICHMENT = (
    ("source_file", "string", "The file that the row came from, as an s3:// address"),
    ("ingestion_timestamp", "timestamp", "When the row was read"),
    ("batch_id", "string", "The file's id in the ledger"),
    ("file_format", "string", "csv, json, parquet, orc or avro"),
    ("environment", "string", "The deployment that read it"),
)
_CATALOG_TYPES = {
    **{"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"},
    **{"real": "float", "dec": "decimal", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp"},
}
_OUTERMOST_CAST = re.compile(r"^\s*cast\s*\(.*\sas\s+([a-z]+(?:\([0-9, ]+\))?)\s*\)\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the catalog, with the catalog's type name."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """A dataset's published rows: Parquet below `location`, partitioned by PARTITION_KEYS, which are strings."""

    name: str
    description: str
    location: str
    columns: tuple[Column, ...]


def catalog_tables(contracts: Mapping[str, Any], curated_bucket: str) -> tuple[CatalogTable, ...]:
    """One table a dataset of contracts.json."""
    datasets = contracts.get("datasets", {})
    return tuple(_table(name, datasets[name], curated_bucket) for name in sorted(datasets))


def _table(name: str, contract: Mapping[str, Any], curated_bucket: str) -> CatalogTable:
    dataset = contract.get("dataset", name)
    return CatalogTable(
        name=dataset.lower().replace("-", "_"),
        description=contract.get("description", f"Dataset {name}")[:2000],
        location=f"s3://{curated_bucket}/{dataset}/",
        columns=_columns(contract),
    )


def _columns(contract: Mapping[str, Any]) -> tuple[Column, ...]:
    """Enrichment wins over a derived column of the same name, and that over a source column: as in the rows."""
    enrichment = [Column(*column) for column in ENRICHMENT]
    derived = [column for column in _derived(contract) if column.name not in _names(enrichment)]
    taken = _names([*derived, *enrichment])
    return (*(column for column in _source(contract) if column.name not in taken), *derived, *enrichment)


def _source(contract: Mapping[str, Any]) -> list[Column]:
    return [
        Column(column["name"].lower(), _catalog_type(column["type"]), column.get("description", ""))
        for column in contract.get("columns") or ()
    ]


def _derived(contract: Mapping[str, Any]) -> list[Column]:
    """Only those whose expression says their type, cast(... as <type>): a wrong type would break every query."""
    found = {name: _OUTERMOST_CAST.match(text) for name, text in (contract.get("derive") or {}).items()}
    return [Column(name.lower(), _catalog_type(cast[1]), cast[0]) for name, cast in found.items() if cast]


def _catalog_type(spark_type: str) -> str:
    return _CATALOG_TYPES.get(spark_type.lower(), spark_type.lower())


def _names(columns: Iterable[Column]) -> set[str]:
    return {column.name for column in columns}
