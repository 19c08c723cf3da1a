"""The route of the OpenAPI document itself."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import Router

from glue_etl.access.callers import READ
from glue_etl.access.routing import caller_with, document_of_request, problems

router = Router()


@router.get("/v1/openapi.json", responses=problems(), tags=["document"], operation_id="showDocument")
def document() -> dict[str, Any]:
    """This document."""
    caller_with(READ)
    return document_of_request()
