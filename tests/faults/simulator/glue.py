"""A Glue service for one job: it keeps run records, refuses above the limit, and tells of each end once. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.simulator.direct_clients import DirectCatalog, failure

ACTIVE = ("STARTING", "RUNNING")


@dataclass
class SimulatedRun:
    """One job run, as Glue shows it."""

    run_id: str
    manifest: str
    state: str = "STARTING"
    message: str = ""
    fate: str | None = None
    omitted: str = ""
    spoils: bool = False
    ended_at: datetime | None = None

    def record(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ErrorMessage": self.message} if self.message else {}
        told |= {"CompletedOn": self.ended_at} if self.ended_at else {}
        arguments = {"--manifest": self.manifest}
        return {"Id": self.run_id, "JobRunState": self.state, "Arguments": arguments, "ExecutionTime": 1, **told}


@dataclass
class GlueService(DirectCatalog):
    """The calls of a boto3 Glue client that the adapters make. `new_id` gives run ids."""

    job_name: str
    limit: int
    new_id: Callable[[], str]
    runs: dict[str, SimulatedRun] = field(default_factory=dict)

    def get_job(self, JobName: str) -> dict[str, Any]:
        return {"Job": {"Name": JobName, "ExecutionProperty": {"MaxConcurrentRuns": self.limit}}}

    def start_job_run(self, JobName: str, Arguments: dict[str, str]) -> dict[str, Any]:
        if sum(run.state in ACTIVE for run in self.runs.values()) >= self.limit:
            raise failure("ConcurrentRunsExceededException", "StartJobRun")
        run = SimulatedRun(f"jr_{self.new_id()}", Arguments["--manifest"])
        self.runs[run.run_id] = run
        return {"JobRunId": run.run_id}

    def get_job_run(self, JobName: str, RunId: str) -> dict[str, Any]:
        if RunId not in self.runs:
            raise failure("EntityNotFoundException", "GetJobRun")
        return {"JobRun": self.runs[RunId].record()}

    def get_job_runs(self, JobName: str, MaxResults: int) -> dict[str, Any]:
        newest = list(reversed(self.runs.values()))[:MaxResults]
        return {"JobRuns": [run.record() for run in newest]}

    def waiting(self) -> list[SimulatedRun]:
        return [run for run in self.runs.values() if run.state == "STARTING"]


def run_ended_event(job_name: str, run: SimulatedRun) -> dict[str, Any]:
    """What EventBridge sends ("Glue events", EventBridge reference)."""
    detail = {
        "jobName": job_name,
        "jobRunId": run.run_id,
        "state": run.state,
        "message": run.message,
        "severity": "INFO",
    }
    return {"source": "aws.glue", "detail-type": "Glue Job State Change", "detail": detail}
