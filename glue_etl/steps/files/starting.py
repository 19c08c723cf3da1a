"""Claims files and starts a run for each pack of them; what has no room is left waiting in the ledger.

A file that is claimed but whose run never started (a crash in between) is found and given back by the sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from glue_etl.core.datasets.automatic import contract_of
from glue_etl.core.errors import Busy, GlueEtlError, LostClaim, NoCapacity, Refused
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record, RunRecord, Stamp, is_waiting
from glue_etl.core.files.model import Manifest, ManifestFile
from glue_etl.core.files.packing import pack
from glue_etl.core.files.states import State
from glue_etl.steps.files import circuit
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.drawing import drawn_for
from glue_etl.steps.files.intake import Candidate, entries
from glue_etl.steps.files.others import what_others_hold
from glue_etl.steps.files.ports import Services


@dataclass
class DispatchReport:
    """What a batch came to. `failed` are the ids of messages to be delivered again; `troubles` counts what went wrong beside
    them and comes again by itself; `waiting` files are in the ledger until there is room for a run.
    """

    failed: set[str] = field(default_factory=set)
    runs: list[str] = field(default_factory=list)
    claimed: int = 0
    waiting: int = 0
    duplicates: int = 0
    rejected: int = 0
    refused: int = 0
    parked: int = 0
    troubles: int = 0

    @property
    def given_back(self) -> list[str]:
        """Message ids of a partial batch response."""
        return sorted(self.failed)

    def as_metrics(self) -> dict[str, int]:
        """Counts under the names of their CloudWatch metrics."""
        return {
            "FilesClaimed": self.claimed,
            "FilesLeftWaiting": self.waiting,
            "FilesDuplicate": self.duplicates,
            "FilesRejected": self.rejected,
            "FilesRefused": self.refused,
            "FilesParked": self.parked,
            "RunsStarted": len(self.runs),
            "MessagesGivenBack": len(self.given_back),
            "DispatchTroubles": self.troubles,
        }


@dataclass
class Starter:
    """Starts runs while there is `room`; counts in `report`. `stopped`: a start failed, and asking at once again would too."""

    services: Services
    report: DispatchReport
    room: int
    stopped: bool = False

    def start(self, candidates: Sequence[Candidate]) -> None:
        """A run for every pack of files, each group apart; what finds no room waits."""
        settings = self.services.settings
        for group in _groups(candidates):
            by_id = {candidate.entry.batch_id: candidate for candidate in group}
            for packed in pack(entries(group), settings.max_files_per_run, settings.max_bytes_per_run):
                self._start([by_id[entry.batch_id] for entry in packed])

    def _start(self, candidates: list[Candidate]) -> None:
        services, token = self.services, self.services.new_id()
        if self.room <= 0 or not self._may_start():
            services.each(lambda c: hold(services, c, self.report), candidates)
            return
        claimed = claim_all(services, candidates, token, self.report)
        if claimed:
            self.room -= 1
            self._start_run(claimed, token)

    def _may_start(self) -> bool:
        """Whether the circuit lets this run start; not where the ledger does not say."""
        found: list[bool] = []
        ask = "nobody can say whether runs are stopped: the files wait"
        quietly(self.services, self.report, ask, lambda: found.append(circuit.may_start(self.services)))
        return any(found)

    def _start_run(self, candidates: list[Candidate], token: str) -> None:
        """Manifest, the run's record, the run itself: each is found by the sweep if the next never comes."""
        services = self.services
        uri, at = services.settings.manifest_uri(token), services.now().isoformat()
        run = RunRecord(token, uri)
        try:
            services.objects.write_json(uri, _manifest(services, entries(candidates), token).to_json())
            services.ledger.update_run(run, lambda now: ledger.open_run(now, at))
            run_id = services.jobs.start(uri)
        except GlueEtlError as error:
            self._not_started(candidates, run, error)
            return
        self.report.runs.append(run_id)
        quietly(services, self.report, "the run is not named yet", lambda: _name(services, run, run_id))
        services.each(lambda c: self._mark_running(c.entry, Owner(token, run_id)), candidates)

    def _not_started(self, candidates: list[Candidate], run: RunRecord, error: GlueEtlError) -> None:
        """The files wait. After a time-out there may be a run all the same: then the sweep looks for it."""
        services, owner = self.services, Owner(run.claim)
        services.log("no run was started: the files wait", claim=run.claim, files=len(candidates), reason=str(error))
        services.each(lambda c: give_up(services, c, owner, "no room for a run: waits"), candidates)
        self.report.waiting += len(candidates)
        self.room, self.stopped = 0, not isinstance(error, Busy)
        if isinstance(error, NoCapacity | Refused):
            reason = f"no run can be started: {error}"
            count = partial(circuit.count_failure, services, run.claim, True, reason)
            quietly(services, self.report, "not counted", count)
        if isinstance(error, Busy | Refused):  # refused for certain
            quietly(services, self.report, "the run's record stays open", lambda: _close(services, run))

    def _mark_running(self, entry: ManifestFile, owner: Owner) -> None:
        attempt = Attempt(self.services, entry, owner, "dispatch")
        quietly(self.services, self.report, "the run is ahead of its dispatch", attempt.run)


def quietly(services: Services, report: DispatchReport, what: str, work: Callable[[], object]) -> None:
    """Do what others make good where it fails: finalize names a run and needs no note that it runs."""
    try:
        work()
    except LostClaim as lost:
        services.log(what, reason=str(lost))
    except GlueEtlError as error:
        services.log(what, error=str(error))
        report.troubles += 1


def claim_all(
    services: Services, candidates: Sequence[Candidate], token: str, report: DispatchReport
) -> list[Candidate]:
    """Those of the candidates whose files this call took, with their records."""
    return [c for c in services.each(lambda c: _claim(services, c, token, report), candidates) if c]


def _claim(services: Services, candidate: Candidate, token: str, report: DispatchReport) -> Candidate | None:
    """The candidate, with its record, if this call took its file; None where somebody has it or has had it: a duplicate."""
    stamp = Stamp(services.now().isoformat(), "dispatch", "taken up again" if candidate.record else "arrived")
    first = ledger.receive(candidate.entry.file, token, stamp, candidate.entry.dataset)
    try:
        taken = first if services.ledger.receive(first) else _reclaim(services, candidate, token, stamp)
    except LostClaim:
        report.duplicates += 1
        return None
    except GlueEtlError as error:
        _trouble(services, candidate, error, report)
        return None
    report.claimed += 1
    return replace(candidate, record=taken)


def hold(services: Services, candidate: Candidate, report: DispatchReport) -> None:
    """Have the file wait in the ledger until there is room."""
    record, group = candidate.record, candidate.group
    stamp = Stamp(services.now().isoformat(), "dispatch", "waits for room for a run")
    try:
        if record is None:
            fresh = ledger.receive(candidate.entry.file, "", stamp, candidate.entry.dataset)
            held = services.ledger.receive(fresh)
        elif record.state is State.RECEIVED and record.group == group:
            held = True
        else:
            services.ledger.update(record.batch_id, lambda now: ledger.wait(now, stamp, group))
            held = True
    except LostClaim:
        held = False
    except GlueEtlError as error:
        _trouble(services, candidate, error, report)
        return
    report.waiting += held
    report.duplicates += not held


def give_up(services: Services, candidate: Candidate, owner: Owner, why: str) -> None:
    """Unclaim the file: it waits. Where even that fails, the sweep finds the claim."""
    stamp = Stamp(services.now().isoformat(), "dispatch", why)
    try:
        services.ledger.update(candidate.entry.batch_id, lambda record: ledger.unclaim(record, owner, stamp))
    except GlueEtlError as error:
        services.log("not released", batch_id=candidate.entry.batch_id, reason=str(error))


def _reclaim(services: Services, candidate: Candidate, token: str, stamp: Stamp) -> Record:
    """Claim a file that the ledger has already. Raises LostClaim where it does not wait."""

    def change(record: Record) -> Record:
        if record.claim == token:
            return record  # this very claim: only its answer was lost
        if not is_waiting(record):
            raise LostClaim(f"{record.file.uri} is {record.state}")
        return ledger.claim(record, token, stamp, group=candidate.group or record.group)

    return services.ledger.update(candidate.entry.batch_id, change)


def _trouble(services: Services, candidate: Candidate, error: GlueEtlError, report: DispatchReport) -> None:
    """The file comes again: with its message, or as it waits in the ledger."""
    services.log("not taken now", batch_id=candidate.entry.batch_id, error=str(error))
    if candidate.message:
        report.failed.add(candidate.message.message_id)
    else:
        report.troubles += 1


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.group, []).append(candidate)
    return list(groups.values())


def _manifest(services: Services, files: Sequence[ManifestFile], token: str) -> Manifest:
    datasets = sorted({entry.dataset for entry in files})
    policy = services.settings.schema_policy
    contracts = {name: contract_of(name, services.bundle["datasets"], policy) for name in datasets}
    kept = services.each(services.ledger.schema, [name for name in datasets if contracts[name].get("schema")])
    suites, profiled = drawn_for(services, files)
    return Manifest(
        claim=token,
        environment=services.settings.environment,
        created_at=services.now().isoformat(),
        staging=services.settings.staging_uri(token),
        files=tuple(files),
        contracts=contracts,
        schemas={schema.dataset: schema.to_json(changes=False) for schema in kept if schema},
        **what_others_hold(services, datasets),
        suites=suites,
        profiled=profiled,
    )


def _name(services: Services, run: RunRecord, run_id: str) -> None:
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.name_run(now, run_id, at))


def _close(services: Services, run: RunRecord) -> None:
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.close_run(now, at))
