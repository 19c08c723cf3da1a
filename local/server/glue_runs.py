"""Glue job runs: their records and states, and the queue from which an executor takes them. Runs nothing itself.

    STARTING -> RUNNING -> SUCCEEDED | FAILED | TIMEOUT          an executor reports each step
    STARTING -> STOPPED, RUNNING -> STOPPING -> STOPPED          BatchStopJobRun
A record in an end state never changes again; reaching one emits "Glue Job State Change" exactly once.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.server.wire import ApiError, without_none

END_STATES = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
_ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_COPIED = ("Timeout", "MaxCapacity", "AllocatedCapacity", "WorkerType", "NumberOfWorkers", "SecurityConfiguration")


@dataclass
class GlueRun:
    """One run: its JobRun as AWS shows it, the job as it was at the start, and who executes it."""

    region: str
    record: dict[str, Any]
    job: dict[str, Any]
    started: float = field(default_factory=time.time)
    executor: str | None = None

    @property
    def state(self) -> str:
        return str(self.record["JobRunState"])

    def document(self) -> dict[str, Any]:
        return {"run": self.record, "job": self.job}


class GlueRuns:
    """All runs of the server, oldest first. `ended` is called once for every run that reaches an end state."""

    def __init__(self, ended: Callable[[GlueRun], None]) -> None:
        self._runs: dict[str, GlueRun] = {}
        self._changed = threading.Condition()
        self._ended = ended

    def start(self, region: str, job: dict[str, Any], request: dict[str, Any]) -> str:
        with self._changed:
            self._refuse_above_limit(region, job)
            run = GlueRun(region, _new_record(job, request), job)
            self._add(run)
        return str(run.record["Id"])

    def get(self, region: str, job_name: str, run_id: str) -> GlueRun:
        run = self._runs.get(run_id)
        if run is None or (run.region, run.record["JobName"]) != (region, job_name):
            raise ApiError("EntityNotFoundException", f"Job Run {run_id} not found for job {job_name}")
        return run

    def of_job(self, region: str, job_name: str) -> list[GlueRun]:
        """Newest first, as AWS lists them."""
        return [r for r in reversed(list(self._runs.values())) if (r.region, r.record["JobName"]) == (region, job_name)]

    def by_id(self, run_id: str) -> GlueRun:
        if run_id not in self._runs:
            raise ApiError("EntityNotFoundException", f"no run {run_id}", 404)
        return self._runs[run_id]

    def take(self, wait: float, executor: str) -> GlueRun | None:
        """The oldest run that nobody executes yet; it now belongs to `executor`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting() is not None, timeout=wait)
            run = self._waiting()
            if run is not None:
                run.executor = executor
            return run

    def give_back(self, run: GlueRun) -> None:
        """It was taken, but could not be handed over."""
        with self._changed:
            run.executor = None
            self._changed.notify_all()

    def report(self, run_id: str, state: str, error: str | None = None) -> str:
        """An executor's word on a run. Answers the state that the record has now."""
        run = self.by_id(run_id)
        with self._changed:
            ended_now = self._move(run, state, error)
            self._changed.notify_all()
        if ended_now:
            self._ended(run)
        return run.state

    def stop(self, run: GlueRun) -> None:
        """BatchStopJobRun: a run that nobody has taken ends at once; another waits for its executor."""
        if run.state not in ("STARTING", "RUNNING"):
            raise ApiError("IllegalStateException", f"Job Run {run.record['Id']} is in state {run.state}")
        self.report(str(run.record["Id"]), "STOPPING" if run.executor else "STOPPED")

    def executor_lost(self, executor: str) -> None:
        """Its running runs failed, those it had only taken wait again, those it was to stop are stopped."""
        outcome = {"RUNNING": "FAILED", "STOPPING": "STOPPED"}
        for run in [r for r in self._runs.values() if r.executor == executor and r.state in _ACTIVE]:
            if run.state in outcome:
                self.report(str(run.record["Id"]), outcome[run.state], "the executor was lost")
        with self._changed:
            for run in self._runs.values():
                if run.executor == executor and run.state == "STARTING":
                    run.executor = None
            self._changed.notify_all()

    def _waiting(self) -> GlueRun | None:
        return next((r for r in self._runs.values() if r.state == "STARTING" and r.executor is None), None)

    def _add(self, run: GlueRun) -> None:
        self._runs[run.record["Id"]] = run
        self._changed.notify_all()

    def _refuse_above_limit(self, region: str, job: dict[str, Any]) -> None:
        limit = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        active = [r for r in self.of_job(region, job["Name"]) if r.state in _ACTIVE]
        if len(active) >= limit:
            raise ApiError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}")

    def _move(self, run: GlueRun, state: str, error: str | None) -> bool:
        """Changes the record where the table above allows it; true if it has just ended."""
        if run.state in END_STATES or (run.state == "STOPPING" and state == "RUNNING"):
            return False
        now = time.time()
        if state == "RUNNING":
            run.started = now
        run.record.update(without_none({"JobRunState": state, "LastModifiedOn": now, "ErrorMessage": error}))
        if state not in END_STATES:
            return False
        run.record.update({"CompletedOn": now, "ExecutionTime": max(int(now - run.started), 0)})
        return True


def _new_record(job: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    now = time.time()
    record = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "PreviousRunId": request.get("JobRunId"),
        "JobName": job["Name"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": request.get("Arguments") or {},
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": job.get("GlueVersion"),
        "ExecutionClass": request.get("ExecutionClass") or job.get("ExecutionClass"),
        **{name: request.get(name) or job.get(name) for name in _COPIED},
    }
    return without_none(record)
