"""Serves the page and the API to one person: on this machine's own address, to who has the token of this start.

A browser sends a page's requests to 127.0.0.1 too, whoever made the page: so Host and Origin must be this server's own, and the
token comes in a header that no foreign page can set. Nothing is remembered in cookies.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from glue_etl.access.application import Api
from glue_etl.access.callers import SCOPES
from glue_etl.access.payload import Route, content_of, event_of, request_of
from glue_etl.access.problems import CONTENT_TYPE, Problem
from glue_etl.console.assets import assets, headers

API = "/v1/"
BODY_BYTES = 1024 * 1024


class ConsoleServer:
    """A WSGI application. `hosts`: the names that it answers to, with the port. `name` and `roles` are the person's."""

    def __init__(self, api: Api, hosts: frozenset[str], token: str, name: str, roles: Iterable[str]) -> None:
        self._api = api
        self._one_at_a_time = Lock()
        self._hosts = hosts
        self._token = token
        self._claims = {"username": name, "scope": " ".join(f"{SCOPES}{role}" for role in roles)}

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(dict(environ))
        try:
            self._refuse_foreign(request)
            response = self._answer(request) if request.path.startswith(API) else _page(request)
        except Problem as problem:
            response = _told(problem)
        response.headers.update(headers())
        return response(request.environ, start_response)

    def _refuse_foreign(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        if request.host not in self._hosts or (origin is not None and urlsplit(origin).netloc not in self._hosts):
            raise Problem(HTTPStatus.FORBIDDEN, "foreign_page", "the console answers to its own page alone")

    def _answer(self, request: Request) -> Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Problem(HTTPStatus.UNAUTHORIZED, "wrong_token", "this is not the token of this console")
        if (request.content_length or 0) > BODY_BYTES:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", f"a body has at most {BODY_BYTES} bytes"
            )
        route = Route(f"{request.method} {request.path}", {})
        event = event_of(request_of(request, _path(request)), route, "", self._claims)
        with self._one_at_a_time:  # powertools' resolver keeps the current request in its class
            answer = self._api.answer(event, None)
        response = Response(content_of(answer), int(answer["statusCode"]))
        response.headers.update(answer.get("headers") or {})
        response.headers["Cache-Control"] = "no-store"
        return response


def _path(request: Request) -> str:
    """As it was sent, encoded."""
    return str(request.environ.get("RAW_URI", request.environ.get("REQUEST_URI", request.path))).partition("?")[0]


def _page(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "only_get", "the page is only read")
    asset = assets().get(request.path)
    if asset is None:
        raise Problem(HTTPStatus.NOT_FOUND, "no_page", "there is no such file; the console is at /")
    response = Response(asset.content, content_type=asset.kind)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _told(problem: Problem) -> Response:
    return Response(json.dumps(problem.to_json()), int(problem.status), content_type=CONTENT_TYPE)
