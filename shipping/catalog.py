"""Contracts to tables of the Glue catalog: Spark's type names become the catalog's, enrichment columns are added. Pure.

A dataset without columns has only those; all others are in the Parquet files and can be added by contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

ENRICHMENT = (
    ("source_file", "string", "The file that the row came from, as an s3:// address"),
    ("ingestion_timestamp", "timestamp", "When the row was read"),
    ("batch_id", "string", "The file's id in the ledger"),
    ("file_format", "string", "The format that the file was read as"),
    ("environment", "string", "The deployment that read it"),
)
_CATALOG_TYPES = {
    **{"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"},
    **{"real": "float", "dec": "decimal", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp"},
}
# Glue's limits ("Column" and "TableInput", AWS Glue Web API Reference); a comment is of one line.
COMMENT_BYTES, DESCRIPTION_BYTES = 255, 2048
_OUTERMOST_CAST = re.compile(r"^\s*cast\s*\(.*\sas\s+([a-z]+(?:\([0-9, ]+\))?)\s*\)\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the catalog, with the catalog's type name."""

    name: str
    type: str
    comment: str = ""


def catalog_tables(contracts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Table -> dataset, description and columns (name, type, comment), of every dataset of contracts.json."""
    return dict(_table(name, contract) for name, contract in sorted(contracts["datasets"].items()))


def _table(name: str, contract: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    dataset = contract.get("dataset", name)
    return dataset.lower().replace("-", "_"), {
        "dataset": dataset,
        "description": _cut(contract.get("description", f"Dataset {name}"), DESCRIPTION_BYTES),
        "columns": [
            {**asdict(c), "comment": _cut(" ".join(c.comment.split()), COMMENT_BYTES)} for c in _columns(contract)
        ],
    }


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


def _cut(text: str, limit: int) -> str:
    """As many whole characters as `limit` bytes of UTF-8 hold."""
    return text.encode()[:limit].decode(errors="ignore")


def _names(columns: Iterable[Column]) -> set[str]:
    return {column.name for column in columns}
