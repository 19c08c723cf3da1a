"""A long-lived child process of the local cloud: its log file, waiting until it is ready, and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


class StartFailed(Exception):
    """A part of the local cloud ended, or did not answer, while it started. The message has its last log line."""


class Process:
    """`python -m <module> <arguments>`, with its output in `log`. Its standard input closes when this process ends."""

    def __init__(self, module: str, arguments: list[str], log: Path, ready_file: Path) -> None:
        self._module = module
        self._log = log
        self._ready_file = ready_file
        self._ready_file.parent.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        ready_file.unlink(missing_ok=True)
        with log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments, "--ready-file", str(ready_file)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=_ROOT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_ready(self, seconds: float, progress: Callable[[str], None], lines: int = 1) -> str:
        """The last of so many lines of the process's ready file, once it has them."""
        deadline = time.monotonic() + seconds
        while len(written := self._written()) < lines:
            if self._process.poll() is not None:
                raise StartFailed(f"{self._module} ended at its start: {self._last_line()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self._module} was not ready after {seconds:.0f} s: {self._last_line()}")
            progress(f"waiting for {self._module}")
            time.sleep(0.02)
        return written[lines - 1]

    def _written(self) -> list[str]:
        """The whole lines of the ready file."""
        text = self._ready_file.read_text() if self._ready_file.exists() else ""
        return text.split("\n")[:-1]

    def end(self, patience: float = 15) -> None:
        """Asks it to end; kills it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _last_line(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else f"(nothing in {self._log})"
