"""Makes the days of published files known to the catalog: the table first, then its partitions, with the table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glue_etl.core.files.model import PARTITION_COLUMNS, Partition
from glue_etl.steps.files.days import settle
from glue_etl.steps.files.ports import Services


def register(services: Services, dataset: str, days: Iterable[Partition]) -> None:
    """Register a dataset's days. Where its schema is kept, its table follows that.

    Where its table's columns changed since the last time, all its partitions are updated; where the table is another one (it was
    deleted, or is made by another hand now), all days that have rows are registered. The table is noted once that is done: a
    call that ends before is repeated by the next one.
    """
    schema = services.ledger.schema(dataset)
    if schema is not None and schema.version:
        services.catalog.follow(schema)
    table, note = services.catalog.add_partitions(dataset, days), f"columns#{dataset}"
    if services.ledger.read_note(note).get("columns") == table:
        return
    services.catalog.add_partitions(dataset, published_days(services, dataset))
    changed, moved = services.catalog.update_partitions(dataset)
    settle(services, dataset, moved)
    services.ledger.write_note(note, {"columns": table})
    services.log("the table's columns are new: partitions were compared with them", dataset=dataset, updated=changed)


def published_days(services: Services, dataset: str) -> Iterator[Partition]:
    """All days that the dataset has rows of, found by their folders."""
    found = [f"s3://{services.settings.curated_bucket}/{dataset}/"]
    for name in PARTITION_COLUMNS:
        below = services.each(lambda uri: [uri + folder for folder in services.objects.folders(uri)], found)
        found = [uri for listed in below for uri in listed if uri.rsplit("/", 2)[1].startswith(f"{name}=")]
    for uri in found:
        year, month, day = (folder.partition("=")[2] for folder in uri.rstrip("/").split("/")[-3:])
        yield Partition(year, month, day)
