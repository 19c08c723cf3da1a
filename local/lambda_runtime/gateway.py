"""The runtimes' connection to the server's internal API (local/server/__init__.py lists its routes)."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3


class ServerGone(Exception):
    """The server does not answer."""


class Gateway:
    """Thread-safe; connections are kept."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._pool = urllib3.PoolManager(maxsize=32, retries=False)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer; None for 204 and 404."""
        answer = self._send("GET", path, query)
        return None if answer.status in (204, 404) else json.loads(answer.data)

    def get_bytes(self, path: str, **query: Any) -> bytes:
        return bytes(self._send("GET", path, query).data)

    def send(self, method: str, path: str, document: dict[str, Any]) -> Any:
        return json.loads(self._send(method, path, {}, json.dumps(document).encode()).data)

    def _send(self, method: str, path: str, query: dict[str, Any], body: bytes | None = None) -> Any:
        text = urlencode({name: value for name, value in query.items() if value is not None})
        url = f"{self._endpoint}/_local/{quote(path)}{'?' + text if text else ''}"
        try:
            answer = self._pool.request(method, url, body=body, timeout=urllib3.Timeout(connect=5, read=60))
        except urllib3.exceptions.HTTPError as error:
            raise ServerGone(f"{self._endpoint} does not answer: {error}") from error
        if answer.status >= 400 and answer.status != 404:
            raise ServerGone(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        return answer


class Attachment:
    """Tells the server, by an open connection, that this process lives; calls `ended` when the server ends.

    `attached` is set once the server knows, or has ended.
    """

    def __init__(self, endpoint: str, ended: Callable[[], None]) -> None:
        address = urlsplit(endpoint)
        self._connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port)
        self._ended = ended
        self.lost = False
        self.attached = threading.Event()

    def open(self) -> None:
        """Returns at once, though a server that starts too has yet to answer. Raises OSError where there is none."""
        self._connection.request("GET", "/_local/attach")
        threading.Thread(target=self._watch, name="attachment", daemon=True).start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            response = self._connection.getresponse()
            response.readline()
            self.attached.set()
            response.read()
        self.lost = True
        self._ended()
        self.attached.set()
