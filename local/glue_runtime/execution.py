"""One run from taken to ended: fetches what is deployed, gives it to a worker, watches it, reports how it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.exceptions

from local.glue_runtime import arguments
from local.glue_runtime.bytecode import add_bytecode
from local.glue_runtime.pool import Worker, WorkerLost
from local.glue_runtime.run_api import RunApi, TakenRun

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOOK_SECONDS = 0.5


class CannotFetch(Exception):
    """The script or a python file of the job is not where the job says."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The state that a run ended in, and why."""

    state: str
    error: str | None = None


class Execution:
    """Owns its worker: whatever happens, the worker has ended when `run` returns."""

    def __init__(self, taken: TakenRun, worker: Worker, api: RunApi, s3: S3Client, log: Path) -> None:
        self._taken = taken
        self._worker = worker
        self._api = api
        self._s3 = s3
        self._log = log

    def run(self) -> Ending:
        try:
            ending = self._execute()
        except (WorkerLost, CannotFetch) as error:
            ending = Ending("FAILED", str(error))
        finally:
            self._worker.end()
        self._api.report(self._taken.run_id, ending.state, ending.error)
        return ending

    def _execute(self) -> Ending:
        if self._api.report(self._taken.run_id, "RUNNING") == "STOPPING":
            return Ending("STOPPED")
        minutes = arguments.timeout_minutes(self._taken.job, self._taken.run)
        self._worker.give(self._order(), self._log)
        return self._watch(minutes, time.monotonic() + 60 * minutes)

    def _watch(self, minutes: float, deadline: float) -> Ending:
        while True:
            outcome = self._worker.outcome(LOOK_SECONDS)
            if outcome is not None:
                return Ending(outcome["state"], outcome.get("error"))
            if time.monotonic() > deadline:
                return Ending("TIMEOUT", f"The run took longer than its timeout of {minutes:g} minutes")
            if self._api.state(self._taken.run_id) == "STOPPING":
                return Ending("STOPPED")

    def _order(self) -> dict[str, Any]:
        job, run = self._taken.job, self._taken.run
        given = arguments.arguments(job, run)
        folder = self._worker.folder / "deployed"
        folder.mkdir()
        argv = arguments.argv(job, run)
        packages = [self._fetch(uri, folder) for uri in arguments.extra_py_files(given)]
        for package in packages:
            add_bytecode(Path(package))
        return {
            "script": self._fetch(job["Command"]["ScriptLocation"], folder),
            "py_files": packages,
            "argv": argv,
            "notes": _notes(run, argv, arguments.additional_modules(given)),
        }

    def _fetch(self, uri: str, folder: Path) -> str:
        place = urlsplit(uri)
        target = folder / Path(place.path).name
        try:
            self._s3.download_file(place.netloc, place.path.lstrip("/"), str(target))
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise CannotFetch(f"LAUNCH ERROR | Error downloading {uri} from S3: {error}") from error
        return str(target)


def _notes(run: Any, argv: list[str], modules: list[str]) -> list[str]:
    """The head of the run's log."""
    notes = [f"run {run['Id']} of job {run['JobName']}", f"arguments: {argv}"]
    if modules:
        notes.append(
            f"--additional-python-modules: taken from the local environment, not installed: {', '.join(modules)}"
        )
    return notes
