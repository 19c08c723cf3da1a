"""The runtimes die and come back: nothing that was under way is lost, and no process is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.lambda_runtime.gateway import Gateway
from tests.local.cloud_builders import connect, deploy, eventually, left_in, make_queue, put, role, take

SLOW_FIRST_TIME = """
import boto3, json, os, time
def handler(event, context):
    tell = lambda document: boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(document))
    first = "Records" not in event or event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"
    tell(["start", os.getpid()])
    if first and not os.path.exists(os.environ["MARK"]):
        open(os.environ["MARK"], "w").close()
        time.sleep(60)
    tell(["end", os.getpid()])
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    with LocalCloud(state_dir=tmp_path, only="lambda") as cloud:
        yield cloud


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_kill_in_the_middle_of_a_batch_an_invocation_and_a_run(cloud: LocalCloud, tmp_path: Path) -> None:
    source, out = make_queue(cloud, VisibilityTimeout="6"), make_queue(cloud)
    for_batch = {"OUT": out, "MARK": str(tmp_path / "batch")}
    connect(cloud, source, deploy(cloud, SLOW_FIRST_TIME, environment=for_batch), BatchSize=5)
    put(cloud, source, "message")
    [[_, pid]] = take(cloud, out, 1)
    out_event = make_queue(cloud)
    for_event = {"OUT": out_event, "MARK": str(tmp_path / "event")}
    asynchronous = deploy(cloud, SLOW_FIRST_TIME, environment=for_event)
    cloud.client("lambda").invoke(FunctionName=asynchronous, InvocationType="Event")
    take(cloud, out_event, 1)
    running, waiting = _two_runs(cloud)

    cloud.kill_runtimes()

    eventually(lambda: not _alive(pid))
    eventually(lambda: _run(cloud, running)["JobRunState"] == "FAILED")
    assert _run(cloud, running)["ErrorMessage"] == "the executor was lost"
    assert _run(cloud, waiting)["JobRunState"] == "STARTING"
    cloud.restart_runtimes()
    assert [told[0] for told in take(cloud, out, 2)] == ["start", "end"]
    assert [told[0] for told in take(cloud, out_event, 2)] == ["start", "end"]
    eventually(lambda: left_in(cloud, source) == 0)


def _two_runs(cloud: LocalCloud) -> tuple[str, str]:
    """One taken by an executor and running, one that still waits."""
    glue = cloud.client("glue")
    limits = {"MaxConcurrentRuns": 5}
    glue.create_job(Name="job", Role=role(cloud), Command={"Name": "glueetl"}, ExecutionProperty=limits)
    running = glue.start_job_run(JobName="job")["JobRunId"]
    gateway = Gateway(cloud.endpoint)
    assert gateway.get("glue/next", wait=1)["run"]["Id"] == running
    gateway.send("POST", f"glue/runs/{running}", {"state": "RUNNING"})
    return running, glue.start_job_run(JobName="job")["JobRunId"]


def _run(cloud: LocalCloud, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = cloud.client("glue").get_job_run(JobName="job", RunId=run_id)["JobRun"]
    return run


def test_killed_owner_leaves_no_process_behind(tmp_path: Path) -> None:
    source = f"""
import os, pathlib
from local.cloud import LocalCloud
from tests.local.cloud_builders import deploy, invoke
cloud = LocalCloud(state_dir=pathlib.Path({str(tmp_path)!r}), only="lambda").start()
pid, _ = invoke(cloud, deploy(cloud, "import os\\ndef handler(event, context):\\n    return os.getpid()\\n"))
print(cloud._server.pid, cloud._runtimes.pid, pid, flush=True)
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    pids = [int(pid) for pid in ended.stdout.split()]
    assert len(pids) == 3, ended.stderr
    eventually(lambda: not any(_alive(pid) for pid in pids))
