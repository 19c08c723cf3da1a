"""The facts that a diagnosis is made of, as they stand in a deployment now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from glue_etl.aws.operating.deployment import QUEUES, Deployment
from glue_etl.aws.operating.source_control import SourceControl
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.files.copies import Copy
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import OPEN_STATES, PARKED, State
from glue_etl.core.messages import one_line
from glue_etl.core.operating.diagnosis import Facts, Work
from glue_etl.core.pulling.pulls import FAILED


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
        work=work(found, open_files(found)),
    )


def work(found: Deployment, known: OpenFiles) -> Work:
    """What is not at rest, of which the files are known."""
    now, copies = found.services.now(), _copies(found)
    return Work(
        queues={queue: found.dead_letters(queue).counts() for queue in QUEUES},
        open_files=known.counts,
        newest=_told(known.newest),
        oldest=known.oldest,
        failed_streams=_failed_streams(SourceControl(found)),
        circuit=found.services.ledger.circuit(),
        copies=copies,
        refused_imports=_refused_imports(found),
        copying_for={
            c.dataset: (now - datetime.fromisoformat(c.claimed_at)).total_seconds() for c in copies if c.claimed_at
        },
    )


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
