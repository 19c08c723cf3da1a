"""Ends what asks for nobody any more: versions that were set aside or given up, of keys that show a newer version now.

Who publishes a version looks at the others after it is readable; who sets one aside looks for a newer one after that is
written. So of two at once one sees the other, and nobody needs a lock. All of it may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from glue_etl.core.errors import LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Record, Stamp
from glue_etl.core.files.states import State
from glue_etl.steps.files.heads import blank_head, is_outdated_file
from glue_etl.steps.files.ports import Services

VERSIONS = 30
"""Versions of a key that are looked at, which may be rewritten for years: each that was published has ended those before it."""


def end_overtaken(services: Services, record: Record, by: str) -> Record:
    """What a file that has come to rest means for the versions of its key; its own record then."""
    if record.state is State.PUBLISHED:
        for other in other_versions(services, record):
            if ledger.asks_for_somebody(other):
                _end(services, other, by)
        return record
    return _end(services, record, by) if ledger.asks_for_somebody(record) else record


def other_versions(services: Services, record: Record) -> Iterable[Record]:
    """Those of the newest other versions of a file's key that may ask for somebody, or be counted; as they are now."""
    newest = islice(services.ledger.by_key(record.file.bucket, record.file.key, VERSIONS), VERSIONS)
    open_ones = [r.batch_id for r in newest if r.state is not State.SUPERSEDED or r.counted]
    found = services.each(services.ledger.get, [batch_id for batch_id in open_ones if batch_id != record.batch_id])
    return [other for other in found if other is not None]


def _end(services: Services, record: Record, by: str) -> Record:
    """The record, SUPERSEDED where its key shows a newer version. Where versions add up, each has a key of its own here."""
    head = services.ledger.head(blank_head(services, record))
    shown = head.published
    if shown is None or not is_outdated_file(services, head, record.file):
        return record
    stamp = Stamp(services.now().isoformat(), by, f"version {shown.version_id}, which is newer, is published")
    try:
        return services.ledger.update(record.batch_id, lambda now: ledger.overtake(now, stamp))
    except LostClaim as moved:
        services.log("not superseded", batch_id=record.batch_id, reason=str(moved))
        return record
