"""HTTP APIs of API Gateway: what is deployed in moto is served at /_aws/execute-api/<api id>/, by the routes' own functions.

A request without a route is not found, one without a token of this local cloud is refused, and so is one whose token has none of
the route's scopes ("Control access to HTTP APIs with JWT authorizers", API Gateway Developer Guide). The function gets payload
2.0, as from the gateway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2.models import Api, Route, apigatewayv2_backends
from werkzeug.wrappers import Request, Response

from glue_etl.access import payload
from local.server.invocations import Invocation, Invocations
from local.server.moto_backends import ACCOUNT, function_name
from local.server.tokens import Tokens
from local.server.wire import ApiError

PREFIX = "/_aws/execute-api/"
BODY_BYTES = 6 * 1024 * 1024
"""What a function can be called with ("Lambda quotas")."""
_SECONDS_FOR_A_RUNTIME = 30.0
_PATH = re.compile(re.escape(PREFIX) + r"([a-z0-9]+)(/.*)?")


@dataclass(frozen=True, slots=True)
class Called:
    """A route that a request is for, with what stands in the route's braces."""

    route: Route
    parameters: Mapping[str, str]


class HttpApis:
    """Serves the HTTP APIs of all regions."""

    def __init__(self, invocations: Invocations, tokens: Tokens) -> None:
        self._invocations = invocations
        self._tokens = tokens

    def handle(self, request: Request) -> Response:
        found = _PATH.fullmatch(str(request.environ.get("RAW_URI", request.path)).partition("?")[0])
        if found is None:
            return _said(404, "Not Found")
        region, api = _api(found[1])
        path = found[2] or "/"
        called = _called(api, request.method, path)
        if called is None:
            return _said(404, "Not Found")
        claims = self._tokens.claims(request.headers.get("Authorization", ""))
        if called.route.authorization_type != "NONE":
            if claims is None:
                return _said(401, "Unauthorized")
            wanted = set(called.route.authorization_scopes or ())
            if wanted and not wanted & set(claims["scope"].split()):
                return _said(403, "Forbidden")
        if (request.content_length or 0) > BODY_BYTES:
            return _said(413, "Request Entity Too Large")
        route = payload.Route(called.route.route_key, called.parameters)
        event = payload.event_of(payload.request_of(request, path), route, ACCOUNT, claims or {})
        return self._answered(region, _function_of(api, called.route), event)

    def _answered(self, region: str, function: str, event: Mapping[str, Any]) -> Response:
        invocation = Invocation(region, function, json.dumps(event), asynchronous=False)
        self._invocations.submit(invocation)
        if not self._invocations.await_taken(invocation, _SECONDS_FOR_A_RUNTIME):
            return _said(503, "Service Unavailable")
        outcome = self._invocations.await_outcome(invocation)
        if outcome.function_error:
            return _said(500, "Internal Server Error")
        return _response(json.loads(outcome.payload))


def _api(identifier: str) -> tuple[str, Api]:
    for region, backend in apigatewayv2_backends[ACCOUNT].items():
        if identifier in backend.apis:
            return region, backend.apis[identifier]
    raise ApiError("NotFoundException", f"no HTTP API {identifier} is deployed", 404)


def _called(api: Api, method: str, path: str) -> Called | None:
    """The route of a request; one without braces comes before one with."""
    segments = path.split("/")[1:]
    routes = sorted(api.routes.values(), key=lambda route: route.route_key.count("{"))
    for route in routes:
        wanted, _, pattern = route.route_key.partition(" ")
        parts = pattern.split("/")[1:]
        if wanted not in (method, "ANY") or len(parts) != len(segments):
            continue
        pairs = list(zip(parts, segments, strict=True))
        if all(part == segment or (part.startswith("{") and segment) for part, segment in pairs):
            return Called(route, {part[1:-1]: unquote(s) for part, s in pairs if part.startswith("{")})
    return None


def _function_of(api: Api, route: Route) -> str:
    integration = api.integrations[route.target.rpartition("/")[2]]
    arn = integration.integration_uri
    return function_name(arn.partition("/functions/")[2].removesuffix("/invocations") or arn)


def _response(answer: Mapping[str, Any]) -> Response:
    return Response(payload.content_of(answer), int(answer["statusCode"]), headers=dict(answer.get("headers") or {}))


def _said(status: int, message: str) -> Response:
    """As the gateway itself says it."""
    return Response(json.dumps({"message": message}), status, content_type="application/json")
