"""The functions' output, in one file a function below <state>/logs/.

Files and not CloudWatch Logs in the local cloud: they outlive it, `tail -f` follows them, and they cost the server
(which answers every other call too, and keeps all in memory) nothing.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path


class FunctionLog:
    """Appends whole lines to <state>/logs/lambda-<name>.log."""

    def __init__(self, state: Path, name: str) -> None:
        path = state / "logs" / f"lambda-{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        with self._lock:
            self._file.write(f"{stamp} {line.rstrip()}\n")


class FunctionLogs:
    """One open log for each function."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._logs: dict[str, FunctionLog] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> FunctionLog:
        with self._lock:
            if name not in self._logs:
                self._logs[name] = FunctionLog(self._state, name)
            return self._logs[name]
