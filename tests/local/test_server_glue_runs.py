"""Glue job runs as boto3 sees them, driven by an executor that is the test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.lambda_runtime.gateway import Gateway
from tests.local.cloud_builders import fresh, make_queue, queue_arn, role, take


@pytest.fixture
def executor(lambda_cloud: LocalCloud) -> Gateway:
    return Gateway(lambda_cloud.endpoint)


def _job(cloud: LocalCloud, limit: int = 1, **settings: Any) -> str:
    name = fresh("job")
    cloud.client("glue").create_job(
        Name=name,
        Role=role(cloud),
        Command={"Name": "glueetl", "ScriptLocation": "s3://artifacts/glue/ingest.py"},
        ExecutionProperty={"MaxConcurrentRuns": limit},
        DefaultArguments={"--environment": "dev"},
        Timeout=30,
        WorkerType="G.1X",
        NumberOfWorkers=2,
        **settings,
    )
    return name


def _start(cloud: LocalCloud, job: str, **settings: Any) -> str:
    return str(cloud.client("glue").start_job_run(JobName=job, **settings)["JobRunId"])


def _run(cloud: LocalCloud, job: str, run: str) -> dict[str, Any]:
    answer: dict[str, Any] = cloud.client("glue").get_job_run(JobName=job, RunId=run)["JobRun"]
    return answer


def _report(executor: Gateway, run: str, state: str, error: str | None = None) -> str:
    return str(executor.send("POST", f"glue/runs/{run}", {"state": state, "error": error})["state"])


def test_run_goes_from_starting_to_succeeded(lambda_cloud: LocalCloud, executor: Gateway) -> None:
    job = _job(lambda_cloud)
    run = _start(lambda_cloud, job, Arguments={"--manifest": "s3://raw/m.json"})
    assert run.startswith("jr_") and len(run) == 67
    assert _run(lambda_cloud, job, run)["JobRunState"] == "STARTING"
    taken = executor.get("glue/next", wait=1)
    assert taken["run"]["Id"] == run
    assert taken["job"]["DefaultArguments"] == {"--environment": "dev"}
    assert _report(executor, run, "RUNNING") == "RUNNING"
    assert "CompletedOn" not in _run(lambda_cloud, job, run)
    _report(executor, run, "SUCCEEDED")
    shown = _run(lambda_cloud, job, run)
    assert shown["JobRunState"] == "SUCCEEDED"
    assert shown["Arguments"] == {"--manifest": "s3://raw/m.json"}
    assert (shown["JobName"], shown["Attempt"], shown["Timeout"]) == (job, 0, 30)
    assert (shown["WorkerType"], shown["NumberOfWorkers"]) == ("G.1X", 2)
    assert shown["StartedOn"] <= shown["CompletedOn"]


def test_concurrency_limit_counts_runs_that_have_not_ended(lambda_cloud: LocalCloud, executor: Gateway) -> None:
    job = _job(lambda_cloud, limit=2)
    first, _ = _start(lambda_cloud, job), _start(lambda_cloud, job)
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        _start(lambda_cloud, job)
    _report(executor, first, "FAILED", "the data was bad")
    third = _start(lambda_cloud, job)
    assert _run(lambda_cloud, job, first)["ErrorMessage"] == "the data was bad"
    assert _run(lambda_cloud, job, third)["JobRunState"] == "STARTING"


def test_end_of_a_run_reaches_a_queue_by_eventbridge_once(lambda_cloud: LocalCloud, executor: Gateway) -> None:
    job, out, rule = _job(lambda_cloud), make_queue(lambda_cloud), fresh("rule")
    states = ["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"]
    pattern = {
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        "detail": {"jobName": [job], "state": states},
    }
    events = lambda_cloud.client("events")
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "outcomes", "Arn": queue_arn(out)}])
    run = _start(lambda_cloud, job)
    _report(executor, run, "RUNNING")
    _report(executor, run, "TIMEOUT")
    assert _report(executor, run, "SUCCEEDED") == "TIMEOUT"
    [event] = take(lambda_cloud, out, 1)
    assert event["detail"] == {
        "jobName": job,
        "severity": "WARN",
        "state": "TIMEOUT",
        "jobRunId": run,
        "message": "Job run timed out",
    }
    assert (event["source"], event["detail-type"]) == ("aws.glue", "Glue Job State Change")
    assert (event["account"], event["region"]) == ("123456789012", "us-east-1")
    assert event["time"].endswith("Z")


def test_stop_ends_a_waiting_run_at_once_and_asks_the_executor_of_a_running_one(
    lambda_cloud: LocalCloud, executor: Gateway
) -> None:
    glue, job = lambda_cloud.client("glue"), _job(lambda_cloud, limit=2)
    running = _start(lambda_cloud, job)
    while executor.get("glue/next", wait=1)["run"]["Id"] != running:
        pass
    _report(executor, running, "RUNNING")
    waiting = _start(lambda_cloud, job)
    answer = glue.batch_stop_job_run(JobName=job, JobRunIds=[running, waiting, "jr_unknown"])
    assert [s["JobRunId"] for s in answer["SuccessfulSubmissions"]] == [running, waiting]
    assert [e["JobRunId"] for e in answer["Errors"]] == ["jr_unknown"]
    assert _run(lambda_cloud, job, waiting)["JobRunState"] == "STOPPED"
    assert executor.get(f"glue/runs/{running}")["run"]["JobRunState"] == "STOPPING"
    assert _report(executor, running, "RUNNING") == "STOPPING"
    assert _report(executor, running, "STOPPED") == "STOPPED"


def test_runs_are_listed_newest_first_in_pages(lambda_cloud: LocalCloud) -> None:
    job = _job(lambda_cloud, limit=5)
    runs = [_start(lambda_cloud, job) for _ in range(5)]
    pages = (
        lambda_cloud.client("glue")
        .get_paginator("get_job_runs")
        .paginate(JobName=job, PaginationConfig={"PageSize": 2})
    )
    assert [run["Id"] for page in pages for run in page["JobRuns"]] == runs[::-1]


def test_unknown_jobs_and_runs_are_not_found(lambda_cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        _start(lambda_cloud, "nothing")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        _run(lambda_cloud, _job(lambda_cloud), "jr_nothing")
