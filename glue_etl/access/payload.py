"""Requests as API Gateway hands them to a function: payload 2.0.

Source: "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway Developer Guide.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from werkzeug.wrappers import Request as WsgiRequest


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `path` and `query` are as they were sent, encoded; `arguments` are the query's, decoded."""

    method: str
    path: str
    query: str
    arguments: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes
    host: str


@dataclass(frozen=True, slots=True)
class Route:
    """The route that a request is for: its key, as `GET /v1/files/{batch_id}`, and what stands in the braces."""

    key: str
    parameters: Mapping[str, str]


def request_of(request: WsgiRequest, path: str) -> Request:
    """A request of a WSGI server; `path` as it was sent."""
    return Request(
        method=request.method,
        path=path,
        query=request.query_string.decode("ascii", "replace"),
        arguments={name: request.args.getlist(name) for name in request.args},
        headers=dict(request.headers),
        body=request.get_data(),
        host=request.host,
    )


def event_of(request: Request, route: Route, account: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    """The event. `claims` are those of the caller's token; the token itself goes to nobody."""
    body, is_base64 = _text(request.body)
    plain = unquote(request.path)
    told = {name: str(value) for name, value in claims.items()}
    return {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": plain,
        "rawQueryString": request.query,
        "headers": {name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"},
        **({"queryStringParameters": _joined(request.arguments)} if request.arguments else {}),
        **({"pathParameters": dict(route.parameters)} if route.parameters else {}),
        "requestContext": _context(request, route, account, told, plain),
        **({"body": body} if request.body else {}),
        "isBase64Encoded": is_base64,
    }


def _context(request: Request, route: Route, account: str, claims: Mapping[str, str], path: str) -> dict[str, Any]:
    return {
        "accountId": account,
        "apiId": "local",
        "domainName": request.host,
        "http": {
            "method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
            "userAgent": request.headers.get("User-Agent", ""),
        },
        "requestId": uuid.uuid4().hex[:16],
        "routeKey": route.key,
        "stage": "$default",
        "timeEpoch": int(time.time() * 1000),
        **({"authorizer": {"jwt": {"claims": claims, "scopes": claims.get("scope", "").split()}}} if claims else {}),
    }  # fmt: skip


def _joined(arguments: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in arguments.items()}


def _text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def content_of(answer: Mapping[str, Any]) -> bytes:
    """The bytes of an answer's body."""
    body = answer.get("body") or ""
    return base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
