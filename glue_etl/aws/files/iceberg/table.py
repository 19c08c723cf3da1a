"""One commit with which a table follows its dataset's heads: data files in and out, and the columns that they bring.

Everything is decided on the table as it was loaded, and the commit holds on that one alone: what heads say is asked for after
the load, so that whoever changed a head since must find this commit, or make it fail. For that a commit is also made where a file
leaves that the table never had: another follower may be about to bring it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.types import PrimitiveType

from glue_etl.aws.files.iceberg.catalog import Conflict, LockedCatalog
from glue_etl.aws.files.iceberg.compacted import groups
from glue_etl.aws.files.iceberg.files import Place, data_file, day_of, files_of
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
    days = {day_of(publication.partition) for publication in (*change.enter, *change.leave)}
    newest = table.current_snapshot()
    listed = {file.file_path: file for file in files_of(table, [newest] if newest else [], days)}
    compact = groups(table, place, listed.values(), days)
    seen = listed.keys() | {path for group in compact for path in group.members}
    come = [file for p in change.enter for file in _data_files(p, place) if file.file_path not in seen]
    paths = {p: [file.file_path for file in _data_files(p, place)] for p in change.leave}
    leaving = {path for found in paths.values() for path in found}
    go = [listed[path] for path in sorted(leaving) if path in listed]
    for group in compact:
        if not leaving.isdisjoint(group.members):
            go += group.files
            come += [file for path, file in group.members.items() if path not in leaving]
    absent = [p for p, found in paths.items() if found and not any(path in seen for path in found)]
    known = {file.file_path for file in files_of(table, table.snapshots(), days)} if absent else set()
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


def _data_files(publication: Publication, place: Place) -> list[DataFile]:
    described = zip(publication.object_keys(), publication.rows, publication.sizes, strict=True)
    return [
        data_file(f"{place.bucket}{key}", day_of(publication.partition), rows, size) for key, rows, size in described
    ]


def _ids(publications: Iterable[Publication]) -> str:
    return " ".join(sorted({publication.batch_id for publication in publications}))
