"""All containers: hands out a warm one or starts one, and retires those whose function has changed."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from pathlib import Path

from local.lambda_runtime.container import Container, Result
from local.lambda_runtime.function_log import FunctionLogs
from local.lambda_runtime.functions import Function, Functions
from local.lambda_runtime.python_image import IN_PLACE_OF_ATHENA, image_directory, links_directory

_IDLE_SECONDS = 300.0
_PASSED_ON = ("PATH", "TMPDIR", "TZ", "SSL_CERT_FILE", "SYSTEMROOT")


class Containers:
    """Invokes functions. At most as many at once for one function as its reserved concurrency allows."""

    def __init__(self, functions: Functions, endpoint: str, state: Path) -> None:
        self._functions = functions
        self._endpoint = endpoint
        self._image = image_directory(state)
        self._duckdb = links_directory(state, IN_PLACE_OF_ATHENA)
        self._logs = FunctionLogs(state)
        self._idle: dict[str, list[Container]] = defaultdict(list)
        self._busy: dict[str, set[Container]] = defaultdict(set)
        self._starting: dict[str, int] = defaultdict(int)
        self._changed = threading.Condition()
        self._closed = False
        self.used = threading.Event()
        """Set once a function has been invoked."""

    def invoke(self, function: Function, payload: str, request_id: str | None = None) -> Result:
        container = self._acquire(function)
        try:
            result = container.invoke(payload, request_id)
        except BaseException:
            self._release(container, keep=False)
            raise
        self._release(container, keep=result.container_lives)
        self.used.set()
        return result

    def initialise(self, function: Function) -> None:
        """Have a container ready for the first invocation, where there is none: AWS, too, may start some ahead."""
        name = function.name
        with self._changed:
            if self._closed or self._idle[name] or self._busy[name] or self._starting[name] or not self._room(function):
                return
            self._starting[name] += 1
        self._release(self._start(function), keep=True)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            containers = [c for pool in (*self._idle.values(), *self._busy.values()) for c in pool]
            self._idle.clear()
        for container in containers:
            container.close()

    def retire_idle(self) -> None:
        """Ends containers that nobody has used for a while."""
        limit = time.monotonic() - _IDLE_SECONDS
        with self._changed:
            old = [c for pool in self._idle.values() for c in pool if c.last_used < limit]
            for container in old:
                self._idle[container.function.name].remove(container)
        for container in old:
            container.close()

    def _acquire(self, function: Function) -> Container:
        with self._changed:
            self._changed.wait_for(lambda: self._room(function))
            idle = self._idle[function.name]
            stale = [c for c in idle if c.function.revision != function.revision or not c.alive]
            self._idle[function.name] = [c for c in idle if c not in stale]
            warm = self._idle[function.name].pop() if self._idle[function.name] else None
            if warm:
                self._busy[function.name].add(warm)
            else:
                self._starting[function.name] += 1
        for container in stale:
            container.close()
        return warm or self._start(function)

    def _room(self, function: Function) -> bool:
        if function.concurrency is None:
            return True
        return len(self._busy[function.name]) + self._starting[function.name] < function.concurrency

    def _start(self, function: Function) -> Container:
        try:
            container = Container(function, self._environment(function), self._logs.of(function.name))
        finally:
            with self._changed:
                self._starting[function.name] -= 1
                self._changed.notify_all()
        with self._changed:
            self._busy[function.name].add(container)
            if self._closed:
                container.close()
        return container

    def _release(self, container: Container, keep: bool) -> None:
        name = container.function.name
        with self._changed:
            self._busy[name].discard(container)
            keep = keep and not self._closed
            if keep:
                self._idle[name].append(container)
            self._changed.notify_all()
        if not keep:
            container.close()

    def _libraries(self, own: dict[str, str]) -> list[str]:
        """What a function has here besides: DuckDB stands for Athena, and is of this environment, not of the function's zip."""
        return [str(self._duckdb)] if own.get("QUERY_ENGINE") == "duckdb" else []

    def _environment(self, function: Function) -> dict[str, str]:
        """As AWS sets it, plus the local cloud's endpoint and credentials that it accepts."""
        root = self._functions.unpacked(function)
        own = dict(function.environment)
        stream = f"{time.strftime('%Y/%m/%d')}/[{function.version}]{function.revision[:32]}"
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "LANG": "en_US.UTF-8",
            "PYTHONUTF8": "1",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCESS_KEY_ID": function.name,  # by which the call log knows it
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "POWERTOOLS_TRACE_DISABLED": "true",
            **own,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "LAMBDA_TASK_ROOT": str(root / "task"),
            "LAMBDA_RUNTIME_DIR": str(self._image),
            "_HANDLER": function.handler,
            "PYTHONPATH": os.pathsep.join(
                [str(self._image), *self._libraries(own), *filter(None, [own.get("PYTHONPATH")])]
            ),
        }
