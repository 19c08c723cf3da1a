"""Routes that change files at rest, as the commands of the same names do: recorded in the ledger with who asked for it."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field

from glue_etl.access.actions import Action, act
from glue_etl.access.callers import OPERATE
from glue_etl.access.routing import BatchId, caller_with, estate_of_request, problems
from glue_etl.access.shapes import ActionAnswer

router = Router()


class ActionAsked(BaseModel):
    """With `dry_run`, which is what happens unless it is said to be false, nothing is changed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dry_run: bool = True


class ReleaseAsked(ActionAsked):
    """`why` goes into the file's history."""

    why: str = Field(min_length=1, max_length=500)


@router.post("/v1/files/<batch_id>/replay", responses=problems(), tags=["actions"], operation_id="replayFile")
def replay(batch_id: BatchId, asked: Annotated[ActionAsked, Body()]) -> ActionAnswer:
    """Process the file again, from the same object version; its rows replace the ones published before."""
    caller = caller_with(OPERATE)
    return act(estate_of_request(), caller, Action("replay", batch_id, asked.dry_run))


@router.post("/v1/files/<batch_id>/release", responses=problems(), tags=["actions"], operation_id="releaseFile")
def release(batch_id: BatchId, asked: Annotated[ReleaseAsked, Body()]) -> ActionAnswer:
    """Publish a quarantined file in spite of its verdict: it runs again and passes the gates on the caller's word."""
    caller = caller_with(OPERATE)
    return act(estate_of_request(), caller, Action("release", batch_id, asked.dry_run, asked.why))


@router.post("/v1/files/<batch_id>/rollback", responses=problems(), tags=["actions"], operation_id="rollBackFile")
def rollback(batch_id: BatchId, asked: Annotated[ActionAsked, Body()]) -> ActionAnswer:
    """Take back the rows of the file that are readable. A copy is kept in quarantine; a replay publishes them again."""
    caller = caller_with(OPERATE)
    return act(estate_of_request(), caller, Action("rollback", batch_id, asked.dry_run))
