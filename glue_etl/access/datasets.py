"""Datasets as the API tells them: those of contracts, and those that began with a file."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from glue_etl.access import cursors
from glue_etl.access.columns import Column, DataColumns
from glue_etl.access.estate import Estate
from glue_etl.access.problems import Problem, not_found
from glue_etl.access.shapes import ColumnShape, DatasetList, DatasetShape, DatasetSummary, SchemaChange
from glue_etl.core.datasets.schemas import Schema

_NAMES_TOLD = 20


def list_datasets(estate: Estate, limit: int, cursor: str | None) -> DatasetList:
    """A page of all datasets, by name."""
    after = str(cursors.redeem("datasets", cursor)) if cursor else ""
    kept = estate.schemas()
    names = sorted(name for name in {*estate.contracts, *kept} if name > after)
    shown = [_summary(estate, name, kept.get(name)) for name in names[:limit]]
    more = len(names) > limit
    return DatasetList(datasets=shown, next=cursors.issue("datasets", names[limit - 1]) if more else None)


def show_dataset(estate: Estate, name: str) -> DatasetShape:
    """One dataset with its table's columns. Raises Problem (404)."""
    schema = known(estate, name)
    contract = estate.contracts.get(name)
    found = estate.tables.find(name)
    columns = found.columns if found else DataColumns(())
    changes = [SchemaChange(**asdict(change)) for change in (schema.changes if schema else ())]
    return DatasetShape(
        **_summary(estate, name, schema).model_dump(),
        policy=(contract.schema or "contract") if contract else estate.settings.schema_policy,
        table=f"{estate.settings.catalog_database}.{estate.tables.name_of(name)}",
        format="iceberg" if found and found.is_iceberg else "parquet",
        location=f"s3://{estate.settings.curated_bucket}/{name}/",
        queryable=found is not None,
        schema_columns=[_column(column) for column in columns],
        changes=changes,
    )


def known(estate: Estate, name: str) -> Schema | None:
    """The dataset's schema; None where its contract alone says its columns. Raises Problem (404) with names that are near."""
    schema = estate.ledger.schema(name)
    if schema or name in estate.contracts:
        return schema
    raise unknown_dataset(name, estate.names())


def unknown_dataset(name: str, names: list[str]) -> Problem:
    """There is no such dataset; the answer tells those that are near, else the first ones."""
    near = get_close_matches(name, names) or names[:_NAMES_TOLD]
    return not_found("unknown_dataset", f"there is no dataset {name[:100]!r}", near)


def _summary(estate: Estate, name: str, schema: Schema | None) -> DatasetSummary:
    contract = estate.contracts.get(name)
    columns: Any = schema.columns if schema else contract.columns if contract else ()
    return DatasetSummary(
        dataset=name,
        named_by="contract" if contract or schema is None else schema.origin,
        version=schema.version if schema else 0,
        changed_at=schema.updated_at if schema else "",
        columns=len(columns),
    )


def _column(column: Column) -> ColumnShape:
    return ColumnShape(
        name=column.name,
        type=column.type,
        json_type=column.kind.json_type,
        of=column.of,
        operators=list(column.kind.operators),
    )
