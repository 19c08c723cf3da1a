"""What all routes share: the bounds of their parameters, and what stands behind a request."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, cast

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from glue_etl.access.callers import Caller
from glue_etl.access.estate import Estate
from glue_etl.access.shapes import ProblemShape

MOST_LISTED = 200

Dataset = Annotated[str, Path(min_length=1, max_length=255, description="The dataset's name")]
BatchId = Annotated[str, Path(min_length=1, max_length=100, description="The file's id in the ledger")]
RunId = Annotated[str, Path(min_length=1, max_length=255, description="The id of a run, as notices name it")]
Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=8_192, description="`next` of the page before")]
Text = Annotated[str, Query(max_length=1_024)]

_TOLD = {
    HTTPStatus.BAD_REQUEST: "The request is wrong: the answer says what is allowed",
    HTTPStatus.UNAUTHORIZED: "Nobody has told who calls",
    HTTPStatus.FORBIDDEN: "The caller has not the role",
    HTTPStatus.NOT_FOUND: "There is no such dataset, file or run",
    HTTPStatus.REQUEST_TIMEOUT: "The question took too long and was stopped",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than is allowed would have to be read or answered",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter or the body does not fit this document",
    HTTPStatus.SERVICE_UNAVAILABLE: "AWS is busy: the same request may work in a moment",
}


def problems(*statuses: HTTPStatus) -> dict[int, Any]:
    """The OpenAPI document's answers for these statuses, besides those that every route may give."""
    always = (
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE,
    )  # fmt: skip
    content = {"application/problem+json": {"model": ProblemShape}}
    found = {int(s): {"description": _TOLD[s], "content": content} for s in sorted({*always, *statuses})}
    return {200: {"description": "Successful Response"}, **found}


def estate_of(router: Router) -> Estate:
    """The deployment that this request is about."""
    return cast(Estate, router.context["estate"]())


def caller_with(router: Router, role: str) -> Caller:
    """The caller, who has the role. Raises Problem (401, 403)."""
    caller = cast(Caller, router.context["caller"]())
    caller.must_be(role)
    return caller
