"""The Glue job: how much room it has, starting a run, looking runs up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.errors import Busy, NoCapacity
from glue_etl.steps.files.ports import JobRun

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import JobRunTypeDef

ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
OWN_LIMIT = "ConcurrentRunsExceededException"
ACCOUNT_LIMIT = "ResourceNumberLimitExceededException"
PAGE = 200
"""Most runs that GetJobRuns gives in a page ("GetJobRuns", AWS Glue API reference); it lists the newest first."""


class Jobs:
    """The runs of one Glue job. `client` is a boto3 Glue client."""

    def __init__(self, client: GlueClient, job_name: str) -> None:
        self._client = client
        self._job_name = job_name

    def room(self) -> int:
        """How many more runs may start now. A run that starts in between makes `start` raise Busy: no harm is done."""
        job = call(self._client.get_job, JobName=self._job_name)["Job"]
        limit = job.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
        return int(limit) - sum(run.state in ACTIVE for run in self._page())

    def start(self, manifest_uri: str) -> str:
        """Start a run for a manifest; its id.

        Raises Busy at the job's concurrency limit, NoCapacity at the account's, Transient where a run may have started,
        Refused where the job can't be started at all.
        """
        try:
            answer = call(self._client.start_job_run, JobName=self._job_name, Arguments={"--manifest": manifest_uri})
        except ClientError as error:
            if code_of(error) == OWN_LIMIT:
                raise Busy(f"{self._job_name} runs as often as it may at once: {OWN_LIMIT}") from error
            if code_of(error) == ACCOUNT_LIMIT:
                raise NoCapacity(f"the account has no room for a run of {self._job_name}: {error}") from error
            raise
        return str(answer["JobRunId"])

    def get(self, run_id: str) -> JobRun | None:
        try:
            return _job_run(call(self._client.get_job_run, JobName=self._job_name, RunId=run_id)["JobRun"])
        except ClientError as error:
            if code_of(error) == "EntityNotFoundException":
                return None
            raise

    def recent(self) -> Iterator[JobRun]:
        """The newest runs, a page of them."""
        return iter(self._page())

    def _page(self) -> list[JobRun]:
        answer = call(self._client.get_job_runs, JobName=self._job_name, MaxResults=PAGE)
        return [_job_run(run) for run in answer["JobRuns"]]


def _job_run(run: JobRunTypeDef) -> JobRun:
    arguments, started, ended = run.get("Arguments", {}), run.get("StartedOn"), run.get("CompletedOn")
    return JobRun(
        run_id=run["Id"],
        state=run["JobRunState"],
        manifest=arguments.get("--manifest", ""),
        message=run.get("ErrorMessage", ""),
        health_check=arguments.get("--health-check-mode", "false").lower() not in ("false", "0", "no"),
        execution_seconds=int(run.get("ExecutionTime", 0)),
        dpu_seconds=float(run.get("DPUSeconds", 0.0)),
        ended_at=ended.astimezone(UTC).isoformat() if ended else "",
        started_at=started.astimezone(UTC).isoformat() if started else "",
    )
