"""Takes what arrived, claims each file once and starts as few Glue runs as the limits allow.

A file that is claimed but whose run never started (a crash in between) is found and given back by the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from glue_etl.core.datasets.automatic import contract_of
from glue_etl.core.errors import Busy, LostClaim, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record, RunRecord, Stamp, is_waiting
from glue_etl.core.files.model import Manifest, ManifestFile
from glue_etl.core.files.notices import rejection_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.packing import pack
from glue_etl.core.files.states import State
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.intake import Candidate, Intake, Message, entries, take_in
from glue_etl.steps.files.ports import Services


@dataclass
class DispatchReport:
    """What a batch came to. `failed` are the ids of messages to be delivered again, `busy` those that only wait for room."""

    failed: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    runs: list[str] = field(default_factory=list)
    claimed: int = 0
    duplicates: int = 0
    rejected: int = 0

    @property
    def given_back(self) -> list[str]:
        """Message ids of a partial batch response."""
        return sorted(self.failed | self.busy)

    def as_metrics(self) -> dict[str, int]:
        """Counts under the names of their CloudWatch metrics."""
        return {
            "FilesClaimed": self.claimed,
            "FilesDuplicate": self.duplicates,
            "FilesRejected": self.rejected,
            "RunsStarted": len(self.runs),
            "MessagesGivenBack": len(self.given_back),
        }


def dispatch(services: Services, messages: Sequence[Message]) -> DispatchReport:
    """Start runs for the files of a batch of messages. One message's trouble never fails the others."""
    report = DispatchReport()
    if services.jobs.room() <= 0:
        report.busy = {message.message_id for message in messages}
    else:
        intake = take_in(services, messages)
        report.failed |= set(intake.failed)
        report.duplicates = intake.duplicates
        _reject(services, [c for c in intake.candidates.values() if c.reasons], report)
        for group in _groups(intake):
            _start_group(services, group, report)
    waiting = [message.receipt_handle for message in messages if message.message_id in report.busy]
    services.arrivals.give_back(waiting, services.settings.busy_wait_seconds)
    return report


def _groups(intake: Intake) -> list[list[Candidate]]:
    groups: dict[str, list[Candidate]] = {}
    for candidate in intake.candidates.values():
        if not candidate.reasons:
            groups.setdefault(candidate.group, []).append(candidate)
    return list(groups.values())


def _start_group(services: Services, group: list[Candidate], report: DispatchReport) -> None:
    by_id = {candidate.entry.batch_id: candidate for candidate in group}
    settings = services.settings
    for packed in pack(entries(group), settings.max_files_per_run, settings.max_bytes_per_run):
        candidates = [by_id[entry.batch_id] for entry in packed]
        token = services.new_id()
        claimed = _claim_all(services, candidates, token, report)
        if claimed:
            _start_run(services, claimed, token, report)


def _start_run(services: Services, candidates: list[Candidate], token: str, report: DispatchReport) -> None:
    """Manifest, the run's record, the run itself: each is found by the sweep if the next never comes."""
    uri, at = services.settings.manifest_uri(token), services.now().isoformat()
    run = RunRecord(token, uri)
    try:
        services.objects.write_json(uri, _manifest(services, entries(candidates), token).to_json())
        services.ledger.update_run(run, lambda now: ledger.open_run(now, at))
        run_id = services.jobs.start(uri)
    except Transient as error:
        services.log("no run could be started: the files wait", claim=token, files=len(candidates), reason=str(error))
        services.each(lambda c: _unclaim(services, c, token), candidates)
        report.busy |= {candidate.message.message_id for candidate in candidates}
        if isinstance(
            error, Busy
        ):  # refused for certain; after a time-out there may be a run, and the sweep looks for it
            services.ledger.update_run(run, lambda now: ledger.close_run(now, at))
        return
    services.ledger.update_run(run, lambda now: ledger.name_run(now, run_id, at))
    report.runs.append(run_id)
    services.each(lambda c: _mark_running(services, c.entry, Owner(token, run_id)), candidates)


def _manifest(services: Services, files: Sequence[ManifestFile], token: str) -> Manifest:
    datasets = sorted({entry.dataset for entry in files})
    policy = services.settings.schema_policy
    contracts = {name: contract_of(name, services.bundle["datasets"], policy) for name in datasets}
    kept = services.each(services.ledger.schema, [name for name in datasets if contracts[name].get("schema")])
    return Manifest(
        claim=token,
        environment=services.settings.environment,
        created_at=services.now().isoformat(),
        staging=services.settings.staging_uri(token),
        files=tuple(files),
        contracts=contracts,
        schemas={schema.dataset: schema.to_json(changes=False) for schema in kept if schema},
    )


def _claim_all(services: Services, candidates: list[Candidate], token: str, report: DispatchReport) -> list[Candidate]:
    return [c for c in services.each(lambda c: _claim(services, c, token, report), candidates) if c]


def _claim(services: Services, candidate: Candidate, token: str, report: DispatchReport) -> Candidate | None:
    """The candidate if this call took its file; None where somebody has it or has had it: a duplicate."""
    stamp = Stamp(services.now().isoformat(), "dispatch", "arrived" if candidate.record is None else "taken up again")
    try:
        won = services.ledger.receive(ledger.receive(candidate.entry.file, token, stamp)) or _reclaim(
            services, candidate, token, stamp
        )
    except Transient as error:
        services.log("claim failed", batch_id=candidate.entry.batch_id, error=str(error))
        report.failed.add(candidate.message.message_id)
        return None
    if won:
        report.claimed += 1
        return candidate
    report.duplicates += 1
    return None


def _reclaim(services: Services, candidate: Candidate, token: str, stamp: Stamp) -> bool:
    def change(record: Record) -> Record:
        if record.claim == token:
            return record  # this very claim: only its answer was lost
        if not is_waiting(record):
            raise LostClaim(f"{record.file.uri} is {record.state}")
        return ledger.claim(record, token, stamp)

    try:
        services.ledger.update(candidate.entry.batch_id, change)
    except LostClaim:
        return False
    return True


def _unclaim(services: Services, candidate: Candidate, token: str) -> None:
    stamp = Stamp(services.now().isoformat(), "dispatch", "no room for a run: waits")
    try:
        services.ledger.update(candidate.entry.batch_id, lambda record: ledger.unclaim(record, Owner(token), stamp))
    except LostClaim as lost:
        services.log("not released", batch_id=candidate.entry.batch_id, reason=str(lost))


def _mark_running(services: Services, entry: ManifestFile, owner: Owner) -> None:
    try:
        Attempt(services, entry, owner, "dispatch").run()
    except LostClaim as lost:
        services.log("the run is ahead of its dispatch", batch_id=entry.batch_id, reason=str(lost))


def _reject(services: Services, candidates: list[Candidate], report: DispatchReport) -> None:
    """Reject what can't be read. The notice goes first: repeated after a crash rather than never sent."""
    token = services.new_id()
    mine = _claim_all(services, candidates, token, report)
    if not mine:
        return
    notice = rejection_notice(services.settings.environment, [_rejected_outcome(services, c) for c in mine])
    services.notices.publish(notice)
    services.each(lambda c: Attempt(services, c.entry, Owner(token), "dispatch").reject(c.reasons), mine)
    report.rejected += len(mine)


def _rejected_outcome(services: Services, candidate: Candidate) -> FileOutcome:
    entry = candidate.entry
    return FileOutcome(
        key=entry.file.key, batch_id=entry.batch_id, dataset=entry.dataset, format=entry.detection.format,
        state=State.REJECTED, rows_read=0, rows_published=0, rows_quarantined=0, scores={}, overall=None,
        reasons=candidate.reasons,
        location=services.settings.quarantine_uri(entry.dataset, entry.batch_id),
    )  # fmt: skip
