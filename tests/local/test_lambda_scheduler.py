"""Schedules fire on the local cloud: at functions and at universal targets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cloud import LocalCloud
from local.lambda_runtime.clients import Clients
from local.lambda_runtime.gateway import Gateway
from local.lambda_runtime.scheduler import Scheduler
from tests.local.cloud_builders import ACCOUNT, deploy, fresh, left_in, make_queue, role, take

TELL = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
"""


def _schedule(cloud: LocalCloud, target: dict[str, Any], state: str = "ENABLED") -> str:
    name = fresh("schedule")
    cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State=state,
        Target={**target, "RoleArn": role(cloud)},
    )
    return name


def test_schedules_fire_once_at_their_targets_when_their_time_has_come(lambda_cloud: LocalCloud) -> None:
    out, universal = make_queue(lambda_cloud), make_queue(lambda_cloud)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{deploy(lambda_cloud, TELL, environment={'OUT': out})}"
    call = json.dumps({"QueueUrl": universal, "MessageBody": '{"said": "by the API"}'})
    names = [
        _schedule(lambda_cloud, {"Arn": arn, "Input": '{"task": "sweep"}'}),
        _schedule(lambda_cloud, {"Arn": arn}),
        _schedule(lambda_cloud, {"Arn": arn, "Input": '{"task": "nothing"}'}, "DISABLED"),
        _schedule(lambda_cloud, {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": call}),
    ]
    scheduler = Scheduler(Gateway(lambda_cloud.endpoint), Clients(lambda_cloud.endpoint), "us-east-1")
    in_an_hour = datetime.now(UTC) + timedelta(seconds=3601)
    of_the_clouds_own = datetime.now(UTC)  # it looks every second
    for moment in (in_an_hour, of_the_clouds_own, in_an_hour):
        scheduler.tick(moment)
    for name in names:
        lambda_cloud.client("scheduler").delete_schedule(Name=name)
    events = take(lambda_cloud, out, 2)
    assert {"task": "sweep"} in events and "aws.scheduler" in [event.get("source") for event in events]
    assert take(lambda_cloud, universal, 1) == [{"said": "by the API"}]
    assert (left_in(lambda_cloud, out), left_in(lambda_cloud, universal)) == (0, 0)
