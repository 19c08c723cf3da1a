"""Schedules and rules fire on the local cloud: functions, queues and universal targets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cloud import LocalCloud
from local.lambda_runtime.gateway import Gateway
from tests.local.cloud_builders import ACCOUNT, deploy, eventually, fresh, make_queue, queue_arn, role, take

TELL = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
"""


def _schedule(cloud: LocalCloud, target: dict[str, Any]) -> str:
    """Fires once, in about two seconds, and is deleted then."""
    name = fresh("schedule")
    soon = datetime.now(UTC) + timedelta(seconds=2)
    cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={**target, "RoleArn": role(cloud)},
    )
    return name


def test_schedules_fire_once_at_their_targets(lambda_cloud: LocalCloud) -> None:
    out, queue, universal = (make_queue(lambda_cloud) for _ in range(3))
    function = deploy(lambda_cloud, TELL, environment={"OUT": out})
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    call = json.dumps({"QueueUrl": universal, "MessageBody": '{"said": "by the API"}'})
    names = [
        _schedule(lambda_cloud, {"Arn": arn, "Input": '{"task": "sweep"}'}),
        _schedule(lambda_cloud, {"Arn": queue_arn(queue), "Input": '{"at": "<aws.scheduler.attempt-number>"}'}),
        _schedule(lambda_cloud, {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": call}),
    ]
    assert take(lambda_cloud, out, 1) == [{"task": "sweep"}]
    assert take(lambda_cloud, queue, 1) == [{"at": "1"}]
    assert take(lambda_cloud, universal, 1) == [{"said": "by the API"}]
    scheduler = lambda_cloud.client("scheduler")
    eventually(lambda: not {s["Name"] for s in scheduler.list_schedules()["Schedules"]} & set(names))


def test_rule_with_a_schedule_reaches_its_targets_and_no_other_event_does(lambda_cloud: LocalCloud) -> None:
    events, out, name = lambda_cloud.client("events"), make_queue(lambda_cloud), fresh("rule")
    events.put_rule(Name=name, ScheduleExpression="cron(0 0 1 1 ? 2199)")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": queue_arn(out)}])
    events.put_events(Entries=[{"Source": "test", "DetailType": "noise", "Detail": "{}"}])
    document = {"region": "us-east-1", "time": "2025-03-01T12:00:00Z"}
    Gateway(lambda_cloud.endpoint).send("POST", f"rules/{name}/fire", document)
    [event] = take(lambda_cloud, out, 1)
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert event["time"] == document["time"]
