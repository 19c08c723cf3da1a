"""The Glue calls that start, show and stop job runs, and the event that tells of a run's end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from local.server import moto_backends
from local.server.glue_runs import GlueRun, GlueRuns
from local.server.wire import ApiError, answer, body_of, region_of, without_none

_ENDINGS = {  # state: severity and message of AWS's event
    "SUCCEEDED": ("INFO", "Job run succeeded"),
    "FAILED": ("ERROR", "Job run failed"),
    "TIMEOUT": ("WARN", "Job run timed out"),
    "STOPPED": ("INFO", "Job run stopped"),
}


def emit_end(run: GlueRun) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html"""
    severity, message = _ENDINGS[run.state]
    detail = {
        "jobName": run.record["JobName"],
        "severity": severity,
        "state": run.state,
        "jobRunId": run.record["Id"],
        "message": run.record.get("ErrorMessage") or message,
    }
    moto_backends.put_event(run.region, "aws.glue", "Glue Job State Change", detail)


class GlueApi:
    """Answers the calls named by X-Amz-Target; `handler_of` says which ones are ours."""

    def __init__(self, runs: GlueRuns) -> None:
        self._runs = runs
        self._calls: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
            "AWSGlue.StartJobRun": self._start,
            "AWSGlue.GetJobRun": self._get,
            "AWSGlue.GetJobRuns": self._list,
            "AWSGlue.BatchStopJobRun": self._stop,
        }

    def owns(self, target: str) -> bool:
        return target in self._calls

    def handle(self, request: Request) -> Response:
        call = self._calls[request.headers["X-Amz-Target"]]
        return answer(call(region_of(request), body_of(request)), content_type="application/x-amz-json-1.1")

    def _start(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        job = moto_backends.job_document(region, body["JobName"])
        return {"JobRunId": self._runs.start(region, job, body)}

    def _get(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"JobRun": self._runs.get(region, body["JobName"], body["RunId"]).record}

    def _list(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        moto_backends.job_document(region, body["JobName"])
        runs = [run.record for run in self._runs.of_job(region, body["JobName"])]
        start = int(body.get("NextToken") or 0)
        end = start + int(body.get("MaxResults") or 200)
        return without_none({"JobRuns": runs[start:end], "NextToken": str(end) if end < len(runs) else None})

    def _stop(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        stopped, errors = [], []
        for run_id in body["JobRunIds"]:
            try:
                self._runs.stop(self._runs.get(region, body["JobName"], run_id))
                stopped.append({"JobName": body["JobName"], "JobRunId": run_id})
            except ApiError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
                errors.append({"JobName": body["JobName"], "JobRunId": run_id, "ErrorDetail": detail})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}
