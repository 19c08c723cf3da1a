"""The facts that a diagnosis is made of, as they stand in a deployment now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from glue_etl.aws.operating.deployment import QUEUES, Deployment
from glue_etl.aws.operating.source_control import SourceControl
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.files.copies import Copy
from glue_etl.core.files.heads import Head, head_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import FOR_A_PERSON, OPEN_STATES, PARKED, State
from glue_etl.core.messages import one_line
from glue_etl.core.operating.diagnosis import Facts, TransformWork, Work
from glue_etl.core.pulling.pulls import FAILED

PARTS_LOOKED_AT = 1000
"""Parts of transforms that are due, those that moved first."""


@dataclass(slots=True)
class OpenFiles:
    """Of each open state: how many files there are, seconds since the oldest of them moved, and which moved last.

    `cut`: states with more files than were counted; their oldest is known all the same.
    """

    counts: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)
    newest: dict[str, Record] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)


def open_files(found: Deployment, most: int | None = None) -> OpenFiles:
    """What is not at rest; with `most` no more than so many of a state are counted."""
    now, told = found.services.now(), OpenFiles()
    for state in OPEN_STATES:
        records = list(islice(found.ledger.latest("by-state", state), most + 1 if most else None))
        if not records:
            continue
        told.counts[state] = min(len(records), most or len(records))
        told.newest[state] = records[0]
        oldest = records[-1]
        if most and len(records) > most:
            told.cut.append(state)
            oldest = next(iter(found.ledger.open_files(state, now.isoformat(), limit=1)), oldest)
        told.oldest[state] = (now - datetime.fromisoformat(oldest.updated_at)).total_seconds()
    return told


@dataclass(frozen=True, slots=True)
class ForPeople:
    """Files at rest that somebody has to look at, by state; `cut`: states with more than were counted."""

    counts: Mapping[str, int]
    cut: tuple[str, ...]


def for_people(found: Deployment, most: int) -> ForPeople:
    """Files that are set aside or given up, of which no newer version of their key is published; at most so many of a state
    are looked at."""
    listed = {state: list(islice(found.ledger.latest("by-state", state), most + 1)) for state in FOR_A_PERSON}
    looked_at = {state: records[:most] for state, records in listed.items()}
    blanks = [head_of(record.file, append=False) for records in looked_at.values() for record in records]
    heads = found.ledger.heads(blanks)
    counts = {state: sum(not _is_mended(r, heads) for r in records) for state, records in looked_at.items()}
    return ForPeople(counts, tuple(state for state, records in listed.items() if len(records) > most))


def _is_mended(record: Record, heads: Mapping[str, Head]) -> bool:
    """Whether readers see a later version of the file's key."""
    head = heads.get(head_of(record.file, append=False).name)
    return bool(head and head.published and head.published.arrived_at > record.file.arrived_at)


def facts(found: Deployment) -> Facts:
    """All that a diagnosis asks for: the incoming prefix is listed against the ledger."""
    prefix = found.services.settings.incoming_prefix
    return Facts(
        incoming_prefix=prefix,
        versioned=found.is_versioned(),
        notification_prefixes=tuple(found.notification_prefixes()),
        mappings={name: tuple(m["State"] for m in found.event_sources(name)) for name in ("dispatch", "finalize")},
        rule_state=found.rule_state(),
        unknown_files=_unknown(found, prefix),
        work=work(surroundings(found), open_files(found)),
    )


def surroundings(found: Deployment) -> Work:
    """What is not at rest besides the files: queues, sources, the circuit, transforms and the warehouse as they are now."""
    now, copies = found.services.now(), _copies(found)
    return Work(
        queues={queue: found.dead_letters(queue).counts() for queue in QUEUES},
        failed_streams=_failed_streams(SourceControl(found)),
        circuit=found.services.ledger.circuit(),
        transforms=_transforms(found),
        copies=copies,
        copying_for={
            c.dataset: (now - datetime.fromisoformat(c.claimed_at)).total_seconds() for c in copies if c.claimed_at
        },
        refused_imports=_refused_imports(found),
    )


def work(around: Work, known: OpenFiles) -> Work:
    """What is not at rest: the surroundings with the files."""
    return replace(around, open_files=known.counts, newest=_told(known.newest), oldest=known.oldest)


def _transforms(found: Deployment) -> dict[str, TransformWork]:
    """Of each transform what does not rest; what waits for its schedule does."""
    transforming, now = found.services.transforming, found.services.now()
    if transforming is None:
        return {}
    at_work = [*transforming.parts.due(PARTS_LOOKED_AT), *transforming.parts.running()]
    told = {}
    for name in transforming.declared.by_name:
        mine = [part for part in at_work if part.transform == name]
        stopped = {part.part: part.reason for part in transforming.parts.stopped(name)}
        failing = {part.part: part.reason for part in mine if part.attempts and part.reason}
        moved = min((datetime.fromisoformat(part.updated_at) for part in mine), default=now)
        told[name] = TransformWork(stopped, failing, (now - moved).total_seconds())
    return told


def _refused_imports(found: Deployment) -> dict[str, str]:
    refreshing = found.services.refreshing
    known = [refreshing.items.get(data_set) for data_set in refreshing.data_sets.values()] if refreshing else []
    return {each.data_set: each.error for each in known if each.error}


def _copies(found: Deployment) -> tuple[Copy, ...]:
    """The copies of the datasets that have one; of others the item may still be there."""
    copying = found.services.copying
    return tuple(copying.copies.get(dataset) for dataset in copying.datasets) if copying else ()


def _told(newest: Mapping[str, Record]) -> dict[str, tuple[str, str]]:
    return {
        state: (one_line(r.file.key), r.reasons[0] if r.reasons else "no reason is stored")
        for state, r in newest.items()
        if state in (State.FAILED, PARKED)
    }


def _failed_streams(control: SourceControl) -> dict[tuple[str, str], str]:
    parts = [(source, part) for source in control.declared() for part in control.parts(source)]
    return {(source, part["part"]): part.get("error", "") for source, part in parts if part.get("status") == FAILED}


def _unknown(found: Deployment, prefix: str) -> int:
    listed = found.services.objects.versions(found.services.settings.raw_bucket, prefix)
    ids = [file.batch_id for file in listed if not is_folder_marker(file.key)]
    return len(set(ids) - found.services.ledger.known(ids))
