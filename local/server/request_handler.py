"""moto's HTTP request handler with connections that are kept, as AWS keeps them.

Werkzeug's own closes the connection after each answer, and sends head and body apart: clients that count on a kept connection
(the Terraform provider's ten at once) now and then saw it closed under an answer. Here a request is read whole before anybody
looks at it, so that the next one begins where it ends, and an answer whose length is known leaves in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
_OF_THE_CONNECTION = {"connection", "transfer-encoding"}


class KeptConnectionHandler(MotoRequestHandler):
    """Writes no access log; sends without waiting for acknowledgements (Nagle)."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _headers_buffer: list[bytes]  # http.server's own, which it makes with the first header

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        return None

    def run_wsgi(self) -> None:
        """Answer one request. An application that raises is answered for with 500, and told of on standard error."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self.environ = environ = self.make_environ()
        self._read_whole(environ)
        answer = _Answer()
        try:
            with _closed(self.server.app(environ, answer.start)) as parts:
                self._send(answer, parts)
        except Exception as error:  # whatever a service raises is its answer, not the server's end
            if answer.sent or isinstance(error, OSError):
                raise  # to `handle`, which ends the connection
            self.server.log("error", f"{self.command} {self.path}: {error!r}")
            self._send(_Answer("500 INTERNAL SERVER ERROR", [("Content-Length", "0")]), [])

    def _read_whole(self, environ: dict[str, Any]) -> None:
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)

    def _send(self, answer: _Answer, parts: Iterable[bytes]) -> None:
        """In one piece where the length is known; else part by part, as they come."""
        parts = iter(parts)
        first = next(parts, b"")
        code = int(answer.status.split(None, 1)[0])
        names = {name.lower() for name, _ in answer.headers}
        bodiless = self.command == "HEAD" or code in _BODILESS
        in_parts = not bodiless and "content-length" not in names
        self.send_response(code, answer.status.partition(" ")[2])
        for name, value in answer.headers:
            if name.lower() not in _OF_THE_CONNECTION:
                self.send_header(name, value)
        if in_parts:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        answer.sent = True
        self._write_body(first, parts, in_parts, bodiless)

    def _write_body(self, first: bytes, parts: Iterable[bytes], in_parts: bool, bodiless: bool) -> None:
        head = b"".join([*self._headers_buffer, b"\r\n"])
        self._headers_buffer = []
        if bodiless:
            self.wfile.write(head)
        elif not in_parts:
            self.wfile.write(b"".join((head, first, *parts)))
        else:
            self.wfile.write(head + _chunk(first))
            for part in parts:
                self.wfile.write(_chunk(part))
            self.wfile.write(b"0\r\n\r\n")


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part) if part else b""


@contextmanager
def _closed(parts: Iterable[bytes]) -> Iterator[Iterable[bytes]]:
    """The parts of an answer, which WSGI lets their maker close."""
    try:
        yield parts
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


class _Answer:
    """What a WSGI application said of its answer before it gave the body."""

    def __init__(self, status: str = "", headers: Iterable[tuple[str, str]] = ()) -> None:
        self.status = status
        self.headers = list(headers)
        self.sent = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status, self.headers = status, headers
        return self._refuse_to_write

    def _refuse_to_write(self, data: bytes) -> None:
        raise NotImplementedError("no application here writes by the callable of start_response")
