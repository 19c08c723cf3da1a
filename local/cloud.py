"""LocalCloud: the local cloud's server and runtimes as child processes, for tests and for the command line."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from local.process import Process, StartFailed

if TYPE_CHECKING:
    from local.lambda_runtime.clients import Clients

__all__ = ["LocalCloud", "StartFailed"]

# The runtimes may have to fetch Spark's jars at their very first start.
_RUNTIMES_SECONDS = 300.0
_SERVER_SECONDS = 60.0


def _silent(message: str) -> None:
    return None


class LocalCloud:
    """A context manager. Port 0 takes a free one; `only` ("lambda" or "glue") leaves the other runtime out.

    All of it ends with the process that made it, however that ends: the server by its standard input, the runtimes
    with the server, and each function with the runtimes.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        state_dir: Path = Path(".local"),
        region: str = "us-east-1",
        only: str | None = None,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self._port = port
        self._state = state_dir.resolve()
        self._region = region
        self._only = only
        self._progress = progress
        self._server: Process | None = None
        self._runtimes: Process | None = None
        self._clients: Clients | None = None
        self.endpoint = ""

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> LocalCloud:
        """Returns once both processes are ready; raises StartFailed, with nothing left running, if one is not."""
        return self.begin().await_server().await_runtimes()

    def begin(self) -> LocalCloud:
        """Start both processes and return while they load what they need; raises StartFailed where the port is taken."""
        try:
            self._server = self._process("server", ["--port", str(self._port), "--until-stdin-closes"])
            self.endpoint = self._server.await_ready(_SERVER_SECONDS, self._progress)
            self._begin_runtimes()
        except BaseException:
            self.close()
            raise
        return self

    def await_server(self) -> LocalCloud:
        """After `begin`: from here on there are clients, though nothing that is deployed runs yet."""
        # Imported late: boto3 takes its time, which the processes have meanwhile.
        from local.lambda_runtime.clients import Clients

        self._clients = Clients(self.endpoint)
        return self._await(self._server, _SERVER_SECONDS, lines=2)

    def await_runtimes(self) -> LocalCloud:
        """After `begin`: from here on what is deployed runs."""
        return self._await(self._runtimes, _RUNTIMES_SECONDS)

    def client(self, service: str) -> Any:
        """A boto3 client of the local cloud."""
        if self._clients is None:
            raise StartFailed("the local cloud has not been started")
        return self._clients.get(service, self._region)

    def token(self, name: str, *scopes: str) -> str:
        """A bearer token of this local cloud for its HTTP APIs."""
        body = json.dumps({"name": name, "scopes": scopes}).encode()
        asked = urllib.request.Request(f"{self.endpoint}/_local/tokens", data=body, method="POST")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return str(json.load(answer)["token"])

    def http_api(self, name: str) -> str:
        """Where the HTTP API of this name is served; "" where none is deployed."""
        found = self.client("apigatewayv2").get_apis()["Items"]
        ids = [api["ApiId"] for api in found if api["Name"] == name]
        return f"{self.endpoint}/_aws/execute-api/{ids[0]}" if ids else ""

    def calls(self) -> list[dict[str, Any]]:
        """Every kind of API call so far with its count: principal, service, operation, resource (see `CallLog`)."""
        with urllib.request.urlopen(f"{self.endpoint}/_local/calls", timeout=30) as answer:
            return list(json.load(answer))

    def kill_runtimes(self) -> None:
        """As kill -9: for tests of what survives it."""
        if self._runtimes:
            self._runtimes.kill()
            self._runtimes = None

    def restart_runtimes(self) -> None:
        """Ends the runtimes in order, if they run, and starts them again; the server keeps its state."""
        if self._runtimes:
            self._runtimes.end()
        self._begin_runtimes()
        self.await_runtimes()

    def close(self) -> None:
        for process in (self._runtimes, self._server):
            if process:
                process.end()
        self._runtimes = self._server = None

    def _begin_runtimes(self) -> None:
        arguments = ["--endpoint", self.endpoint, "--region", self._region, "--state-dir", str(self._state)]
        self._runtimes = self._process("runtimes", arguments + (["--only", self._only] if self._only else []))

    def _await(self, process: Process | None, seconds: float, lines: int = 1) -> LocalCloud:
        try:
            if process is None:
                raise StartFailed("the local cloud has not been started")
            process.await_ready(seconds, self._progress, lines)
        except BaseException:
            self.close()
            raise
        return self

    def _process(self, name: str, arguments: list[str]) -> Process:
        log = self._state / "logs" / f"{name}.log"
        return Process(f"local.{name}", arguments, log, self._state / f"{name}.ready")
