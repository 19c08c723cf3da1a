"""What moto gets wrong and the gateway puts right: events on their way to queues, and a busy port's message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from local.cloud import LocalCloud, StartFailed
from tests.local.cloud_builders import ACCOUNT, fresh, left_in, make_queue, queue_arn, take


def test_event_reaches_the_queue_of_its_rule_as_aws_writes_it(lambda_cloud: LocalCloud) -> None:
    events, out, source = lambda_cloud.client("events"), make_queue(lambda_cloud), fresh("source")
    for wanted in (source, fresh("another")):
        name = fresh("rule")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [wanted]}))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": queue_arn(out)}])
    events.put_events(Entries=[{"Source": source, "DetailType": "test", "Detail": '{"n": 5}'}])
    [event] = take(lambda_cloud, out, 1)
    assert (event["account"], event["detail"], event["source"]) == (ACCOUNT, {"n": 5}, source)
    assert datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ") and "ingestion-time" not in event
    assert left_in(lambda_cloud, out) == 0


def test_busy_port_is_one_line_and_exit_code_1(lambda_cloud: LocalCloud) -> None:
    port = lambda_cloud.endpoint.rsplit(":", 1)[-1]
    ended = subprocess.run(
        [sys.executable, "-m", "local.server", "--port", port], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == f"local.server: port {port} is in use; choose another with --port\n"


def test_cloud_that_cannot_start_says_why_in_one_error(lambda_cloud: LocalCloud, tmp_path: Path) -> None:
    port = int(lambda_cloud.endpoint.rsplit(":", 1)[-1])
    with pytest.raises(StartFailed, match=f"port {port} is in use"):
        LocalCloud(port, state_dir=tmp_path, only="lambda").start()


def test_server_that_ends_while_it_loads_is_told_and_leaves_no_runtimes(tmp_path: Path) -> None:
    cloud = LocalCloud(state_dir=tmp_path, only="lambda").begin()
    assert cloud._server and cloud._runtimes
    runtimes = cloud._runtimes
    cloud._server.kill()
    with pytest.raises(StartFailed, match=r"local\.server ended at its start"):
        cloud.await_server()
    with pytest.raises(ProcessLookupError):
        os.kill(runtimes.pid, 0)


def test_burst_of_messages_is_received_quickly(lambda_cloud: LocalCloud) -> None:
    sqs, url = lambda_cloud.client("sqs"), make_queue(lambda_cloud)
    for start in range(0, 500, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert sorted(take(lambda_cloud, url, 500)) == list(range(500))
