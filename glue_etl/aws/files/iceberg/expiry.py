"""Takes snapshots that have had their time out of a table, in one commit that holds on the branches and tags as they were."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot as TableSnapshot
from pyiceberg.table.update import AssertRefSnapshotId, AssertTableUUID, RemoveSnapshotsUpdate
from pyiceberg.utils.concurrent import ExecutorFactory

from glue_etl.aws.files.iceberg.catalog import Conflict, LockedCatalog
from glue_etl.aws.files.iceberg.files import Place
from glue_etl.core.errors import Transient
from glue_etl.core.files.expiry import Expiry, Retention, Snapshot, expired
from glue_etl.core.files.heads import table_folder

_VERSION = re.compile(r"/metadata/(\d+)-[^/]*\.metadata\.json$")


def plan(catalog: LockedCatalog, place: Place, retention: Retention, now: datetime) -> Expiry | None:
    """What is to go of the table as it is; None where nothing is, or there is no table. Writes nothing."""
    table = catalog.load(place.database, place.table)
    if table is None:
        return None
    names = _names(table)
    made = sorted(table.snapshots(), key=lambda s: (s.sequence_number or 0, s.timestamp_ms))
    old = expired(
        [Snapshot(s.snapshot_id, s.timestamp_ms, s.snapshot_id in names.values()) for s in made], retention, now
    )
    if not old:
        return None
    gone, kept = ([s for s in made if (s.snapshot_id in old) is wanted] for wanted in (True, False))
    try:
        lists, files = _listed(table, gone, kept)
    except FileNotFoundError as error:
        raise Transient(f"another call expires snapshots of {place.database}.{place.table}: {error} is gone") from error
    below = f"{place.bucket}{table_folder(place.table)}"
    return Expiry(
        place.table,
        old,
        _keys(place, (path for path in files if path.startswith(below))),
        _keys(place, lists),
        names,
    )


def expire(catalog: LockedCatalog, place: Place, expiry: Expiry) -> bool | None:
    """Take the plan's snapshots out of the table: True once they are. False: the plan does not hold any more; None: not now."""
    table = catalog.load(place.database, place.table)
    if table is None:
        return None
    left = {s.snapshot_id for s in table.snapshots()}.intersection(expiry.snapshots)
    if not left:
        return True
    if _names(table) != dict(expiry.names):
        return False
    same = tuple(
        AssertRefSnapshotId.model_validate({"ref": name, "snapshot-id": id_}) for name, id_ in expiry.names.items()
    )
    try:
        catalog.commit_table(
            table,
            (AssertTableUUID(uuid=table.metadata.table_uuid), *same),
            (RemoveSnapshotsUpdate.model_validate({"snapshot-ids": sorted(left)}),),
        )
    except (Conflict, NoSuchTableError, ValueError):  # ValueError: another sweep has taken them out since the load
        return None
    return True


def stale_metadata(table: Table, keys: Iterable[str]) -> list[str]:
    """Of the objects in a table's `metadata/`, the versions of its metadata that are older than all that it remembers.

    Whoever commits writes a version above the newest: none of these can be somebody's who is at work.
    """
    known = [table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)]
    oldest = min((int(found[1]) for path in known if (found := _VERSION.search(path))), default=0)
    return [key for key in keys if (found := _VERSION.search(f"/{key}")) and int(found[1]) < oldest]


def _names(table: Table) -> dict[str, int]:
    return {name: ref.snapshot_id for name, ref in table.metadata.refs.items()}


def _listed(table: Table, gone: list[TableSnapshot], kept: list[TableSnapshot]) -> tuple[set[str], set[str]]:
    """Of what the `gone` snapshots list, what none of the `kept` does: lists and manifests, and data files."""
    run = ExecutorFactory.get_or_create().map
    old = dict(zip((s.manifest_list for s in gone), run(lambda s: s.manifests(table.io), gone), strict=True))
    new = dict(zip((s.manifest_list for s in kept), run(lambda s: s.manifests(table.io), kept), strict=True))
    manifests = {m.manifest_path: m for listed in (*old.values(), *new.values()) for m in listed}
    staying = {m.manifest_path for listed in new.values() for m in listed}
    going = {path: m for path, m in manifests.items() if path not in staying}
    if not going:
        return old.keys() - new.keys(), set()
    files = dict(zip(manifests, run(lambda m: _files(table, m), manifests.values()), strict=True))
    left = {path for manifest in staying for path in files[manifest]}
    return (old.keys() - new.keys()) | going.keys(), {p for manifest in going for p in files[manifest]} - left


def _files(table: Table, manifest: ManifestFile) -> set[str]:
    """What the manifest's live entries name: data files, and files of deletes where another writer made such."""
    return {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}


def _keys(place: Place, paths: Iterable[str]) -> tuple[str, ...]:
    """Keys of the paths that lie below the table's own folder."""
    root = f"{place.bucket}{place.table}/"
    return tuple(sorted(path.removeprefix(place.bucket) for path in paths if path.startswith(root)))
