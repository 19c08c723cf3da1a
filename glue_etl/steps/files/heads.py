"""What readers see of a key, and the copies that nobody shows any more: core.files.heads, carried out.

Every step may be repeated and the process may end between any two of them: see there for why nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable

from glue_etl.core.datasets.contracts import DEFAULT_DATASET
from glue_etl.core.errors import LostClaim, StagingGone, Transient
from glue_etl.core.files import heads
from glue_etl.core.files.heads import Head, Publication
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.steps.files.copy_suspects import suspect_shown
from glue_etl.steps.files.days import open_days
from glue_etl.steps.files.ports import Services
from glue_etl.steps.transforming.marking import announced

COMMIT_TRIES = 10


def blank_head(services: Services, record: Record) -> Head:
    """The head that a file is published at by today's contract, before anything is known of it."""
    contract = services.contracts.get(record.dataset) or services.contracts[DEFAULT_DATASET]
    return heads.head_of(record.file, append=contract.reupload == "append")


def shown_head(services: Services, record: Record) -> Head | None:
    """The head that shows rows of this file, found by what was published: contracts may have changed since. None: none does."""
    if not (record.head or record.location):
        return None
    blanks = [blank for blank in heads.heads_of(record.file) if record.head in ("", blank.name)]
    found = map(services.ledger.head, blanks)
    return next((head for head in found if heads.shows(head, record.batch_id)), None)


def is_outdated(services: Services, head: Head, publication: Publication) -> bool:
    """Whether the head shows a newer version than `publication`."""
    return _is_newer(services, head, publication.version_id, publication.arrived_at)


def is_outdated_file(services: Services, head: Head, file: File) -> bool:
    """Whether the head shows a newer version than this file."""
    return _is_newer(services, head, file.version_id, file.arrived_at)


def _is_newer(services: Services, head: Head, version_id: str, arrived_at: str) -> bool:
    """S3 lists a key's versions newest first ("ListObjectVersions", S3 API reference). Times don't decide: they are whole
    seconds, and a multipart upload's is that of its beginning. Only where neither version exists any more they have to.
    """
    shown = head.published
    if shown is None or shown.version_id == version_id:
        return False
    for file in services.objects.versions_of(head.bucket, head.key):
        if file.version_id in (shown.version_id, version_id):
            return file.version_id == shown.version_id
    return arrived_at <= shown.arrived_at


def clean_head(services: Services, head: Head) -> Head:
    """Delete the copies that nobody shows any more; compact copies of their days have them too, and are not shown then."""
    if not head.obsolete:
        return head
    deleted = head.obsolete
    keys = [key for publication in deleted for key in publication.object_keys()]
    services.objects.delete(services.settings.curated_bucket, keys)
    open_days(services, deleted)
    return services.ledger.update_head(head, lambda now: heads.cleaned(now, deleted))


def withdraw(services: Services, head: Head, publication: Publication) -> Head:
    """End an attempt that came to nothing and delete its copies."""
    return clean_head(services, services.ledger.update_head(head, lambda now: heads.withdraw(now, publication)))


def take_back(services: Services, batch_id: str, change: Callable[[Record, str], Record], keep: bool = False) -> Record:
    """Change a file's record to a state in which none of its rows is readable, and what its head shows with it, as one.

    `keep`: its readable rows are first copied to quarantine, since its object in the raw bucket may be gone. `change` gets the
    record and where they are kept ("": nowhere); it may return the record (nothing is done) or raise.
    """
    for _ in range(COMMIT_TRIES):
        record = require(services, batch_id)
        head = shown_head(services, record)
        try:
            if head is None or change(record, "") is record:
                return services.ledger.update(batch_id, _unless_others_write(change, record), record)
            kept = _keep_rows(services, head) if keep else ""
        except (StagingGone, _WrittenMeanwhile):
            continue  # by now its rows may be readable elsewhere
        emptied = heads.unpublish(head)
        after = change(record, kept)
        suspect_shown(services, head)
        with announced(services, head):
            is_done = services.ledger.commit([emptied], [after])
        if is_done:
            clean_head(services, emptied)
            return after
    raise Transient(f"the file {batch_id} keeps changing: try again")


class _WrittenMeanwhile(Exception):
    """The record is not the one whose head was looked for."""


def _unless_others_write(change: Callable[[Record, str], Record], record: Record) -> Callable[[Record], Record]:
    def changed(now: Record) -> Record:
        if now.rev != record.rev:
            raise _WrittenMeanwhile
        return change(now, "")

    return changed


def _keep_rows(services: Services, head: Head) -> str:
    """Copy what the head shows to quarantine, beside what its run set aside; where. A repeat writes the same."""
    shown = head.published
    assert shown is not None
    settings = services.settings
    kept = f"{settings.quarantine_uri(shown.dataset, shown.batch_id)}{shown.run_id}/"
    keys = shown.object_keys()
    pairs = [(f"s3://{settings.curated_bucket}/{key}", f"{kept}rows/{key.rsplit('/', 1)[-1]}") for key in keys]
    services.each(lambda pair: services.objects.copy(*pair), pairs)
    return kept


def require(services: Services, batch_id: str) -> Record:
    """The file's record. Raises LostClaim where the ledger has none."""
    record = services.ledger.get(batch_id)
    if record is None:
        raise LostClaim(f"the ledger has no file {batch_id}")
    return record
