"""The worker processes: one for each run, taken from spares that were started ahead, as Glue keeps warm pools.

A worker is only ever used once. Spares start while nothing runs: on a small machine a start would slow a run down.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from local.glue_runtime.configuration import WorkerSetup, environment, spark_defaults, write

CHECKOUT = Path(__file__).resolve().parents[2]
_PROGRAM = Path(__file__).with_name("worker.py")


class WorkerLost(Exception):
    """The worker's process ended without a word on its run."""


class Worker:
    """One process, with its folder and its log. Whoever starts it must outlive it (PR_SET_PDEATHSIG is per thread)."""

    def __init__(self, cloud: WorkerSetup, folder: Path, settings: Mapping[str, str]) -> None:
        self.settings = dict(settings)
        self.folder = folder
        self.log = folder / "log"
        configured = write(folder, {**spark_defaults(cloud, folder), **settings})
        reading, writing = os.pipe()
        self._events = os.fdopen(reading)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", str(_PROGRAM), str(writing), str(os.getpid()), str(CHECKOUT)],
                cwd=folder,
                env=environment(cloud, folder) | configured,
                pass_fds=(writing,),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.close(writing)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def give(self, order: Mapping[str, Any], log: Path) -> None:
        """The order waits in the pipe until the worker is ready. Its log moves to the run's place, with what it has."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = self.log.rename(log)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then outcome() says that it is lost, or why
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def outcome(self, wait: float) -> dict[str, str] | None:
        """How the run ended; None: not yet. Raises WorkerLost."""
        while select.select([self._events], [], [], wait)[0]:
            line = self._events.readline()
            if not line:
                raise WorkerLost(self._lost())
            event = json.loads(line)
            if event["state"] != "READY":
                return dict(event)
        return None

    def kill(self) -> None:
        """The process and its JVM: they are one process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kills it and removes what it left on disk, but for the log."""
        self.kill()
        self._process.wait()
        self._events.close()
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _lost(self) -> str:
        code = self._process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"The executor was lost: its process {how} before the script had ended. Log: {self.log.name}"


def remove_leftovers(folder: Path) -> None:
    """Folders of workers whose runtime was killed; those of a runtime that lives stay."""
    for left in folder.glob("*-*"):
        owner = left.name.partition("-")[0]
        if not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class WorkerPool:
    """Hands out workers. All methods are called by one thread, which lives as long as the runtime."""

    def __init__(self, cloud: WorkerSetup, folder: Path, spares: int) -> None:
        self._cloud = cloud
        self._folder = folder
        self._wanted = spares
        self._spares: list[Worker] = []
        self._settings: dict[str, str] = {}
        self._numbers = count(1)

    def take(self, settings: Mapping[str, str]) -> Worker:
        """A spare that was started with these Spark settings, else a new one; later spares get these settings."""
        self._settings = dict(settings)
        self._drop_useless()
        return self._spares.pop(0) if self._spares else self._start()

    def refill(self) -> None:
        self._drop_useless()
        while len(self._spares) < self._wanted:
            self._spares.append(self._start())

    def close(self) -> None:
        while self._spares:
            self._spares.pop().end()

    def _drop_useless(self) -> None:
        for spare in [s for s in self._spares if not s.alive or s.settings != self._settings]:
            self._spares.remove(spare)
            spare.end()

    def _start(self) -> Worker:
        return Worker(self._cloud, self._folder / f"{os.getpid()}-{next(self._numbers)}", self._settings)
