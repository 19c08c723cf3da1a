"""What readers see of a key, and the copies that nobody shows any more: core.files.heads, carried out.

Every step may be repeated and the process may end between any two of them: see there for why nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable

from glue_etl.core.datasets.contracts import DEFAULT_DATASET
from glue_etl.core.errors import LostClaim, Transient
from glue_etl.core.files import heads
from glue_etl.core.files.heads import Head, Publication
from glue_etl.core.files.ledger import Record
from glue_etl.steps.files.ports import Services

COMMIT_TRIES = 10


def blank_head(services: Services, record: Record) -> Head:
    """The head that a file's rows belong to, before anything is known of it."""
    contract = services.contracts.get(record.dataset) or services.contracts[DEFAULT_DATASET]
    return heads.head_of(record.file, append=contract.reupload == "append")


def is_outdated(services: Services, head: Head, publication: Publication) -> bool:
    """Whether the head shows a newer version than `publication`.

    S3 lists a key's versions newest first ("ListObjectVersions", S3 API reference). Times don't decide: they are whole
    seconds, and a multipart upload's is that of its beginning. Only where neither version exists any more they have to.
    """
    shown = head.published
    if shown is None or shown.version_id == publication.version_id:
        return False
    for file in services.objects.versions_of(head.bucket, head.key):
        if file.version_id in (shown.version_id, publication.version_id):
            return file.version_id == shown.version_id
    return publication.arrived_at <= shown.arrived_at


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
        record = require(services, batch_id)
        after = change(record)
        head = services.ledger.head(blank_head(services, record)) if record.location else None
        if after is record or head is None or head.published is None or head.published.batch_id != batch_id:
            return services.ledger.update(batch_id, change, record)
        emptied = heads.unpublish(head)
        if services.ledger.commit(emptied, [after]):
            clean_head(services, emptied)
            return after
    raise Transient(f"the file {batch_id} keeps changing: try again")


def require(services: Services, batch_id: str) -> Record:
    """The file's record. Raises LostClaim where the ledger has none."""
    record = services.ledger.get(batch_id)
    if record is None:
        raise LostClaim(f"the ledger has no file {batch_id}")
    return record
