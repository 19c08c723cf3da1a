"""The promise, checked on a world at rest: nothing lost, nothing doubled, nothing stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from glue_etl.core.files import heads
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import FINAL, State
from tests.faults.simulator import tables
from tests.faults.simulator.tables import problems_of_tables
from tests.faults.simulator.world import CONTRACTS, Version, World

ALLOWED = {
    "good": {State.PUBLISHED, State.SUPERSEDED},
    "aside": {State.PUBLISHED, State.SUPERSEDED},
    "bad": {State.QUARANTINED},
    "corrupt": {State.REJECTED},
    "garbage": {State.REJECTED},
    "killer": {State.FAILED},
    "miscount": {State.FAILED},
}


def problems_of(world: World) -> list[str]:
    """Every breach, as a sentence that begins with its kind."""
    records = {version.batch_id: world.ledger.get(version.batch_id) for version in world.versions}
    return [
        *_files_not_at_rest(world, records),
        *_wrong_states(world, records),
        *_wrong_order(world, records),
        *_wrong_rows(world, records),
        *_orphans(world, records),
        *_wrong_counts(records),
        *_broken_histories(records),
        *_open_work(world),
        *_untold(world, records),
        *_unlisted_days(world, records),
        *problems_of_tables(world),
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
        allowed = set(ALLOWED[version.content.kind])
        allowed |= {State.REJECTED} if version.gone else set()
        allowed |= {State.QUARANTINED} if version.rolled_back else set()
        allowed |= tables.allowed(world.policy) if version.content.table else set()
        allowed |= {State.PUBLISHED, State.SUPERSEDED} if version.released and version.content.kind == "bad" else set()
        if record.state not in allowed:
            yield f"lost: {_name(version)} ended {record.state}: {'; '.join(record.reasons)}"


def _wrong_order(world: World, records: Records) -> Iterator[str]:
    """Of each key's versions the newest that was ever published is, and no older one, unless versions add up.

    An erased version gives way to any that still exists.
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
        if record.state is State.PUBLISHED and published and not _adds_up(record) and not version.gone:
            yield f"doubled: {_name(version)} is PUBLISHED, and so is the newer {_name(published[-1])}"


def _wrong_rows(world: World, records: Records) -> Iterator[str]:
    expected: Counter[str] = Counter()
    for version in world.versions:
        record = records[version.batch_id]
        if record is not None and record.state is State.PUBLISHED:
            expected.update(version.content.published_rows())
    found: Counter[str] = Counter()
    for _, document in world.curated():
        found.update(document if isinstance(document, list) else [row["id"] for row in document["rows"]])
    for row in sorted((expected - found).keys()):
        yield f"lost: row {row} of a published file is not in the curated bucket"
    for row in sorted((found - expected).keys()):
        yield f"doubled: row {row} is {found[row]} times in the curated bucket, expected {expected[row]}"


def _orphans(world: World, records: Records) -> Iterator[str]:
    shown: set[str] = set()
    for record in filter(None, records.values()):
        head = world.ledger.head(heads.head_of(record.file, append=_adds_up(record)))
        if head.published:
            shown.update(head.published.object_keys())
        if head.pending:
            yield f"stuck: the head of {record.file.key} still has copies to delete: {head.obsolete or head.intents}"
    for key, _ in world.curated():
        if key not in shown:
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
            if entry.by == "dispatch" and entry.source in FINAL:
                yield f"doubled: an event took {record.file.key} up again, which was {entry.source}"


def _open_work(world: World) -> Iterator[str]:
    for run in world.ledger.open_runs("9", 100):
        yield f"stuck: the run of claim {run.claim} ({run.run_id or 'never started'}) is still open"
    if world.plan.rate == 0 and world.cloud.messages(world.cloud.stack.outcomes.dead_letters):
        yield "stuck: a run could not be finalized, without any fault"


def _untold(world: World, records: Records) -> Iterator[str]:
    told: Counter[str] = Counter()
    bodies = [body for _, body in world.cloud.notices()]
    for run_id in world.glue.runs:
        told[run_id] = sum(body.startswith(f"Run {run_id} of ") for body in bodies)
    for record in filter(None, records.values()):
        for entry in record.history:
            if entry.by == "finalize" and entry.target in FINAL and entry.run_id and not told[entry.run_id]:
                yield f"lost: nobody was told of run {entry.run_id}, which left {record.file.key} {entry.target}"
    if world.plan.rate == 0:
        yield from (f"doubled: {count} notices of run {run_id}" for run_id, count in told.items() if count != 1)


def _unlisted_days(world: World, records: Records) -> Iterator[str]:
    for record in filter(None, records.values()):
        if record.state is State.PUBLISHED and ("2030", "01", "05") not in world.cloud.partitions(record.dataset):
            yield f"lost: the catalog does not know the day of {record.file.key}"


def _adds_up(record: Record) -> bool:
    return CONTRACTS[record.dataset].reupload == "append" if record.dataset in CONTRACTS else False


def _was_published(record: Record | None) -> bool:
    return record is not None and any(entry.target == State.PUBLISHED for entry in record.history)


def _name(version: Version) -> str:
    return f"{version.key} {version.content.tag} ({version.content.kind}{', erased' if version.gone else ''})"
