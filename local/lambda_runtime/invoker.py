"""Takes the invocations that the server holds (Invoke, schedules) and runs each on a thread."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.lambda_runtime.container import Result
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import FunctionGone, Functions
from local.lambda_runtime.gateway import Gateway, ServerGone

_AT_ONCE = 32
_WAIT_SECONDS = 5


class Invoker:
    """Up to _AT_ONCE invocations at a time, so that functions may invoke functions."""

    def __init__(self, gateway: Gateway, functions: Functions, containers: Containers) -> None:
        self._gateway = gateway
        self._functions = functions
        self._containers = containers
        self._stopping = threading.Event()
        self._free = threading.Semaphore(_AT_ONCE)
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="invocation")
        self._thread = threading.Thread(target=self._take_all, name="invoker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is still in work is handed out again by the server, which sees this process end."""
        self._stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _take_all(self) -> None:
        while not self._stopping.is_set():
            self._free.acquire()
            invocation = self._next()
            if invocation and not self._stopping.is_set():
                self._workers.submit(self._run, invocation)
            else:
                self._free.release()

    def _next(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] | None = self._gateway.get("lambda/next", wait=_WAIT_SECONDS)
        except ServerGone:
            self._stopping.wait(1)
            return None
        return found

    def _run(self, invocation: dict[str, Any]) -> None:
        try:
            result = self._invoke(invocation)
            document = {"payload": result.payload, "function_error": result.error}
            self._gateway.send("POST", f"lambda/invocations/{invocation['id']}", document)
        except ServerGone as error:
            print(f"the result of invocation {invocation['id']} is lost: {error}", flush=True)
        finally:
            self._free.release()

    def _invoke(self, invocation: dict[str, Any]) -> Result:
        try:
            function = self._functions.get(invocation["region"], invocation["function"])
            return self._containers.invoke(function, invocation["payload"], invocation["id"])
        except (FunctionGone, OSError, ValueError) as error:
            return Result(json.dumps({"errorType": "Runtime.StartError", "errorMessage": str(error)}), "Unhandled")
