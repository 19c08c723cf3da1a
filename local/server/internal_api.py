"""The internal API below /_local/ (described in local/server/__init__.py), by which runtimes take and report work."""

from __future__ import annotations

import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.wrappers import Request, Response

from local.server import moto_backends
from local.server.call_log import CallLog
from local.server.glue_runs import GlueRuns
from local.server.invocations import Invocations, Outcome
from local.server.tokens import Tokens
from local.server.wire import ApiError, answer, body_of

_MAX_WAIT = 30.0
_UNATTACHED = "unattached"


class InternalApi:
    """Routes of /_local/. Work that is handed out belongs to the runtimes process that attached last."""

    def __init__(self, runs: GlueRuns, invocations: Invocations, calls: CallLog, tokens: Tokens) -> None:
        self._runs = runs
        self._tokens = tokens
        self._calls = calls
        self._invocations = invocations
        self._attached: list[str] = []
        self._lock = threading.Lock()
        self._fired_until: float | None = None
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
            ("GET", re.compile("/_local/health"), self._health),
            ("GET", re.compile("/_local/attach"), self._attach),
            ("GET", re.compile("/_local/calls"), self._show_calls),
            ("GET", re.compile("/_local/glue/next"), self._next_run),
            ("GET", re.compile("/_local/glue/runs/([^/]+)"), self._show_run),
            ("POST", re.compile("/_local/glue/runs/([^/]+)"), self._report_run),
            ("GET", re.compile("/_local/lambda/next"), self._next_invocation),
            ("POST", re.compile("/_local/lambda/invocations/([^/]+)"), self._report_invocation),
            ("GET", re.compile("/_local/lambda/functions/([^/]+)"), self._function),
            ("GET", re.compile("/_local/lambda/functions/([^/]+)/code"), self._code),
            ("POST", re.compile("/_local/tokens"), self._issue_token),
            ("GET", re.compile("/_local/clock"), self._clock),
            ("PUT", re.compile("/_local/clock"), self._set_clock),
        ]

    def handle(self, request: Request) -> Response:
        for method, pattern, route in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                return route(request, *found.groups())
        raise ApiError("NotFound", f"no route {request.method} {request.path}", 404)

    def _health(self, request: Request) -> Response:
        return answer({"status": "ok", "runtimes": len(self._attached)})

    def _show_calls(self, request: Request) -> Response:
        return answer(self._calls.document())

    def _attach(self, request: Request) -> Response:
        connection: socket.socket = request.environ["werkzeug.socket"]
        return Response(self._lease(connection), 200, content_type="text/plain")

    def _lease(self, connection: socket.socket) -> Iterator[bytes]:
        """Lasts as long as the runtimes process: the kernel closes its connections, however it dies."""
        lease = uuid.uuid4().hex
        with self._lock:
            self._attached.append(lease)
        try:
            yield b"attached\n"
            while connection.recv(1):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._attached.remove(lease)
            self._runs.executor_lost(lease)
            self._invocations.runtime_lost(lease)

    def _owner(self) -> str:
        return self._attached[-1] if self._attached else _UNATTACHED

    def _next_run(self, request: Request) -> Response:
        return self._hand_out(request, self._runs.take, self._runs.give_back)

    def _show_run(self, request: Request, run_id: str) -> Response:
        return answer(self._runs.by_id(run_id).document())

    def _report_run(self, request: Request, run_id: str) -> Response:
        body = body_of(request)
        return answer({"state": self._runs.report(run_id, body["state"], body.get("error"))})

    def _next_invocation(self, request: Request) -> Response:
        return self._hand_out(request, self._invocations.take, self._invocations.give_back)

    def _hand_out(self, request: Request, take: Callable[..., Any], give_back: Callable[[Any], None]) -> Response:
        """Work for whoever asks; a runtime that died while it waited here must not get any."""
        owner = self._owner()
        work = take(_wait(request), owner)
        if work is None:
            return Response(status=204)
        detached = owner != _UNATTACHED and owner not in self._attached
        if detached or _hung_up(request.environ["werkzeug.socket"]):
            give_back(work)
            return Response(status=204)
        return answer(work.document())

    def _report_invocation(self, request: Request, identifier: str) -> Response:
        body = body_of(request)
        outcome = Outcome(body.get("payload") or "null", body.get("function_error"))
        self._invocations.complete(identifier, outcome)
        return answer({})

    def _function(self, request: Request, name: str) -> Response:
        region = request.args.get("region", "us-east-1")
        return answer(moto_backends.function_document(region, name))

    def _code(self, request: Request, name: str) -> Response:
        code = moto_backends.code_of(request.args.get("region", "us-east-1"), name)
        return Response(code, 200, content_type="application/zip")

    def _issue_token(self, request: Request) -> Response:
        body = body_of(request)
        return answer({"token": self._tokens.issue(str(body["name"]), [str(scope) for scope in body["scopes"]])})

    def _clock(self, request: Request) -> Response:
        return answer({"fired_until": self._fired_until})

    def _set_clock(self, request: Request) -> Response:
        self._fired_until = max(self._fired_until or 0.0, float(body_of(request)["fired_until"]))  # whoever is late
        return answer({})


def _hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _wait(request: Request) -> float:
    return min(float(request.args.get("wait", 0)), _MAX_WAIT)
