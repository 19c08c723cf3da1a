"""Makes the days of published files known to the catalog: the table first, then its partitions, with the table's columns."""

from __future__ import annotations

from collections.abc import Iterable

from glue_etl.core.files.model import Partition
from glue_etl.steps.files.ports import Services


def register(services: Services, dataset: str, days: Iterable[Partition]) -> None:
    """Register a dataset's days. Where its schema is kept, its table follows that.

    Where its table's columns changed since the last time, all its partitions are updated.
    The columns are noted once all partitions have them: a call that ends before is repeated by the next one.
    """
    schema = services.ledger.schema(dataset)
    if schema is not None and schema.version:
        services.catalog.follow(schema)
    columns, note = services.catalog.add_partitions(dataset, days), f"columns#{dataset}"
    if services.ledger.read_note(note).get("columns") == columns:
        return
    changed = services.catalog.update_partitions(dataset)
    services.ledger.write_note(note, {"columns": columns})
    services.log("the table's columns are new: partitions were compared with them", dataset=dataset, updated=changed)
