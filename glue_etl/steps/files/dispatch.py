"""Takes what arrived, records each file once and starts as few Glue runs as the limits allow.

Every file is in the ledger when its message is answered: claimed for a run, or waiting for one. So a message is received once,
however long its file waits, and what waits makes larger runs later: each call takes up what waits as far as there is room.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from glue_etl.core.errors import GlueEtlError, Refused
from glue_etl.core.files.ledger import Owner
from glue_etl.core.files.notices import rejection_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.circuit import count_failure, places
from glue_etl.steps.files.intake import Candidate, Message, take_in, take_up
from glue_etl.steps.files.overtaken import end_overtaken
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.retry import retry_later, wake
from glue_etl.steps.files.starting import DispatchReport, Starter, claim_all, give_up, quietly
from glue_etl.steps.transforming.marking import mark_run


def dispatch(services: Services, messages: Sequence[Message]) -> DispatchReport:
    """Record the files of a batch of messages, and start runs for them and for those that wait. Each trouble is its own."""
    report = DispatchReport()
    intake = take_in(services, messages)
    report.failed |= set(intake.failed)
    report.duplicates = intake.duplicates
    room = _room(services, report)
    limit = services.settings.max_files_per_run if room else 0
    waiting = _waiting(services, limit, report)
    found = [c for c in waiting if c.entry.batch_id not in intake.candidates] + list(intake.candidates.values())
    _reject(services, [c for c in found if c.reasons], report)
    _refuse(services, [c for c in found if c.refused], report)
    starter = Starter(services, report, room)
    starter.start([c for c in found if c.can_run])
    if limit and len(waiting) >= limit and starter.room > 0:
        wake(services, "more files wait, and there is room for them")
    elif report.waiting and not starter.stopped and _room(services, report) > 0:
        # A run ended since the room was looked at: who was woken by that end may have looked before these files waited.
        wake(services, "a run ended while these files were left waiting")
    return report


def _room(services: Services, report: DispatchReport) -> int:
    """How many runs may start; 0 where Glue does not say."""
    try:
        room = min(services.jobs.room(), _in_time(services))
        return places(services, max(0, int(room)))
    except GlueEtlError as error:
        services.log("nobody can say how many runs may start: the files wait", error=str(error))
        report.troubles += 1
        if isinstance(error, Refused):
            reason = f"Glue does not say how many runs there are: {error}"
            quietly(services, report, "not counted", lambda: count_failure(services, services.new_id(), True, reason))
        return 0


def _in_time(services: Services) -> float:
    """How many runs the least time between two lets start now. Who waits for it is woken by the sweep."""
    least = services.settings.least_seconds_between_runs
    if not least:
        return math.inf
    newest = next((run for run in services.jobs.recent() if not run.health_check), None)
    if newest is None or not newest.started_at:
        return 1
    return int(services.now() >= datetime.fromisoformat(newest.started_at) + timedelta(seconds=least))


def _waiting(services: Services, limit: int, report: DispatchReport) -> list[Candidate]:
    try:
        return take_up(services, limit) if limit else []
    except GlueEtlError as error:
        services.log("the ledger does not say who waits", error=str(error))
        report.troubles += 1
        return []


def _reject(services: Services, candidates: list[Candidate], report: DispatchReport) -> None:
    """Reject what can't be read. The notice goes first: repeated after a crash rather than never sent."""
    owner = Owner(services.new_id())
    mine = claim_all(services, candidates, owner.claim, report)
    if not _told(services, [_outcome(services, c, State.REJECTED, c.reasons) for c in mine], report):
        services.each(lambda c: give_up(services, c, owner, "people could not be told"), mine)
        return

    def reject(candidate: Candidate) -> bool:
        try:
            rejected = Attempt(services, candidate.entry, owner, "dispatch").reject(candidate.reasons)
        except GlueEtlError as error:
            give_up(services, candidate, owner, f"could not be rejected: {error}")
            report.troubles += 1
            return False
        marked = partial(mark_run, services, f"claim {owner.claim}", [candidate.entry], [rejected])
        quietly(services, report, "what is made of its day does not know that it is missing", marked)
        look = partial(end_overtaken, services, rejected, "dispatch")
        quietly(services, report, "nobody looked whether a newer version is published", look)
        return True

    report.rejected += sum(services.each(reject, mine))


def _refuse(services: Services, candidates: list[Candidate], report: DispatchReport) -> None:
    """Note that S3 does not give an object: it is tried again after a while, and parked with S3's words in the end."""
    owner = Owner(services.new_id())
    mine = claim_all(services, candidates, owner.claim, report)
    last = [c for c in mine if _attempts(c) + 1 >= services.settings.max_attempts]
    if not _told(services, [_outcome(services, c, State.FAILED, (c.refused,)) for c in last], report):
        services.each(lambda c: give_up(services, c, owner, "people could not be told"), mine)
        return

    def fail(candidate: Candidate) -> None:
        try:
            record = Attempt(services, candidate.entry, owner, "dispatch").fail(candidate.refused)
            if record.parked:
                mark_run(services, f"claim {owner.claim}", [candidate.entry], [record])
            else:
                retry_later(services, record, candidate.refused)
        except GlueEtlError as error:
            services.log("could not be failed", batch_id=candidate.entry.batch_id, error=str(error))
            report.troubles += 1

    services.each(fail, mine)
    report.refused += len(mine)
    report.parked += len(last)


def _attempts(candidate: Candidate) -> int:
    return candidate.record.attempts if candidate.record else 0


def _told(services: Services, outcomes: Sequence[FileOutcome], report: DispatchReport) -> bool:
    """Whether people know of these files; true where there are none."""
    if not outcomes:
        return True
    try:
        services.notices.publish(rejection_notice(services.settings.environment, outcomes))
    except GlueEtlError as error:
        services.log("people could not be told", files=len(outcomes), error=str(error))
        report.troubles += len(outcomes)
        return False
    return True


def _outcome(services: Services, candidate: Candidate, state: State, reasons: tuple[str, ...]) -> FileOutcome:
    entry = candidate.entry
    told = FileOutcome(
        key=entry.file.key, batch_id=entry.batch_id, dataset=entry.dataset, format=entry.detection.format, state=state,
        reasons=reasons,
    )  # fmt: skip
    if state is not State.REJECTED:
        return told
    return replace(told, location=services.settings.quarantine_uri(entry.dataset, entry.batch_id))
