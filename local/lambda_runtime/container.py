"""One warm container: a child process with the function's code, serving one invocation at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from local.lambda_runtime.function_log import FunctionLog
from local.lambda_runtime.functions import Function
from local.lambda_runtime.runtime_api import Reply, Request, RuntimeApi

# AWS gives an initialisation 10 s. A laptop that runs Spark beside may need longer, and that is not the code's fault.
_INIT_SECONDS = 60.0
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Result:
    """What an invocation came to. `error` is None or "Unhandled"."""

    payload: str
    error: str | None
    container_lives: bool = True


class Container:
    """Started with the function's environment and nothing of ours."""

    def __init__(self, function: Function, environment: dict[str, str], log: FunctionLog) -> None:
        self.function = function
        self.last_used = time.monotonic()
        self._log = log
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-u", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=environment["LAMBDA_TASK_ROOT"],
            env={**environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            start_new_session=True,
        )
        threading.Thread(target=self._read_output, name="container-output", daemon=True).start()
        threading.Thread(target=self._await_end, name="container-end", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, payload: str, request_id: str | None = None) -> Result:
        """Runs one invocation to its end, its error or its time limit."""
        request_id = request_id or str(uuid.uuid4())
        self._log.write(f"START RequestId: {request_id} Version: {self.function.version}")
        started = time.monotonic()
        result = self._initialised(request_id) or self._run(request_id, payload)
        milliseconds = (time.monotonic() - started) * 1000
        self._log.write(f"END RequestId: {request_id}")
        self._log.write(
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tMemory: {self.function.memory} MB"
        )
        self.last_used = time.monotonic()
        return result

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._api.close()

    def _initialised(self, request_id: str) -> Result | None:
        """None once the code is loaded; otherwise why it could not be."""
        deadline = time.monotonic() + _INIT_SECONDS
        while not self._api.ready.wait(0.005):
            reply = self._reply(0)
            if reply is not None:
                return self._dead(reply.payload.decode())
            if self._process.poll() is not None:
                return self._exited(request_id)
            if time.monotonic() > deadline:
                return self._timed_out(request_id, _INIT_SECONDS)
        return None

    def _run(self, request_id: str, payload: str) -> Result:
        limit = float(self.function.timeout)
        deadline = int((time.time() + limit) * 1000)
        self._api.requests.put(Request(request_id, payload.encode(), self.function.arn, deadline))
        try:
            reply = self._api.replies.get(timeout=limit)
        except queue.Empty:
            return self._timed_out(request_id, limit)
        if reply is None:
            return self._exited(request_id)
        return Result(reply.payload.decode(), "Unhandled" if reply.error else None)

    def _reply(self, wait: float) -> Reply | None:
        try:
            return self._api.replies.get(timeout=wait) if wait else self._api.replies.get_nowait()
        except queue.Empty:
            return None

    def _timed_out(self, request_id: str, limit: float) -> Result:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        message = f"{stamp}.000Z {request_id} Task timed out after {limit:.2f} seconds"
        self._log.write(message)
        return self._dead(json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}))

    def _exited(self, request_id: str) -> Result:
        code = self._process.wait()
        why = f"exit status {code}" if code >= 0 else f"signal: {signal.Signals(-code).name}"
        message = f"RequestId: {request_id} Error: Runtime exited with error: {why}"
        return self._dead(json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}))

    def _dead(self, payload: str) -> Result:
        return Result(payload, "Unhandled", container_lives=False)

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._log.write(line.decode(errors="replace").rstrip("\n"))

    def _await_end(self) -> None:
        self._process.wait()
        self._api.replies.put(None)
