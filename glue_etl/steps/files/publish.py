"""Publishes one staged file: copies under names that carry the run, then one change of the key's head.

Every step may be repeated and the process may end between any two of them: see core.files.heads for why nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from glue_etl.core.errors import LostClaim, Transient
from glue_etl.core.files import heads, ledger
from glue_etl.core.files.heads import Head, Intent, Publication
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.states import State
from glue_etl.steps.files.ports import Services

INTENT_LIFETIME = timedelta(minutes=20)
"""Longer than a Lambda function can live (15 minutes: the Lambda quotas page), so that an expired intent has no writer."""

COMMIT_TRIES = 10


def publish_file(
    services: Services, record: Record, owner: Owner, publication: Publication, sources: Sequence[str], **changes: Any
) -> Record:
    """Make a STAGED file's rows readable, or find that a newer version already is.

    `sources` are the staged objects' URIs, in the publication's order; `changes` are fields of the record to set with
    the state. Returns the record as PUBLISHED or SUPERSEDED. Raises LostClaim where another run owns the file.
    """
    blank = blank_head(services, record)
    expires = (services.now() + INTENT_LIFETIME).isoformat()
    head = services.ledger.update_head(blank, lambda now: heads.intend(now, Intent(publication, expires)))
    if not _may_publish(services, publication, owner):
        return _give_up(services, head, publication, owner)
    if not is_outdated(services, head, publication):
        targets = [f"s3://{services.settings.curated_bucket}/{key}" for key in publication.object_keys()]
        services.each(lambda pair: services.objects.copy(*pair), zip(sources, targets, strict=True))
    return _commit(services, head, publication, owner, changes)


def is_outdated(services: Services, head: Head, publication: Publication) -> bool:
    """Whether the head shows a newer version than `publication`."""
    shown = head.published
    if shown is None or shown.version_id == publication.version_id:
        return False
    return _first_listed(services, head, shown, publication) == shown


def clean_head(services: Services, head: Head) -> Head:
    """Delete the copies that nobody shows any more."""
    if not head.obsolete:
        return head
    deleted = head.obsolete
    keys = [key for publication in deleted for key in publication.object_keys()]
    services.objects.delete(services.settings.curated_bucket, keys)
    return services.ledger.update_head(head, lambda now: heads.cleaned(now, deleted))


def withdraw(services: Services, head: Head, publication: Publication) -> Head:
    """End an attempt that came to nothing and delete its copies."""
    return clean_head(services, services.ledger.update_head(head, lambda now: heads.withdraw(now, publication)))


def take_back(services: Services, batch_id: str, change: Callable[[Record], Record]) -> Record:
    """Change a file's record to a state in which none of its rows is readable, and what its head shows with it, as one.

    `change` may return its argument (nothing is done) or raise.
    """
    for _ in range(COMMIT_TRIES):
        record = _require(services, batch_id)
        after = change(record)
        head = services.ledger.head(blank_head(services, record)) if record.location else None
        if after is record or head is None or head.published is None or head.published.batch_id != batch_id:
            return services.ledger.update(batch_id, change, record)
        emptied = heads.unpublish(head)
        if services.ledger.commit(emptied, [after]):
            clean_head(services, emptied)
            return after
    raise Transient(f"the file {batch_id} keeps changing: try again")


def blank_head(services: Services, record: Record) -> Head:
    """The head that a file's rows belong to, before anything is known of it."""
    contract = services.contracts.get(record.dataset)
    return heads.head_of(record.file, append=contract is not None and contract.reupload == "append")


def _commit(services: Services, blank: Head, publication: Publication, owner: Owner, changes: dict[str, Any]) -> Record:
    for _ in range(COMMIT_TRIES):
        head = services.ledger.head(blank)
        record = _require(services, publication.batch_id)
        if not (record.state is State.STAGED and record.held_by(owner) and heads.is_intended(head, publication)):
            return _give_up(services, head, publication, owner)
        if is_outdated(services, head, publication):
            _supersede(services, record, owner, head)
            return _give_up(services, head, publication, owner)
        after = heads.publish(head, publication)
        published = ledger.move(record, State.PUBLISHED, owner, _stamp(services, "audited and published"), **changes)
        if services.ledger.commit(after, [published, *_replaced(services, head, publication)]):
            clean_head(services, after)
            return published
    raise Transient(f"the head of {blank.name} keeps changing: try again")


def _replaced(services: Services, head: Head, publication: Publication) -> list[Record]:
    """The record of the version that is being replaced, superseded; none where it rests elsewhere or is the same file."""
    if head.published is None or head.published.batch_id == publication.batch_id:
        return []
    record = services.ledger.get(head.published.batch_id)
    if record is None or record.state is not State.PUBLISHED:
        return []
    stamp = _stamp(services, f"replaced by version {publication.version_id}")
    owner = Owner(record.claim, record.run_id)
    return [ledger.move(record, State.SUPERSEDED, owner, stamp, rows_published=0, location="")]


def _give_up(services: Services, head: Head, publication: Publication, owner: Owner) -> Record:
    left = withdraw(services, head, publication)
    record = _require(services, publication.batch_id)
    if ledger.is_settled(record, owner):
        if others := heads.attempts_at(left, record.batch_id):
            clean_head(services, services.ledger.update_head(left, lambda now: heads.abandon(now, others)))
        return record
    if record.held_by(owner):
        raise Transient(f"publishing {record.file.uri} took too long, its copies were withdrawn: try again")
    raise LostClaim(f"{record.file.uri} is {record.state} under another run: run {owner.run_id} must not publish it")


def _supersede(services: Services, record: Record, owner: Owner, head: Head) -> Record:
    newer = head.published.version_id if head.published else ""
    reason = f"a newer version of this key ({newer}) is already published"
    stamp, fields = _stamp(services, reason), {"rows_published": 0, "reasons": (reason,), "location": ""}

    def change(now: Record) -> Record:
        settled = ledger.is_settled(now, owner)
        return now if settled else ledger.move(now, State.SUPERSEDED, owner, stamp, **fields)

    return services.ledger.update(record.batch_id, change, record)


def _first_listed(services: Services, head: Head, shown: Publication, candidate: Publication) -> Publication:
    """The newer of two versions: S3 lists a key's versions newest first ("ListObjectVersions", S3 API reference).

    Times don't decide: they are whole seconds, and a multipart upload's is that of its beginning. Only where neither
    version exists any more they have to.
    """
    by_version = {shown.version_id: shown, candidate.version_id: candidate}
    for file in services.objects.versions(head.bucket, head.key, exact=True):
        if file.version_id in by_version:
            return by_version[file.version_id]
    return candidate if candidate.arrived_at > shown.arrived_at else shown


def _may_publish(services: Services, publication: Publication, owner: Owner) -> bool:
    record = _require(services, publication.batch_id)
    return record.state is State.STAGED and record.held_by(owner)


def _require(services: Services, batch_id: str) -> Record:
    record = services.ledger.get(batch_id)
    if record is None:
        raise LostClaim(f"the ledger has no file {batch_id}")
    return record


def _stamp(services: Services, why: str) -> Stamp:
    return Stamp(services.now().isoformat(), "finalize", why)
