"""Data files of an Iceberg table: those that snapshots list of some days, and how ours are described."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.typedef import Record

Day = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table is: its name in the catalog, and the s3:// address of its bucket, that objects' keys follow."""

    database: str
    table: str
    bucket: str


def files_of(table: Table, snapshots: Iterable[Snapshot], days: set[Day]) -> Iterator[DataFile]:
    """The data files of these days that snapshots list. A manifest that several share is read once."""
    manifests = {m.manifest_path: m for snapshot in snapshots for m in snapshot.manifests(table.io)}
    for manifest in manifests.values():
        if _may_hold(manifest, days):
            for entry in manifest.fetch_manifest_entry(table.io):
                if entry.data_file.content is DataFileContent.DATA:
                    yield entry.data_file


def _may_hold(manifest: ManifestFile, days: set[Day]) -> bool:
    summaries = manifest.partitions or []
    bounds = [(s.lower_bound, s.upper_bound) for s in summaries]
    return any(
        all(
            low is None or high is None or low <= value.encode() <= high
            for (low, high), value in zip(bounds, day, strict=False)
        )
        for day in days
    )


def data_file(path: str, day: Day, rows: int, size: int) -> DataFile:
    """A Parquet object with these rows and bytes."""
    file = DataFile.from_args(
        _table_format_version=2,
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record(*day),
        record_count=rows,
        file_size_in_bytes=size,
    )
    file.spec_id = 0
    return file


def day_of(partition: str) -> Day:
    """Year, month and day of a partition, or of a folder that ends in one."""
    return tuple(part.partition("=")[2] for part in partition.split("/") if "=" in part)
