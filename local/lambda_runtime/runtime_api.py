"""AWS's Lambda Runtime API for one container, on a port of its own: next invocation, its response or its error.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """One invocation as the function gets it. `deadline` is in epoch milliseconds."""

    id: str
    payload: bytes
    arn: str
    deadline: int


@dataclass(frozen=True)
class Reply:
    """The function's answer; `error` when it is an error document."""

    payload: bytes
    error: bool


class RuntimeApi:
    """Serves one child. `ready` is set when the child first asks for work: its initialisation is over."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        threading.Thread(target=self._server.serve_forever, args=(0.5,), name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Returns at once: the server's thread notices within half a second."""
        self.requests.put(None)
        threading.Thread(target=self._shut_down, name="runtime-api-end", daemon=True).start()

    def _shut_down(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.api.ready.set()
        request = self.server.api.requests.get()
        if request is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request.id,
            "Lambda-Runtime-Deadline-Ms": str(request.deadline),
            "Lambda-Runtime-Invoked-Function-Arn": request.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-00000000-{request.id.replace('-', '')[:24]};Sampled=0",
        }
        self._answer(200, request.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        self.server.api.replies.put(Reply(body, error=self.path.endswith("/error")))
        self._answer(202, b"", {})

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is not None:
            return self.rfile.read(int(length))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        return None
