"""The promise, checked on a world at rest: nothing lost, nothing doubled, nothing stuck."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from glue_etl.aws.objects import split_uri
from glue_etl.core.datasets.contracts import ICEBERG
from glue_etl.core.files.compaction import COPIES
from glue_etl.core.files.compaction_plan import is_compaction
from glue_etl.core.files.ledger import Record, asks_for_somebody
from glue_etl.core.files.states import FINAL, State
from tests.faults.simulator import tables
from tests.faults.simulator.compact import problems_of_days
from tests.faults.simulator.snapshots import problems_of_snapshots
from tests.faults.simulator.tables import problems_of_tables
from tests.faults.simulator.world import Version, World

ALLOWED = {
    "good": {State.PUBLISHED, State.SUPERSEDED},
    "aside": {State.PUBLISHED, State.SUPERSEDED},
    "bad": {State.QUARANTINED},
    "corrupt": {State.REJECTED},
    "garbage": {State.REJECTED},
    "archived": {State.FAILED},
    "killer": {State.FAILED},
    "miscount": {State.FAILED},
    "spoils": {State.PUBLISHED, State.SUPERSEDED, State.FAILED},
}


def problems_of(world: World) -> list[str]:
    """Every breach, as a sentence that begins with its kind."""
    records = {version.batch_id: world.ledger.get(version.batch_id) for version in world.versions}
    return [
        *_files_not_at_rest(world, records),
        *_wrong_states(world, records),
        *_wrong_order(world, records),
        *_asked_in_vain(world, records),
        *_wrong_rows(world, records),
        *_rows_without_a_copy(world, records),
        *_orphans(world),
        *_wrong_counts(records),
        *_broken_histories(records),
        *_open_work(world),
        *_untold(world, records),
        *_unlisted_days(world, records),
        *problems_of_tables(world),
        *(problems_of_days(world) if world.table_format != ICEBERG else ()),
        *(problems_of_snapshots(world, world.datasets) if world.table_format == ICEBERG else ()),
        *(f"broken: {error}" for error in world.unexpected),
    ]


Records = dict[str, Record | None]


def _files_not_at_rest(world: World, records: Records) -> Iterator[str]:
    for version in world.versions:
        record = records[version.batch_id]
        if record is None:
            if not version.gone:
                yield f"lost: {_name(version)} is not in the ledger"
        elif record.state not in FINAL and not (record.state is State.FAILED and record.parked):
            yield f"stuck: {_name(version)} is {record.state}, claim {record.claim or 'none'}, run {record.run_id or 'none'}"


def _wrong_states(world: World, records: Records) -> Iterator[str]:
    for version in world.versions:
        record = records[version.batch_id]
        if record is None:
            continue
        allowed = {*ALLOWED[version.content.kind], State.SUPERSEDED}  # of what: _wrong_order
        allowed |= {State.REJECTED} if version.gone else set()
        allowed |= {State.QUARANTINED} if version.rolled_back else set()
        allowed |= tables.allowed(world.policy) if version.content.table else set()
        allowed |= {State.PUBLISHED, State.SUPERSEDED} if version.released and version.content.kind == "bad" else set()
        if version.content.kind == "archived" and record.state is State.FAILED and "restore" not in str(record.reasons):
            yield f"lost: nobody learns what to do about {_name(version)}: {'; '.join(record.reasons)}"
        if record.state not in allowed:
            yield f"lost: {_name(version)} ended {record.state}: {'; '.join(record.reasons)}"


def _wrong_order(world: World, records: Records) -> Iterator[str]:
    """Of each key's versions the newest that was ever published is, and no older one, unless versions add up.

    An erased version gives way to any that still exists. Where a contract changed, what was published before stays as it is.
    """
    for place, version in enumerate(world.versions):
        record = records[version.batch_id]
        if record is None:
            continue
        newer = [v for v in world.versions[place + 1 :] if v.key == version.key]
        if (
            record.state is State.SUPERSEDED
            and not version.gone
            and not any(_was_published(records[v.batch_id]) for v in newer)
        ):
            yield f"lost: {_name(version)} is SUPERSEDED, but nothing newer was ever published"
        published = [v for v in newer if not v.gone and (r := records[v.batch_id]) and r.state is State.PUBLISHED]
        replaces = _contract(world, record) not in world.changed_reupload and not _adds_up(world, record)
        if record.state is State.PUBLISHED and published and replaces and not version.gone:
            yield f"doubled: {_name(version)} is PUBLISHED, and so is the newer {_name(published[-1])}"


def _asked_in_vain(world: World, records: Records) -> Iterator[str]:
    """Nobody is asked to look at a version whose key shows a newer one. What dispatch set aside just before it died is left."""
    for place, version in enumerate(world.versions):
        record = records[version.batch_id]
        if record is None or not asks_for_somebody(record) or record.history[-1].by == "dispatch":
            continue
        if _contract(world, record) in world.changed_reupload or _adds_up(world, record) or version.gone:
            continue
        newer = [v for v in world.versions[place + 1 :] if v.key == version.key and not v.gone]
        shown = [v for v in newer if (r := records[v.batch_id]) and r.state is State.PUBLISHED]
        if shown and _contract(world, records[shown[-1].batch_id] or record) == _contract(world, record):
            yield f"stuck: {_name(version)} is {record.state}, and the newer {_name(shown[-1])} is PUBLISHED"


def _wrong_rows(world: World, records: Records) -> Iterator[str]:
    expected: Counter[str] = Counter()
    for version in world.versions:
        record = records[version.batch_id]
        if record is not None and record.is_readable:
            expected.update(version.content.published_rows())
    found: Counter[str] = Counter()
    for _, document in world.curated():
        found.update(_rows_in(document))
    for row in sorted((expected - found).keys()):
        yield f"lost: row {row} of a published file is not in the curated bucket"
    for row in sorted((found - expected).keys()):
        yield f"doubled: row {row} is {found[row]} times in the curated bucket, expected {expected[row]}"


def _rows_without_a_copy(world: World, records: Records) -> Iterator[str]:
    """What readers don't see any more is in quarantine, also where the raw object is gone."""
    for version in world.versions:
        record = records[version.batch_id]
        aside = record is not None and (record.state is State.QUARANTINED or _was_overtaken(record, State.QUARANTINED))
        if record is None or not (aside or (version.gone and _was_taken_away(record))):
            continue
        kept = _rows_of(world, *split_uri(record.location)) if record.location else Counter()
        wanted = version.content.rows_read() if aside else version.content.published_rows()
        if missing := sorted(set(wanted) - set(kept)):
            yield f"lost: {_name(version)} is {record.state}, its rows {missing} are not in {record.location}"


def _orphans(world: World) -> Iterator[str]:
    shown: set[str] = set()
    for head in world.heads():
        if head.published:
            shown.update(head.published.object_keys())
        if head.pending:
            yield f"stuck: the head {head.name} still has copies to delete: {head.obsolete or head.intents}"
    listed = world.table_format == ICEBERG  # what a snapshot of then may list, is looked at by snapshots.py
    for key in (key for key, _ in world.curated()) if listed else world.curated_keys():
        if key not in shown and not (key.startswith(COPIES) or "_compact_" in key):
            yield f"doubled: {key} lies in the curated bucket, and no head shows it"


def _wrong_counts(records: Records) -> Iterator[str]:
    for record in filter(None, records.values()):
        counts = (record.rows_read, record.rows_published, record.rows_quarantined)
        at_rest = record.state in (State.PUBLISHED, State.QUARANTINED)
        if min(counts) < 0 or (at_rest and record.rows_read != record.rows_published + record.rows_quarantined):
            yield f"lost: {record.file.key}: {counts[0]} rows read, {counts[1]} published, {counts[2]} quarantined"


def _broken_histories(records: Records) -> Iterator[str]:
    """Each move starts where the one before ended, and no event moves a file that is at rest: operators do."""
    for record in filter(None, records.values()):
        for before, after in zip(record.history, record.history[1:], strict=False):
            if before.target != after.source:
                yield f"doubled: {record.file.key} went to {before.target}, then on from {after.source}"
        for entry in record.history:
            if entry.by == "dispatch" and entry.source in FINAL and entry.target != State.SUPERSEDED:
                yield f"doubled: an event took {record.file.key} up again, which was {entry.source}"


def _open_work(world: World) -> Iterator[str]:
    for run in world.ledger.open_runs("9", 100):
        yield f"stuck: the run of claim {run.claim} ({run.run_id or 'never started'}) is still open"
    if not world.plan.injected and world.cloud.messages(world.cloud.stack.outcomes.dead_letters):
        yield "stuck: a run could not be finalized, without any fault"
    if not world.plan.injected and world.cloud.messages(world.cloud.stack.arrivals.dead_letters):
        yield "stuck: a message was given up, without any fault"


def _untold(world: World, records: Records) -> Iterator[str]:
    told: Counter[str] = Counter()
    bodies = [body for _, body in world.cloud.notices()]
    for run_id in (run_id for run_id, run in world.glue.runs.items() if not is_compaction(run.manifest)):
        told[run_id] = sum(body.startswith(f"Run {run_id} of ") for body in bodies)
    for record in filter(None, records.values()):
        for entry in record.history:
            if entry.by == "finalize" and entry.target in FINAL and entry.run_id and not told[entry.run_id]:
                yield f"lost: nobody was told of run {entry.run_id}, which left {record.file.key} {entry.target}"
    if not world.plan.injected:
        failed = {run_id for run_id, run in world.glue.runs.items() if run.state != "SUCCEEDED"}
        for run_id, count in told.items():
            if count != 1 and not (count == 0 and run_id in failed):  # one notice tells of many that fail
                yield f"doubled: {count} notices of run {run_id}"


def _unlisted_days(world: World, records: Records) -> Iterator[str]:
    for record in filter(None, records.values()):
        if (
            world.table_format != ICEBERG
            and record.state is State.PUBLISHED
            and ("2030", "01", "05") not in world.cloud.partitions(record.dataset)
        ):
            yield f"lost: the catalog does not know the day of {record.file.key}"


def _rows_of(world: World, bucket: str, prefix: str = "") -> Counter[str]:
    """The rows in the objects below a prefix."""
    found: Counter[str] = Counter()
    for key in _listed(world, bucket, prefix):
        if key.endswith(".parquet") or "/rows/" in key or "/bad_rows/" in key:
            answer = world.raw_client("s3").get_object(Bucket=bucket, Key=key)
            found.update(_rows_in(json.loads(answer["Body"].read())))
    return found


def _rows_in(document: Any) -> list[str]:
    return document if isinstance(document, list) else [row["id"] for row in document["rows"]]


def _listed(world: World, bucket: str, prefix: str = "") -> list[str]:
    listed: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = world.raw_client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
        listed += [entry["Key"] for entry in page.get("Contents", [])]
        if not page["IsTruncated"]:
            return listed
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _adds_up(world: World, record: Record) -> bool:
    return world.contracts[_contract(world, record)].reupload == "append"


def _contract(world: World, record: Record) -> str:
    """The contract that a file is published by: a dataset that has none follows the default's."""
    return record.dataset if record.dataset in world.contracts else "default"


def _was_taken_away(record: Record) -> bool:
    """Whether a replay found the file REJECTED whose rows were readable until then."""
    rests = [entry.target for entry in record.history if entry.target in FINAL]
    return record.state is State.REJECTED and rests[-2:-1] == [State.PUBLISHED]


def _was_overtaken(record: Record, where: State) -> bool:
    """Whether it was set aside there until a newer version was published."""
    return record.state is State.SUPERSEDED and record.history[-1].source == where


def _was_published(record: Record | None) -> bool:
    return record is not None and any(entry.target == State.PUBLISHED for entry in record.history)


def _name(version: Version) -> str:
    return f"{version.key} {version.content.tag} ({version.content.kind}{', erased' if version.gone else ''})"
