"""Brings one file of a finished run to rest: staged, then published, quarantined, rejected or failed.

May be repeated for the same run at any point; a file that another run owns is left alone (LostClaim).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from glue_etl.core.errors import FileRejected, RowsNotConserved, StagingGone
from glue_etl.core.files import heads, ledger
from glue_etl.core.files.conservation import check_rows
from glue_etl.core.files.kept_names import kept_key
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.files.states import State
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.publish import publish_file, take_back


def settle_file(services: Services, entry: ManifestFile, result: FileResult, owner: Owner) -> Record:
    """The record of the file at rest. Raises LostClaim where `owner` does not own it, Transient where AWS says so."""
    if result.outcome == "rejected":
        return reject_file(services, entry, result.reasons, owner, by="finalize")
    record = _note_staged(services, entry, result, owner)
    if ledger.is_settled(record, owner):
        return record
    try:
        check_rows(entry.file, result)
    except RowsNotConserved as error:
        return fail_file(services, entry, str(error), owner, counts=True)
    passed = result.verdict is not None and (result.verdict.passed or record.waived)
    try:
        return (_publish if passed else _quarantine)(services, record, entry, result, owner)
    except StagingGone as gone:
        return fail_file(services, entry, str(gone), owner, counts=False)


def reject_file(services: Services, entry: ManifestFile, reasons: tuple[str, ...], owner: Owner, by: str) -> Record:
    """Set a file aside that cannot be read, with a copy and the reasons in the quarantine bucket."""
    record = services.ledger.get(entry.batch_id)
    if record is not None and record.held_by(owner):
        _keep_original(services, entry, reasons)
    return _set_aside(
        services, entry, State.REJECTED, owner, by, reasons,
        location=_aside(services, entry), rows_read=0, rows_quarantined=0, scores={}, overall=None,
    )  # fmt: skip


def fail_file(
    services: Services, entry: ManifestFile, reason: str, owner: Owner, counts: bool, park: bool = False
) -> Record:
    """Move a file to FAILED. `counts`: the failure is this file's own, so it uses up an attempt; `park`: don't retry."""

    (reason,) = services.settings.told((reason,))

    def change(record: Record) -> Record:
        if ledger.is_settled(record, owner):
            return record
        attempts = record.attempts + (1 if counts else 0)
        parked = park or attempts >= services.settings.max_attempts
        stamp = Stamp(services.now().isoformat(), "finalize", reason)
        fields = {"attempts": attempts, "parked": parked, "reasons": (reason,), **_reading(entry)}
        return ledger.move(record, State.FAILED, owner, stamp, **fields)

    return services.ledger.update(entry.batch_id, change)


def advance(
    services: Services, entry: ManifestFile, target: State, owner: Owner, by: str, why: str, **changes: Any
) -> Record:
    """Move a file to `target` once: a repeat by the same owner changes nothing."""
    stamp = Stamp(services.now().isoformat(), by, why)

    def change(record: Record) -> Record:
        if ledger.is_settled(record, owner) or (record.state is target and record.held_by(owner) and record.run_id):
            return record
        return ledger.move(record, target, owner, stamp, **_reading(entry), **changes)

    return services.ledger.update(entry.batch_id, change)


def _note_staged(services: Services, entry: ManifestFile, result: FileResult, owner: Owner) -> Record:
    scores = dict(result.verdict.scores) if result.verdict else {}
    overall = result.verdict.overall if result.verdict else None
    why = "the run ended well"
    return advance(
        services,
        entry,
        State.STAGED,
        owner,
        "finalize",
        why,
        rows_read=result.rows_read,
        scores=scores,
        overall=overall,
    )


def _publish(services: Services, record: Record, entry: ManifestFile, result: FileResult, owner: Owner) -> Record:
    token = services.new_id()[:8]
    publication = heads.publication_of(
        entry.file, entry.dataset, owner.run_id, entry.partition, len(result.objects), token
    )
    reasons = (*result.reasons, *(result.verdict.reasons if result.verdict else ()))
    if record.waived:
        reasons = (f"released by {record.waived}", *reasons)
    if result.rows_bad:
        aside = _set_rows_aside(services, entry, result.bad_rows, owner)
        reasons = (*reasons, f"{result.rows_bad} rows could not be read and are kept in {aside}bad_rows/")
    reasons = services.settings.told(reasons)
    return publish_file(
        services, record, owner, publication, [f"s3://{services.settings.raw_bucket}/{key}" for key in result.objects],
        rows_published=result.rows_staged, rows_quarantined=result.rows_bad, attempts=0, waived="", reasons=reasons,
        location=f"s3://{services.settings.curated_bucket}/{entry.dataset}/{entry.partition.path}/",
    )  # fmt: skip


def _quarantine(services: Services, _: Record, entry: ManifestFile, result: FileResult, owner: Owner) -> Record:
    location = _set_rows_aside(services, entry, (*result.objects, *result.bad_rows), owner)
    reasons = (*result.reasons, *(result.verdict.reasons if result.verdict else ("the run gave no verdict",)))
    services.objects.write_json(f"{location}verdict.json", {"entry": asdict(entry), "result": asdict(result)})
    return _set_aside(
        services, entry, State.QUARANTINED, owner, "finalize", reasons,
        location=location, attempts=0, rows_quarantined=result.rows_read,
    )  # fmt: skip


def _set_aside(
    services: Services,
    entry: ManifestFile,
    target: State,
    owner: Owner,
    by: str,
    reasons: tuple[str, ...],
    **changes: Any,
) -> Record:
    """Move a file to where its rows can't be read; a replayed one takes its earlier rows with it."""
    reasons = services.settings.told(reasons)
    stamp = Stamp(services.now().isoformat(), by, "; ".join(reasons))

    def change(record: Record) -> Record:
        if ledger.is_settled(record, owner):
            return record
        return ledger.move(
            record, target, owner, stamp, reasons=reasons, rows_published=0, **_reading(entry), **changes
        )

    return take_back(services, entry.batch_id, change)


def _set_rows_aside(services: Services, entry: ManifestFile, keys: tuple[str, ...], owner: Owner) -> str:
    """Copy a run's objects of a file to the quarantine bucket; their names are the run's, so a repeat writes the same."""
    location = f"{_aside(services, entry)}{owner.run_id}/"
    raw = services.settings.raw_bucket
    pairs = [(f"s3://{raw}/{key}", f"{location}{_folder(key)}{key.rsplit('/', 1)[-1]}") for key in keys]
    services.each(lambda pair: services.objects.copy(*pair), pairs)
    return location


def _keep_original(services: Services, entry: ManifestFile, reasons: tuple[str, ...]) -> None:
    location = _aside(services, entry)
    file = entry.file
    services.objects.write_json(
        f"{location}rejection.json", {"source": file.uri, "version_id": file.version_id, "reasons": reasons}
    )
    try:
        bucket = services.settings.quarantine_bucket
        folder = f"{location.removeprefix(f's3://{bucket}/')}original/"
        services.objects.pin(file, f"s3://{bucket}/{kept_key(folder, file.key)}")
    except FileRejected as gone:
        services.log("the rejected object is gone, only the reasons are kept", source=file.uri, code=gone.code)


def _aside(services: Services, entry: ManifestFile) -> str:
    return services.settings.quarantine_uri(entry.dataset, entry.batch_id)


def _folder(key: str) -> str:
    return "bad_rows/" if "/bad/" in key else "rows/"


def _reading(entry: ManifestFile) -> dict[str, str]:
    return {"dataset": entry.dataset, "format": entry.detection.format}
