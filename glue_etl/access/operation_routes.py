"""Routes on the deployment as a whole: what is open and wrong, its sources, its alarms."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Router

from glue_etl.access.callers import READ
from glue_etl.access.operations import list_alarms, list_sources, overview
from glue_etl.access.routing import caller_with, estate_of_request, problems
from glue_etl.access.shapes import AlarmList, OverviewShape, SourceList

router = Router()


@router.get("/v1/overview", responses=problems(), tags=["operations"], operation_id="showOverview")
def now() -> OverviewShape:
    """What is not at rest now, and what is wrong with it."""
    caller_with(READ)
    return overview(estate_of_request())


@router.get("/v1/sources", responses=problems(), tags=["operations"], operation_id="listSources")
def sources() -> SourceList:
    """The declared sources, and how far each is."""
    caller_with(READ)
    return list_sources(estate_of_request())


@router.get("/v1/alarms", responses=problems(), tags=["operations"], operation_id="listAlarms")
def alarms() -> AlarmList:
    """CloudWatch's alarms of this deployment, those that ring first."""
    caller_with(READ)
    return list_alarms(estate_of_request())
