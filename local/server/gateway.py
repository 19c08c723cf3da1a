"""The WSGI application: takes the calls that are ours and leaves all others to moto, unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from werkzeug.wrappers import Request, Response

from local.server import (
    catalog_versions,
    changes,
    event_delivery,
    event_sources,
    http_api,
    index_queries,
    listing,
    queue_attributes,
    queue_speed,
    request_speed,
    table_atomicity,
)
from local.server.call_log import CallLog
from local.server.callers import refuse_foreign
from local.server.event_source_mappings import EventSourceMappings
from local.server.glue_api import GlueApi, emit_end
from local.server.glue_runs import GlueRuns
from local.server.http_api import HttpApis
from local.server.internal_api import InternalApi
from local.server.invoke_api import InvokeApi
from local.server.tokens import Tokens
from local.server.wire import ApiError, answer_error

_MAPPINGS = re.compile(r"/2015-03-31/event-source-mappings(?:/([^/]+))?/?")
_INVOKE = re.compile(r"/2015-03-31/functions/(.+)/invocations/?")
_MAPPING_TAGS = re.compile(r"/2017-03-31/tags/(arn:[^/]+:event-source-mapping:[^/]+)")

Handler = Callable[[Request], Response]


class Gateway:
    """Our part of the API in front of `moto`, which is any WSGI application."""

    def __init__(self, moto: Callable[..., Iterable[bytes]]) -> None:
        self._moto = moto
        self._mappings = EventSourceMappings()
        self._runs = GlueRuns(emit_end)
        self._glue = GlueApi(self._runs)
        self._invoke = InvokeApi()
        self._calls = CallLog()
        tokens = Tokens()
        self._http_apis = HttpApis(self._invoke.invocations, tokens)
        self._internal = InternalApi(self._runs, self._invoke.invocations, self._calls, tokens)
        listing.install()
        queue_attributes.install()
        queue_speed.install()
        request_speed.install()
        index_queries.install()
        table_atomicity.install()
        catalog_versions.install()
        changes.install()
        event_delivery.install()
        for kind in event_sources.KINDS.values():
            kind.install()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            refuse_foreign(environ)
            self._calls.note(environ)
            handler = self._handler(environ)
            if handler is None:
                return self._moto(environ, start_response)
            response = handler(Request(environ))
        except ApiError as error:
            response = answer_error(error)
        return response(environ, start_response)

    def _handler(self, environ: dict[str, Any]) -> Handler | None:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_local/"):
            return self._internal.handle
        if path.startswith(http_api.PREFIX):
            return self._http_apis.handle
        if self._glue.owns(environ.get("HTTP_X_AMZ_TARGET", "")):
            return self._glue.handle
        if path.startswith("/20"):
            return self._lambda_handler(path, environ["REQUEST_METHOD"])
        return None

    def _lambda_handler(self, path: str, method: str) -> Handler | None:
        if found := _INVOKE.fullmatch(path):
            return partial(self._invoke.invoke, name=found[1])
        if found := _MAPPING_TAGS.fullmatch(path):
            return partial(self._mappings.tags, arn=found[1])
        if found := _MAPPINGS.fullmatch(path):
            return self._mapping_handler(found[1], method)
        return None

    def _mapping_handler(self, mapping: str | None, method: str) -> Handler:
        if mapping is None:
            return self._mappings.create if method == "POST" else self._mappings.list
        calls = {"GET": self._mappings.get, "PUT": self._mappings.update, "DELETE": self._mappings.delete}
        call = calls.get(method)
        if call is None:
            raise ApiError("MethodNotAllowedException", f"{method} is not a call on a mapping", 405)
        return partial(call, mapping=mapping)


def application() -> Gateway:
    """The local cloud as one WSGI application."""
    return Gateway(request_speed.Dispatcher())
