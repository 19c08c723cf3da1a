"""What a caller with the role `operate` does to a file: the commands' own steps, under the caller's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glue_etl.access.callers import Caller
from glue_etl.access.estate import Estate
from glue_etl.access.files import find_file, shown_state
from glue_etl.access.shapes import ActionAnswer
from glue_etl.core.files.ledger import Record
from glue_etl.steps.operating.operate import Answer, Operator


@dataclass(frozen=True, slots=True)
class Action:
    """One action on one file; `why` is for a release's history."""

    name: Literal["replay", "release", "rollback"]
    batch_id: str
    dry_run: bool
    why: str = ""


def act(estate: Estate, caller: Caller, action: Action) -> ActionAnswer:
    """Do it, or with `dry_run` say what would be done. Raises Problem (404)."""
    record = find_file(estate, action.batch_id)
    by = f"api {caller.name}"
    (answer,) = _done(Operator(estate.deployment.services, by, action.dry_run), record, action)
    return ActionAnswer(
        batch_id=record.batch_id,
        key=record.file.key,
        state=shown_state(answer.record if answer.done and not action.dry_run else record),
        action=action.name,
        dry_run=action.dry_run,
        done=answer.done,
        why=answer.why,
        by=by,
    )


def _done(operator: Operator, record: Record, action: Action) -> list[Answer]:
    if action.name == "replay":
        return operator.replay([record])
    if action.name == "release":
        return operator.release([record], action.why)
    return operator.roll_back([record])
