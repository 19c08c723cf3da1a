"""Iceberg tables as their readers see them: each snapshot of a history's tables, and what must hold at every one of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from botocore.exceptions import ClientError
from pyiceberg.table import Table

from glue_etl.aws.files.iceberg.catalog import LockedCatalog
from glue_etl.aws.files.iceberg.file_io import S3FileIO
from glue_etl.aws.files.iceberg.table import ENTERED
from glue_etl.aws.objects import split_uri
from glue_etl.core.files.states import State
from tests.faults.simulator.compact import days_of


class InTurn(Executor):
    """pyiceberg's work in the thread that asks for it: of the simulator's actors exactly one runs."""

    def submit(self, fn: Any, /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*given, **named))
        return future

    def map(self, fn: Any, *lists: Any, **_: Any) -> Iterator[Any]:
        return iter([fn(*items) for items in zip(*lists, strict=False)])


@dataclass(frozen=True, slots=True)
class Seen:
    """What one snapshot shows: data files with their documents, and the batch ids that its summary says have come.

    `number`: how many of the table were made by then.
    """

    files: dict[str, Any]
    entered: frozenset[str]
    number: int = 0

    @property
    def rows(self) -> Counter[str]:
        return Counter(row["id"] for document in self.files.values() for row in document["rows"])

    @property
    def tags(self) -> dict[str, int]:
        """Number of rows of each uploaded content."""
        return Counter(row.partition(".")[0] for row in self.rows.elements())


def table_of(world: Any, dataset: str) -> Table | None:
    catalog = LockedCatalog(world.raw_client("glue"), S3FileIO(world.raw_client("s3")))
    return catalog.load(world.settings.catalog_database, dataset)


def listed(world: Any, dataset: str) -> Iterator[tuple[str, Any]]:
    """Key and document of each data file that the table's newest snapshot lists."""
    table = table_of(world, dataset)
    if table is not None and (newest := table.current_snapshot()):
        yield from _seen(world, table, newest, {}).files.items()


def _seen(world: Any, table: Table, snapshot: Any, known: dict[str, Any]) -> Seen:
    paths = [e.data_file for m in snapshot.manifests(table.io) for e in m.fetch_manifest_entry(table.io)]
    for file in paths:
        if file.file_path not in known:
            bucket, key = split_uri(file.file_path)
            known[file.file_path] = _document(world, bucket, key)
            if len(known[file.file_path]["rows"]) != file.record_count:
                known[file.file_path]["wrong"] = f"{file.record_count} rows are listed"
    ids = (snapshot.summary.additional_properties if snapshot.summary else {}).get(ENTERED, "")
    number = snapshot.sequence_number or 0
    return Seen({split_uri(f.file_path)[1]: known[f.file_path] for f in paths}, frozenset(ids.split()), number)


def _document(world: Any, bucket: str, key: str) -> dict[str, Any]:
    try:
        body = world.raw_client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as gone:
        return {"columns": {}, "rows": [], "wrong": str(gone)}
    return dict(json.loads(body))


def problems_of_snapshots(world: Any, datasets: list[str]) -> Iterator[str]:
    """Breaches at any moment that a reader may look back to: in all snapshots that are kept."""
    found, keys = set[str](), set[str]()
    for dataset in datasets:
        table = table_of(world, dataset)
        known: dict[str, Any] = {}
        seen = [_seen(world, table, snapshot, known) for snapshot in table.snapshots()] if table else []
        for number, each in enumerate(seen):
            yield from (f"{problem} (snapshot {number} of {dataset})" for problem in _at_once(world, each))
        begun = not seen or seen[0].number == 1
        for number, (before, after) in enumerate(pairwise([Seen({}, frozenset()), *seen] if begun else seen)):
            yield from (f"{problem} (snapshot {number} of {dataset})" for problem in _between(world, before, after))
        yield from (f"{problem} ({dataset})" for problem in _expired(world, table, seen))
        yield from _come_back(seen)
        found |= {key for each in seen for key in each.files}
        keys |= {key for key in world.curated_keys() if key.startswith(f"{dataset}/data/")}
        world.snapshots += len(seen)
    pending = {o.claim for day in days_of(world) for o in day.obsolete}
    for key in sorted(key for key in keys - found if key.rpartition("/")[2].partition("_compact_")[0] not in pending):
        yield f"doubled: {key} lies in the curated bucket, and no snapshot lists it"


def _expired(world: Any, table: Table | None, seen: list[Seen]) -> Iterator[str]:
    """Only the oldest may be gone, and neither any of the newest nor any of the last day; what they alone listed is gone too."""
    numbers = [each.number for each in seen]
    if table is None or not numbers:
        return
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield f"lost: the snapshots that are kept are {numbers}"
    if len(numbers) < min(world.settings.snapshots_kept, numbers[-1]):
        yield f"lost: {len(numbers)} snapshots are kept of {numbers[-1]}"
    world.expired += numbers[0] - 1
    bucket = world.cloud.settings.curated_bucket
    folder = f"{table.name()[-1]}/"
    if world.plan.injected:
        return  # who dies before its commit leaves what no snapshot lists
    listed = {s.manifest_list for s in table.snapshots()}
    listed |= {m.manifest_path for s in table.snapshots() for m in s.manifests(table.io)}
    there = {f"s3://{bucket}/{key}" for key in world.curated_keys() if key.startswith(f"{folder}metadata/")}
    if stray := {path for path in there if path.endswith(".avro")} - listed:
        yield f"doubled: no snapshot lists {sorted(stray)}"


def plans_left(world: Any) -> Iterator[str]:
    """Plans to expire snapshots that nobody has finished."""
    yield from (f"stuck: {key} is left" for key in world.curated_keys() if "/expiry/" in key)


def _at_once(world: Any, seen: Seen) -> Iterator[str]:
    """No row twice, no file in part or gone, of each key one version unless versions add up."""
    yield from (f"lost: {key}: {d['wrong']}" for key, d in seen.files.items() if "wrong" in d)
    for row, times in seen.rows.items():
        if times != 1:
            yield f"doubled: row {row} is seen {times} times"
    versions = {version.content.tag: version for version in world.versions}
    for tag, rows in seen.tags.items():
        if rows != len(versions[tag].content.published_rows()):
            yield f"lost: {rows} rows of {tag} are seen, of {len(versions[tag].content.published_rows())}"
    adds_up = "default" in world.changed_reupload  # the contract of these datasets has said `append` for a while
    for key, shown in Counter(versions[tag].key for tag in seen.tags).items():
        if shown != 1 and not adds_up:
            yield f"doubled: {shown} versions of {key} are seen at once"


def _between(world: Any, before: Seen, after: Seen) -> Iterator[str]:
    """What came is told in the summary; a key's rows give way to others of the key, unless they were taken back."""
    versions = {version.content.tag: version for version in world.versions}
    there = {versions[tag].key for tag in after.tags}
    for tag in before.tags.keys() - after.tags.keys():
        if versions[tag].key not in there and not _was_taken_back(world, versions[tag].key):
            yield f"lost: no version of {versions[tag].key} is seen any more"
    came = {versions[tag].batch_id for tag in after.tags.keys() - before.tags.keys()}
    if not came <= after.entered:
        yield f"lost: the summary does not tell of {came - after.entered}"


def _was_taken_back(world: Any, key: str) -> bool:
    """Whether any version of the key was: it may have replaced another one before the table had followed that."""
    records = [world.ledger.get(version.batch_id) for version in world.versions if version.key == key]
    states = {State(move.target) for record in records if record for move in record.history}
    return bool(states & {State.QUARANTINED, State.REJECTED})


def _come_back(seen: list[Seen]) -> Iterator[str]:
    left = set[str]()
    for before, after in pairwise(seen):
        left |= before.files.keys() - after.files.keys()
        for key in sorted(left & after.files.keys() - before.files.keys()):
            if not {row["id"] for row in after.files[key]["rows"]} <= before.rows.keys():  # else it was compacted
                yield f"doubled: {key} had left the table and is back"
