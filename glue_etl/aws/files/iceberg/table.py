"""One commit with which a table follows its dataset's heads: data files in and out, and the columns that they bring.

Everything is decided on the table as it was loaded, and the commit holds on that one alone: what heads say is asked for after
the load, so that whoever changed a head since must find this commit, or make it fail. For that a commit is also made where a file
leaves that the table never had: another follower may be about to bring it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType

from glue_etl.aws.files.iceberg.catalog import Conflict, LockedCatalog
from glue_etl.aws.files.iceberg.types import columns_of, day_spec, iceberg_type, table_schema
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Terminal
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import TableChange

VERSION = "schema_version"
ENTERED, LEFT = "glue-etl.entered", "glue-etl.left"
"""What a snapshot's summary says: the batch ids of the files that came, and of those that went."""
_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "snappy",
    TableProperties.MANIFEST_MERGE_ENABLED: "true",
    TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED: "true",
}

Day = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table is: its name in the catalog, and the s3:// address of its bucket, that objects' keys follow."""

    database: str
    table: str
    bucket: str


def follow(
    catalog: LockedCatalog, place: Place, schema: Schema, wanted: Callable[[], TableChange]
) -> tuple[Publication, ...] | None:
    """Make the table show what is `wanted`. Of what leaves, those that no snapshot has ever listed; None: try again.

    `schema` is for a table that has to be made. Raises Terminal, Transient.
    """
    table = catalog.load(place.database, place.table)
    if table is None:
        return None if schema.version and _create(catalog, place, schema) else ()
    change = wanted()
    try:
        move = _move_of(table, place, change)
        if move.is_needed:
            _commit(table, change, move)
    except (Conflict, NoSuchTableError):
        return None
    except FileNotFoundError:  # a snapshot of the table as it was loaded has expired meanwhile
        return None
    return move.strangers


def _create(catalog: LockedCatalog, place: Place, schema: Schema) -> bool:
    columns = table_schema(schema)
    location = f"{place.bucket}{schema.dataset}"
    mapping = {TableProperties.DEFAULT_NAME_MAPPING: columns.name_mapping.model_dump_json()}
    properties = {**_PROPERTIES, **mapping, VERSION: str(schema.version)}
    with suppress(TableAlreadyExistsError):  # another follower has made it: it is loaded next
        catalog.create_table((place.database, place.table), columns, location, day_spec(columns), properties=properties)
    return True


@dataclass(frozen=True, slots=True)
class Move:
    """What of a change the table has not made yet. `strangers` leave, and no kept snapshot lists them."""

    come: tuple[DataFile, ...]
    go: tuple[DataFile, ...]
    strangers: tuple[Publication, ...]

    @property
    def is_needed(self) -> bool:
        return bool(self.come or self.go or self.strangers)


def _move_of(table: Table, place: Place, change: TableChange) -> Move:
    days = {_day(publication) for publication in (*change.enter, *change.leave)}
    newest = table.current_snapshot()
    listed = {file.file_path: file for file in _files(table, [newest] if newest else [], days)}
    come = [file for p in change.enter for file in _data_files(p, place) if file.file_path not in listed]
    paths = {p: [file.file_path for file in _data_files(p, place)] for p in change.leave}
    go = [listed[path] for found in paths.values() for path in found if path in listed]
    absent = [p for p, found in paths.items() if found and not any(path in listed for path in found)]
    known = {file.file_path for file in _files(table, table.snapshots(), days)} if absent else set()
    _must_have_left(table, [p for p in absent if known.intersection(paths[p])])
    return Move(tuple(come), tuple(go), tuple(p for p in absent if not known.intersection(paths[p])))


def _must_have_left(table: Table, publications: Iterable[Publication]) -> None:
    """Raise Terminal where the newest snapshot lists a file no more, and no commit of ours took it out: it was rewritten."""
    told = {
        id_ for s in table.snapshots() if s.summary for id_ in s.summary.additional_properties.get(LEFT, "").split()
    }
    others = sorted({p.batch_id for p in publications} - told)
    if others:
        raise Terminal(
            f"data files of {'.'.join(table.name())} were rewritten by another hand (compaction?): the rows of "
            f"{', '.join(others[:3])} can't be taken out. Delete them by their batch_id, and turn off what rewrites files"
        )


def _commit(table: Table, change: TableChange, move: Move) -> None:
    """Where nothing goes, small manifests are merged on the way; where nothing comes or goes, the snapshot is the fence alone."""
    with table.transaction() as transaction:
        _evolve(transaction, change.schema)
        told = {ENTERED: _ids(change.enter), LEFT: _ids(change.leave)}
        snapshot = transaction.update_snapshot({name: ids for name, ids in told.items() if ids})
        with snapshot.overwrite() if move.go else snapshot.merge_append() as producer:
            for file in move.go:
                producer.delete_data_file(file)
            for file in move.come:
                producer.append_data_file(file)


def _evolve(transaction: Transaction, schema: Schema) -> None:
    """Give the table the schema's columns, unless it has a newer version's."""
    metadata = transaction.table_metadata
    if int(metadata.properties.get(VERSION, "0")) >= schema.version:
        return
    known, ids = metadata.schema(), count(1)
    with transaction.update_schema() as update:
        for name, kind in columns_of(schema).items():
            wanted = iceberg_type(kind, ids)
            if name not in {field.name for field in known.fields}:
                update.add_column((name,), wanted)
            elif isinstance(wanted, PrimitiveType) and known.find_field(name).field_type != wanted:
                update.update_column((name,), field_type=wanted)
    transaction.set_properties({VERSION: str(schema.version)})


def _files(table: Table, snapshots: Iterable[Snapshot], days: set[Day]) -> Iterator[DataFile]:
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


def _data_files(publication: Publication, place: Place) -> list[DataFile]:
    described = zip(publication.object_keys(), publication.rows, publication.sizes, strict=True)
    return [_data_file(f"{place.bucket}{key}", _day(publication), rows, size) for key, rows, size in described]


def _data_file(path: str, day: Day, rows: int, size: int) -> DataFile:
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


def _day(publication: Publication) -> Day:
    return tuple(part.partition("=")[2] for part in publication.partition.split("/"))


def _ids(publications: Iterable[Publication]) -> str:
    return " ".join(sorted({publication.batch_id for publication in publications}))
