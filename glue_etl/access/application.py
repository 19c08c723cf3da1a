"""The API as one application: an event of API Gateway (payload 2.0) in, its answer out; and its OpenAPI document.

Whatever goes wrong is a problem document. What nobody expected says nothing of itself to the caller: the log has it.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Response, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from glue_etl.access import catalog_routes, document_routes, file_routes, operate_routes, operation_routes, row_routes
from glue_etl.access.callers import caller_of
from glue_etl.access.estate import Estate
from glue_etl.access.problems import CONTENT_TYPE, Problem, not_found
from glue_etl.access.routing import Asking, asking
from glue_etl.core.errors import GlueEtlError, Transient
from glue_etl.steps.ports import Log

READING = (operation_routes, catalog_routes, file_routes, row_routes, document_routes)
"""The routes of the function `query`, which changes nothing."""
OPERATING = (operate_routes,)
"""The routes of the function `operate`."""
BODY_BYTES = 64 * 1024
"""Characters of a request's body: more than the largest question needs."""
_ERRORS_TOLD = 5


class Api:
    """The routes of some modules. `estate` gives the deployment, `audit` notes each request with who, what and the outcome."""

    def __init__(self, modules: tuple[Any, ...], estate: Callable[[], Estate], audit: Log) -> None:
        self._resolver = resolver(modules)
        self._resolver.exception_handler(Exception)(self._failed)
        self._estate = estate
        self._audit = audit

    def answer(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The answer to one request."""
        unread = _unread(event)
        with asking(Asking(self._estate, partial(caller_of, event), openapi)):
            answer = _told(unread) if unread else self._resolver.resolve(dict(event), context)
        self._note(event, answer)
        return answer

    def _failed(self, error: Exception) -> Response[str]:
        """What a person has to mend, not the caller. The log has where it happened, and words of our own errors alone: those of
        others may quote rows.
        """
        place = traceback.extract_tb(error.__traceback__)[-1]
        why = str(error) if isinstance(error, GlueEtlError) else ""
        where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
        self._audit("failed", error=type(error).__name__, why=why, where=where)
        detail = "this could not be answered; whoever keeps the deployment finds why in the function's log"
        return _problem(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", detail))

    def _note(self, event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Who asked for what, and what came of it: no query, no body, nothing of an answer."""
        try:
            who = caller_of(event).name
        except Problem:
            who = "unknown"
        asked = event.get("requestContext", {})
        self._audit(
            "answered",
            caller=who,
            route=event.get("routeKey", ""),
            path=event.get("rawPath", "")[:300],
            status=answer.get("statusCode"),
            request=asked.get("requestId", ""),
        )


def _unread(event: Mapping[str, Any]) -> Problem | None:
    """Why nobody looks into a body: it is larger than any question, or not said to be JSON, as curl's `-d` alone does not."""
    body, kind = event.get("body") or "", str((event.get("headers") or {}).get("content-type", ""))
    if len(body) > BODY_BYTES:
        detail = f"a body has at most {BODY_BYTES} characters"
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)
    if body and "json" not in kind.lower():
        detail = (
            f"a body is JSON, and is said to be: send the header `content-type: application/json`, not {kind[:50]!r}"
        )
        return Problem(HTTPStatus.BAD_REQUEST, "not_json", detail)
    return None


def _told(problem: Problem) -> dict[str, Any]:
    headers = {"Content-Type": CONTENT_TYPE}
    return {"statusCode": int(problem.status), "headers": headers, "body": json.dumps(problem.to_json())}


def resolver(modules: tuple[Any, ...]) -> APIGatewayHttpResolver:
    """Powertools' resolver with these routes, and problem documents for all that goes wrong."""
    app = APIGatewayHttpResolver(enable_validation=True)
    app.use([_only_known_parameters])
    for module in modules:
        app.include_router(_router(module))
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(Transient)(_busy)
    app.not_found(_no_route)
    return app


def _only_known_parameters(app: Any, next_middleware: Any) -> Any:
    """A parameter that the route does not have is refused, as a field of a body is: a mistyped filter would list everything."""
    known = [field.alias for field in app.context["_route"].dependant.query_params]
    unknown = next((name for name in app.current_event.query_string_parameters if name not in known), None)
    if unknown is not None:
        detail = f"this route has no parameter {unknown[:100]!r}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_parameter", detail, known)
    return next_middleware(app)


def _router(module: Any) -> Router:
    found: Router = module.router
    return found


def _problem(problem: Problem) -> Response[str]:
    body = json.dumps(problem.to_json(), ensure_ascii=False)
    return Response(status_code=int(problem.status), content_type=CONTENT_TYPE, body=body)


def _invalid(error: RequestValidationError) -> Response[str]:
    told = [f"{'.'.join(map(str, e.get('loc', ())))}: {e.get('msg', '')}" for e in error.errors()[:_ERRORS_TOLD]]
    return _problem(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "; ".join(told)[:1_000]))


def _busy(error: Transient) -> Response[str]:
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "AWS is busy: the same request may work in a moment")
    return _problem(problem)


def _no_route(error: NotFoundError | ServiceError) -> Response[str]:
    return _problem(not_found("no_route", "there is no such route: /v1/openapi.json lists them"))


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes, as docs/openapi.json has it."""
    return json.loads(_document())


@cache
def _document() -> str:
    from glue_etl.access.description import described

    return described(resolver((*READING, *OPERATING)))
