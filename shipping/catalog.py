"""Contracts to tables of the Glue catalog: Spark's type names become the catalog's, enrichment columns are added. Pure.

A dataset without columns has only those; all others are in the Parquet files and can be added by contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from glue_etl.core.datasets.catalog import (
    DESCRIPTION_BYTES,
    ENRICHMENT,
    Column,
    catalog_type,
    comment,
    cut,
    declared_tables,
)
from glue_etl.core.datasets.contracts import ContractColumn

_OUTERMOST_CAST = re.compile(r"^\s*cast\s*\(.*\sas\s+([a-z]+(?:\([0-9, ]+\))?)\s*\)\s*$", re.IGNORECASE | re.DOTALL)


def catalog_tables(contracts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Table -> dataset, description and columns (name, type, comment), of every dataset whose contract alone says its columns.

    Where its schema is kept, the table follows that: finalize makes it with the first rows.
    """
    tables = declared_tables(contracts)
    by_dataset = {contract.get("dataset", name): contract for name, contract in contracts["datasets"].items()}
    return {table: _told(dataset, by_dataset[dataset]) for dataset, table in tables.items()}


def _told(dataset: str, contract: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "description": cut(contract.get("description", f"Dataset {dataset}"), DESCRIPTION_BYTES),
        "columns": [{**asdict(c), "comment": comment(c.comment)} for c in _columns(contract)],
    }


def _columns(contract: Mapping[str, Any]) -> tuple[Column, ...]:
    """Enrichment wins over a derived column of the same name, and that over a source column: as in the rows."""
    enrichment = [Column(*column) for column in ENRICHMENT]
    derived = [column for column in _derived(contract) if column.name not in _names(enrichment)]
    taken = _names([*derived, *enrichment])
    return (*(column for column in _source(contract) if column.name not in taken), *derived, *enrichment)


def _source(contract: Mapping[str, Any]) -> list[Column]:
    return [
        Column(column["name"].lower(), catalog_type(_written_type(column)), column.get("description", ""))
        for column in contract.get("columns") or ()
    ]


def _written_type(column: Mapping[str, Any]) -> str:
    return ContractColumn(column["name"], column["type"], protect=column.get("protect", "")).written_type


def _derived(contract: Mapping[str, Any]) -> list[Column]:
    """Only those whose expression says their type, cast(... as <type>): a wrong type would break every query."""
    found = {name: _OUTERMOST_CAST.match(text) for name, text in (contract.get("derive") or {}).items()}
    return [Column(name.lower(), catalog_type(cast[1]), cast[0]) for name, cast in found.items() if cast]


def _names(columns: Iterable[Column]) -> set[str]:
    return {column.name for column in columns}
