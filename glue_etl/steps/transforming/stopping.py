"""Parts that can't be made: what stops them, and the notice that says so, once a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from glue_etl.core.errors import LostClaim
from glue_etl.core.files.heads import heads_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import State
from glue_etl.core.transforming import due as moves
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.due import STOPPED, Due
from glue_etl.core.transforming.notices import stopped_notice
from glue_etl.steps.files.ports import Services

NAMES_TOLD = 3


def stopped_by(services: Services, transform: Transform, due: Due) -> tuple[str, tuple[str, ...]]:
    """Why the part must not be made now ("" where it may), and those of its suspects that still are broken."""
    found = services.each(lambda batch_id: _still_broken(services, batch_id), due.suspects)
    broken = [record for record in found if record is not None]
    reasons = [*_told(broken), *_stopped_makers(services, transform, due.day)]
    return "; ".join(reasons), tuple(record.batch_id for record in broken)


def _still_broken(services: Services, batch_id: str) -> Record | None:
    """The file's record, unless it was mended: published after all, or replaced by a newer version of its key."""
    record = services.ledger.get(batch_id)
    if record is None or record.state not in (State.QUARANTINED, State.REJECTED, State.FAILED):
        return None
    for blank in heads_of(record.file):
        shown = services.ledger.head(blank).published
        if shown is not None and shown.batch_id != batch_id and shown.arrived_at >= record.file.arrived_at:
            return None
    return record


def _told(broken: list[Record]) -> Iterator[str]:
    for record in broken[:NAMES_TOLD]:
        yield f"{record.file.key} of {record.dataset} is {record.state}"
    if len(broken) > NAMES_TOLD:
        yield f"and {len(broken) - NAMES_TOLD} more files of the day"


def _stopped_makers(services: Services, transform: Transform, day: str) -> Iterator[str]:
    """Transforms that make what this one reads of the day, and are stopped themselves."""
    transforming = services.transforming
    assert transforming is not None
    for dataset in transform.inputs:
        for maker in transforming.declared.makers_of(dataset):
            if any(due.day == day for due in transforming.parts.stopped(maker.name)):
                yield f"{maker.name}, which makes {dataset}, is stopped for this day"


def stop(services: Services, due: Due, change: Callable[[Due], Due]) -> Due | None:
    """End a part by `change`, which may stop it; then people are told, once a reason. None where another holds it."""
    transforming = services.transforming
    assert transforming is not None
    try:
        after = transforming.parts.update(due, change)
    except LostClaim as lost:
        services.log("fenced", part=due.name, reason=str(lost))
        return None
    if after.state == STOPPED:
        tell_stopped(services, after)
    return after


def tell_stopped(services: Services, due: Due) -> None:
    """The notice first: where this dies in between it is sent twice rather than never (the sweep looks for what was not told)."""
    transforming = services.transforming
    assert transforming is not None
    if due.told == due.reason:
        return
    services.notices.publish(stopped_notice(services.settings.environment, due.transform, due.part, due.reason))
    transforming.parts.update(due, partial(_told_of, reason=due.reason, at=services.now().isoformat()))


def _told_of(due: Due, reason: str, at: str) -> Due:
    return moves.told(due, at) if due.reason == reason else due
