"""What all routes share: the bounds of their parameters, and what stands behind a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from glue_etl.access.callers import Caller
from glue_etl.access.estate import Estate
from glue_etl.access.shapes import ProblemShape

MOST_LISTED = 200

Dataset = Annotated[str, Path(min_length=1, max_length=255, description="The dataset's name")]
BatchId = Annotated[str, Path(min_length=1, max_length=100, description="The file's id in the ledger")]
RunId = Annotated[str, Path(min_length=1, max_length=255, description="The id of a run, as notices name it")]
Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="How many at most")]
Days = Annotated[int, Query(ge=1, le=31, description="How many days, the last of them today")]
Cursor = Annotated[str | None, Query(max_length=8_192, description="`next` of the page before")]
PLAIN = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]*$"
"""What XML can carry ("Extensible Markup Language (XML) 1.0", 2.2): S3 repeats a prefix in its answers."""
Text = Annotated[str, Query(max_length=1_024, pattern=PLAIN)]

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


@dataclass(frozen=True, slots=True)
class Asking:
    """What stands behind one request: its deployment, who calls, the API's own document."""

    estate: Callable[[], Estate]
    caller: Callable[[], Caller]
    document: Callable[[], dict[str, Any]]


_ASKING: ContextVar[Asking] = ContextVar("asking")
"""Not powertools' router.context: including a router again gives its new resolver what the request before had, caller and all."""


@contextmanager
def asking(asked: Asking) -> Iterator[None]:
    """Within this, the routes answer this request."""
    token = _ASKING.set(asked)
    try:
        yield
    finally:
        _ASKING.reset(token)


def estate_of_request() -> Estate:
    """The deployment that this request is about."""
    return _ASKING.get().estate()


def document_of_request() -> dict[str, Any]:
    """The API's OpenAPI document."""
    return _ASKING.get().document()


def caller_with(role: str) -> Caller:
    """The caller, who has the role. Raises Problem (401, 403)."""
    caller = _ASKING.get().caller()
    caller.must_be(role)
    return caller
