"""The catalog's tables as questions meet them: columns, place, partitions, read from Glue and kept for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glue_etl.access.columns import Column, DataColumns, kind_of
from glue_etl.aws.calls import call, pages
from glue_etl.core.errors import Refused
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS

KEPT_SECONDS = 2.0
"""For so long a table is not asked for again: a page of rows may miss what was published in the last seconds."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the catalog. `metadata`: where an Iceberg table's is ("" of others)."""

    database: str
    name: str
    dataset: str
    columns: DataColumns
    location: str
    metadata: str

    @property
    def is_iceberg(self) -> bool:
        return bool(self.metadata)


class CatalogTables:
    """The tables of one catalog database. `client` is a boto3 Glue client, `clock` gives seconds."""

    def __init__(self, client: Any, database: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._kept: dict[str, tuple[float, Table | None]] = {}

    def name_of(self, dataset: str) -> str:
        return dataset.lower().replace("-", "_")

    def find(self, dataset: str) -> Table | None:
        """The dataset's table; None where the catalog has none yet."""
        at, found = self._kept.get(dataset, (-KEPT_SECONDS, None))
        if found is None or self._clock() - at > KEPT_SECONDS:
            at, found = self._clock(), self._read(dataset)
            self._kept[dataset] = (at, found)
        return found

    def partitions(self, table: Table) -> dict[tuple[str, ...], str]:
        """The table's partitions: their values and where each lies, as the catalog has them now."""
        asked = {"DatabaseName": self._database, "TableName": table.name, "ExcludeColumnSchema": True}
        listed = pages(self._client, "get_partitions", **asked)
        return {tuple(p["Values"]): p["StorageDescriptor"]["Location"] for page in listed for p in page["Partitions"]}

    def _read(self, dataset: str) -> Table | None:
        try:
            answer = call(self._client.get_table, DatabaseName=self._database, Name=self.name_of(dataset))
        except Refused as error:
            if error.code == "EntityNotFoundException":
                return None
            raise
        return _table(self._database, dataset, answer["Table"])


def _table(database: str, dataset: str, found: dict[str, Any]) -> Table:
    storage, parameters = found["StorageDescriptor"], found.get("Parameters", {})
    partition_keys = found.get("PartitionKeys", [])
    columns = [_column(c, _of(c["Name"])) for c in storage["Columns"] if not _is_gone(c)]
    columns += [_column(c, "partition") for c in partition_keys]
    is_iceberg = parameters.get("table_type", "").upper() == "ICEBERG"
    metadata = parameters["metadata_location"] if is_iceberg else ""
    named = DataColumns(tuple(columns))
    return Table(database, found["Name"], dataset, named, storage.get("Location", ""), metadata)


def _column(found: dict[str, Any], of: str) -> Column:
    type_ = found.get("Type", "string")
    return Column(found["Name"], type_, kind_of(type_), of)


def _of(name: str) -> str:
    if name in PARTITION_COLUMNS:
        return "partition"
    return "pipeline" if name in ENRICHMENT_COLUMNS else "data"


def _is_gone(found: dict[str, Any]) -> bool:
    """A column that an Iceberg table had once: the catalog keeps it, marked ("iceberg.field.current")."""
    return str(found.get("Parameters", {}).get("iceberg.field.current", "true")) == "false"
