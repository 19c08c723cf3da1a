"""Data files that hold the rows of many: which are in their place, and the commit that puts them there.

The files of which such a file was made stay where they are, and a document beside the compact copies of days lists them, with
their rows and bytes. So when one of them leaves, the others come back by themselves in the very commit with which it leaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from glue_etl.aws.files.iceberg.catalog import Conflict, LockedCatalog
from glue_etl.aws.files.iceberg.files import Place, data_file, day_of, files_of
from glue_etl.core.files.compaction import Day
from glue_etl.steps.files.ports import TableFile

COMPACTED = "glue-etl.compacted"
"""What a snapshot's summary says: the claim of the compaction that made it."""
_NAME = re.compile(r"/([^/]+)_compact_\w_\d{5}\.snappy\.parquet$")


@dataclass(frozen=True, slots=True)
class Group:
    """What one compaction made of a day: the files that the table lists, and those in whose place they are, by path."""

    files: tuple[DataFile, ...]
    members: Mapping[str, DataFile]


def groups(table: Table, place: Place, listed: Iterable[DataFile], days: set[tuple[str, ...]]) -> list[Group]:
    """Those of these files that stand for others, by the compaction that made them."""
    found: dict[tuple[str, str], list[DataFile]] = {}
    for file in listed:
        if (name := _NAME.search(file.file_path)) and day_of(_partition(place, file.file_path)) in days:
            found.setdefault((_partition(place, file.file_path), name[1]), []).append(file)
    return [Group(tuple(files), _members(table, place, *key)) for key, files in found.items()]


def is_compact(path: str) -> bool:
    """Whether a data file was made by a compaction."""
    return _NAME.search(path) is not None


def put_in_place(
    catalog: LockedCatalog, place: Place, day: Day, claim: str, inputs: Sequence[str], made: Sequence[TableFile]
) -> bool | None:
    """List the files that a compaction made in place of `inputs` (keys), in one commit.

    False where one of these is not listed any more; None: try again.
    """
    table = catalog.load(place.database, place.table)
    newest = table.current_snapshot() if table else None
    if table is None or newest is None:
        return False
    values = day_of(day.partition)
    listed = {file.file_path: file for file in files_of(table, [newest], {values})}
    come = [data_file(f"{place.bucket}{file.key}", values, file.rows, file.size) for file in made]
    if all(file.file_path in listed for file in come):
        return True
    go = [listed[path] for path in (f"{place.bucket}{key}" for key in inputs) if path in listed]
    if len(go) != len(inputs):
        return False
    document = [[file.file_path.removeprefix(place.bucket), file.record_count, file.file_size_in_bytes] for file in go]
    with table.io.new_output(_document(place, day.partition, claim)).create(overwrite=True) as stream:
        stream.write(json.dumps(document).encode())
    try:
        with (
            table.transaction() as transaction,
            transaction.update_snapshot({COMPACTED: claim}).overwrite() as producer,
        ):
            for file in go:
                producer.delete_data_file(file)
            for file in come:
                producer.append_data_file(file)
    except (Conflict, NoSuchTableError):
        return None
    return True


def small_files(catalog: LockedCatalog, place: Place, day: Day) -> list[TableFile]:
    """The data files of a day that no compaction made, as the newest snapshot lists them, by key."""
    table = catalog.load(place.database, place.table)
    newest = table.current_snapshot() if table else None
    if table is None or newest is None:
        return []
    folder = f"{place.bucket}{day.folder}"
    found = [f for f in files_of(table, [newest], {day_of(day.partition)}) if f.file_path.startswith(folder)]
    files = [
        TableFile(f.file_path.removeprefix(place.bucket), f.record_count, f.file_size_in_bytes)
        for f in found
        if not is_compact(f.file_path)
    ]
    return sorted(files, key=lambda file: file.key)


def knows_any(catalog: LockedCatalog, place: Place, day: Day, keys: Iterable[str]) -> bool:
    """Whether any snapshot lists one of these files of the day."""
    table = catalog.load(place.database, place.table)
    if table is None:
        return False
    known = {file.file_path for file in files_of(table, table.snapshots(), {day_of(day.partition)})}
    return not known.isdisjoint(f"{place.bucket}{key}" for key in keys)


def _partition(place: Place, path: str) -> str:
    """As in Day: of the file's folder, below the dataset's."""
    return path.removeprefix(f"{place.bucket}{place.table}/").rpartition("/")[0]


def _document(place: Place, partition: str, claim: str) -> str:
    return f"{place.bucket}{Day(place.table, partition).copy_folder(claim)}members.json"


def _members(table: Table, place: Place, partition: str, claim: str) -> dict[str, DataFile]:
    with table.io.new_input(_document(place, partition, claim)).open() as stream:
        members = json.loads(stream.read())
    values = day_of(partition)
    return {
        f"{place.bucket}{key}": data_file(f"{place.bucket}{key}", values, rows, size) for key, rows, size in members
    }
