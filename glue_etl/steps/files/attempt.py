"""One attempt at one file: what a function may do to it, for the claim and the run that it works for.

Each verb may be repeated at any point, and the process may end between any two calls (core.files.heads says why nothing is
doubled). A file that another run owns is left alone (LostClaim); of one that this owner has brought to rest, nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from glue_etl.core.datasets.contracts import ICEBERG, table_format_of
from glue_etl.core.errors import FileRejected, LostClaim, RowsNotConserved, SchemaMoved, StagingGone, Transient
from glue_etl.core.files import heads, ledger
from glue_etl.core.files.conservation import check_rows
from glue_etl.core.files.heads import Head, Intent, Publication
from glue_etl.core.files.kept_names import kept_key
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.files.states import State
from glue_etl.core.messages import counted
from glue_etl.core.reasons import with_row_text
from glue_etl.steps.files.copy_suspects import suspect, suspect_shown
from glue_etl.steps.files.heads import (
    COMMIT_TRIES,
    blank_head,
    clean_head,
    is_outdated,
    require,
    shown_head,
    take_back,
    withdraw,
)
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.schemas import RunSchemas
from glue_etl.steps.transforming.marking import announced

INTENT_LIFETIME = timedelta(minutes=20)
"""Longer than a Lambda function can live (15 minutes: the Lambda quotas page), so that an expired intent has no writer."""

NOT_COPIED = "it stays in the raw bucket alone, as this version: its dataset has protected columns"
_STRICT = (
    "its columns differ from its dataset's, and the schema is strict: nothing was published. To have it published as it is, with"
    " what does not fit in _rescued_data: glue-etl quarantine release {}"
)
STILL_READABLE = "rows of an earlier run stay readable; a rollback takes them back"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be published at a head: objects to copy, from and to, and what the record then says."""

    blank: Head
    publication: Publication
    pairs: Sequence[tuple[str, str]]
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A file of a manifest in the hands of `owner`; `by` names the function in the file's history.

    `schemas`: those of the run, which a file is let into before it is published.
    """

    services: Services
    entry: ManifestFile
    owner: Owner
    by: str = "finalize"
    schemas: RunSchemas | None = None

    def settle(self, result: FileResult) -> Record:
        """Bring the file to rest as the run's result says; its record then. Raises LostClaim, or Transient where AWS does."""
        read = self.entry.read_as(result.format)
        if read != self.entry:
            return replace(self, entry=read).settle(result)
        if result.outcome == "rejected":
            return self.reject(result.reasons)
        if result.outcome == "failed":
            return self.fail("; ".join(result.reasons))
        record = self.stage(result)
        if self._is_at_rest(record):
            return record
        try:
            check_rows(self.entry.file, result)
            if not (result.is_publishable or (result.verdict is not None and record.waived)):
                return self.quarantine(result)
            if self.schemas:
                self.schemas.let_in(self.entry, result)
            return self.publish(record, result)
        except RowsNotConserved as error:
            return self.fail(str(error))
        except StagingGone as gone:
            return self.fail(str(gone), counts=False)
        except SchemaMoved as moved:
            return self.fail(str(moved), counts=moved.counts)

    def run(self) -> Record:
        """Note that the run was started."""
        return self._advance(State.RUNNING, f"run {self.owner.run_id} was started")

    def stage(self, result: FileResult) -> Record:
        """Note that the run has left the file's rows in staging, with what the audit says of them."""
        verdict = result.verdict
        scores, overall = (dict(verdict.scores), verdict.overall) if verdict else ({}, None)
        return self._advance(
            State.STAGED, "the run ended well", rows_read=result.rows_read, scores=scores, overall=overall
        )

    def publish(self, record: Record, result: FileResult) -> Record:
        """Make the staged rows readable, or find that a newer version already is: the record as PUBLISHED or SUPERSEDED.

        Copies go under names of this attempt alone, then one change of the key's head shows them.
        """
        services, file, token = self.services, self.entry, self.services.new_id()[:8]
        plain = heads.publication_of(
            file.file, file.dataset, self.owner.run_id, file.partition, len(result.objects), token
        )
        publication = self._listed(plain, result)
        changes = self._published(record, result, publication)
        intent = Intent(publication, (services.now() + INTENT_LIFETIME).isoformat())
        head = services.ledger.update_head(blank_head(services, record), lambda now: heads.intend(now, intent))
        pairs = [
            (self._staged(key), f"s3://{services.settings.curated_bucket}/{target}")
            for key, target in zip(result.objects, publication.object_keys(), strict=True)
        ]
        return self._commit(Offer(head, publication, pairs, changes))

    def quarantine(self, result: FileResult) -> Record:
        """Set all rows aside, with the verdict beside them."""
        location = self._set_rows_aside((*result.objects, *result.bad_rows))
        verdict = result.verdict.reasons if result.verdict else ("the run gave no verdict",)
        told = (reason for reason in result.reasons if reason not in result.refused)
        strict = (_STRICT.format(self.entry.batch_id),) if result.refused else ()
        reasons = (*self.entry.told, *strict, *result.refused, *told, *verdict)
        document = {"entry": asdict(self.entry), "result": result.to_json()}
        self.services.objects.write_json(f"{location}verdict.json", with_row_text(document))
        return self._set_aside(
            State.QUARANTINED, reasons, location=location, attempts=0, rows_quarantined=result.rows_read
        )

    def reject(self, reasons: tuple[str, ...]) -> Record:
        """Set a file aside that cannot be read, with the reasons, and a copy unless its dataset has protected columns, in the
        quarantine bucket.
        """
        record = self.services.ledger.get(self.entry.batch_id)
        if record is not None and record.held_by(self.owner):
            self._keep_original(reasons)
        changes = {"location": self._aside, "rows_read": 0, "rows_quarantined": 0, "scores": {}, "overall": None}
        return self._set_aside(State.REJECTED, reasons, keep=True, **changes)

    def fail(self, reason: str, counts: bool = True, park: bool = False) -> Record:
        """Move the file to FAILED. `counts`: the failure is this file's own and uses up an attempt; `park`: don't retry."""
        (reason,) = self.services.settings.told((reason,))

        def change(record: Record) -> Record:
            attempts = record.attempts + (1 if counts else 0)
            parked = park or attempts >= self.services.settings.max_attempts
            reasons = (reason, STILL_READABLE) if record.is_readable else (reason,)
            return self._moved(record, State.FAILED, reason, attempts=attempts, parked=parked, reasons=reasons)

        return self.services.ledger.update(self.entry.batch_id, change)

    def _is_at_rest(self, record: Record) -> bool:
        return ledger.is_settled(record, self.owner)

    def _has_staged(self, record: Record) -> bool:
        return record.state is State.STAGED and record.held_by(self.owner)

    def _moved(self, record: Record, target: State, why: str, **changes: Any) -> Record:
        """The record after the move, or as it is where this owner has brought it to rest."""
        if self._is_at_rest(record):
            return record
        if record.dataset != self.entry.dataset:
            suspect(self.services, record.dataset, record.batch_id)
        changes |= {"dataset": self.entry.dataset, "format": self.entry.detection.format}
        return ledger.move(record, target, self.owner, self._stamp(why), **changes)

    def _advance(self, target: State, why: str, **changes: Any) -> Record:
        """Move the file to `target` once: a repeat changes nothing."""

        def change(record: Record) -> Record:
            if record.state is target and record.held_by(self.owner) and record.run_id:
                return record
            return self._moved(record, target, why, **changes)

        return self.services.ledger.update(self.entry.batch_id, change)

    def _set_aside(self, target: State, reasons: tuple[str, ...], keep: bool = False, **changes: Any) -> Record:
        """Move the file to where its rows can't be read; a replayed one takes its earlier rows with it.

        `keep`: these are kept in quarantine, since nothing else may be left of them.
        """
        reasons = self.services.settings.told(reasons)
        changes |= {"rows_published": 0, "head": ""}
        why = "; ".join(reasons)

        def change(now: Record, kept: str) -> Record:
            told = (*reasons, f"the rows that an earlier run published are kept in {kept}rows/") if kept else reasons
            return self._moved(now, target, why, **changes, reasons=told)

        return take_back(self.services, self.entry.batch_id, change, keep)

    def _listed(self, publication: Publication, result: FileResult) -> Publication:
        """The publication as its dataset's table will list it. Raises SchemaMoved where the run did not know that it would."""
        services, dataset = self.services, publication.dataset
        if table_format_of(dataset, services.contracts, services.settings.table_format) != ICEBERG:
            return publication
        if len(result.object_rows) != len(result.objects) or not (self.schemas and self.schemas.keeps(dataset)):
            raise SchemaMoved(
                "it was staged before its dataset became an Iceberg table: the file is read again", counts=False
            )
        return replace(publication, table=ICEBERG, rows=result.object_rows, sizes=result.object_bytes)

    def _published(self, record: Record, result: FileResult, publication: Publication) -> dict[str, Any]:
        """What the record says of the file once it is published; its bad rows are set aside."""
        verdict = (*result.verdict.reasons, *result.verdict.unlike) if result.verdict else ()
        reasons = (*self.entry.told, *result.reasons, *verdict)
        if record.waived:
            reasons = (f"released by {record.waived}", *reasons)
        if result.rows_bad:
            aside = self._set_rows_aside(result.bad_rows)
            reasons = (*reasons, f"{counted(result.rows_bad, 'row')} could not be read: kept in {aside}bad_rows/")
        return {
            "rows_published": result.rows_staged, "rows_quarantined": result.rows_bad, "attempts": 0, "waived": "",
            "reasons": self.services.settings.told(reasons), "location": f"s3://{self.services.settings.curated_bucket}/{publication.folder}",
        }  # fmt: skip

    def _commit(self, offer: Offer) -> Record:
        """Copy, then show the copies; looked at anew before each, since operators may take a newer version back between."""
        services, publication, copied = self.services, offer.publication, False
        for _ in range(COMMIT_TRIES):
            head = services.ledger.head(offer.blank)
            record = require(services, publication.batch_id)
            if not (self._has_staged(record) and heads.is_intended(head, publication)):
                return self._give_up(head, publication)
            if is_outdated(services, head, publication):
                self._supersede(head)
                return self._give_up(head, publication)
            if not copied:
                services.each(lambda pair: services.objects.copy(*pair), offer.pairs)
                copied = True
                continue
            if services.copying is not None:
                for before in (head, shown_head(services, record)):
                    suspect_shown(services, before)
            changed = [heads.publish(head, publication), *self._left(record, head)]
            published = self._moved(record, State.PUBLISHED, "audited and published", **offer.changes, head=head.name)
            with self._leaving(head, publication):
                is_done = services.ledger.commit(changed, [published, *self._replaced(head, publication)])
            if is_done:
                for after in changed:
                    clean_head(services, after)
                return published
        raise Transient(f"the head of {offer.blank.name} keeps changing: try again")

    def _leaving(self, head: Head, publication: Publication) -> AbstractContextManager[None]:
        """What the head shows of another dataset or day, where a contract was changed: it is gone from there."""
        shown = head.published
        is_elsewhere = shown is not None and shown.folder != publication.folder
        return announced(self.services, head) if is_elsewhere else nullcontext()

    def _left(self, record: Record, head: Head) -> list[Head]:
        """Another head that shows this file, emptied: its contract said otherwise when it was published there."""
        shown = shown_head(self.services, record)
        return [heads.unpublish(shown)] if shown is not None and shown.name != head.name else []

    def _replaced(self, head: Head, publication: Publication) -> list[Record]:
        """The record of the version whose rows are replaced; none where there is none, or it is the same file."""
        if head.published is None or heads.shows(head, publication.batch_id):
            return []
        record = self.services.ledger.get(head.published.batch_id)
        if record is None or not record.is_readable:
            return []
        return [ledger.give_way(record, self._stamp(f"replaced by version {publication.version_id}"))]

    def _give_up(self, head: Head, publication: Publication) -> Record:
        services = self.services
        left = withdraw(services, head, publication)
        record = require(services, publication.batch_id)
        if self._is_at_rest(record):
            if others := heads.attempts_at(left, record.batch_id):
                clean_head(services, services.ledger.update_head(left, lambda now: heads.abandon(now, others)))
            return record
        uri = record.file.uri
        if record.held_by(self.owner):
            raise Transient(f"publishing {uri} took too long, its copies were withdrawn: try again")
        raise LostClaim(f"{uri} is {record.state} under another run: run {self.owner.run_id} must not publish it")

    def _supersede(self, head: Head) -> None:
        newer = head.published.version_id if head.published else ""
        self._set_aside(State.SUPERSEDED, (f"a newer version of this key ({newer}) is already published",), location="")

    def _set_rows_aside(self, keys: tuple[str, ...]) -> str:
        """Copy the run's objects of the file to quarantine; their names are the run's, so a repeat writes the same."""
        location = f"{self._aside}{self.owner.run_id}/"
        pairs = [(self._staged(key), f"{location}{_folder(key)}{key.rsplit('/', 1)[-1]}") for key in keys]
        self.services.each(lambda pair: self.services.objects.copy(*pair), pairs)
        return location

    def _keep_original(self, reasons: tuple[str, ...]) -> None:
        services, file = self.services, self.entry.file
        contract = services.contracts.get(self.entry.dataset)
        is_private = bool(contract and contract.protected)
        document = {"source": file.uri, "version_id": file.version_id, "reasons": reasons}
        services.objects.write_json(
            f"{self._aside}rejection.json",
            with_row_text({**document, **({"original": NOT_COPIED} if is_private else {})}),
        )
        if is_private:
            return
        try:
            bucket = f"s3://{services.settings.quarantine_bucket}/"
            folder = f"{self._aside.removeprefix(bucket)}original/"
            services.objects.pin(file, f"{bucket}{kept_key(folder, file.key)}")
        except FileRejected as gone:
            services.log("the rejected object is gone, only the reasons are kept", source=file.uri, code=gone.code)

    @property
    def _aside(self) -> str:
        return self.services.settings.quarantine_uri(self.entry.dataset, self.entry.batch_id)

    def _staged(self, key: str) -> str:
        return f"s3://{self.services.settings.raw_bucket}/{key}"

    def _stamp(self, why: str) -> Stamp:
        return Stamp(self.services.now().isoformat(), self.by, why)


def _folder(key: str) -> str:
    return "bad_rows/" if "/bad/" in key else "rows/"
