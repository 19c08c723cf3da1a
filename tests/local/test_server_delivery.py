"""What moto leaves out and the gateway adds: events and notifications that reach functions, and a busy port's message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud, StartFailed
from tests.local.cloud_builders import ACCOUNT, deploy, fresh, make_queue, queue_arn, take

TELL = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
"""


def _told(cloud: LocalCloud) -> tuple[str, str]:
    """A function that tells a queue what it got: its ARN and the queue."""
    out = make_queue(cloud)
    function = deploy(cloud, TELL, environment={"OUT": out})
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}", out


def _rule(cloud: LocalCloud, source: str, *targets: dict[str, Any]) -> None:
    events, name = cloud.client("events"), fresh("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=name, Targets=[{"Id": str(n), **target} for n, target in enumerate(targets)])


def test_event_reaches_functions_and_queues_of_a_rule_each_in_its_form(lambda_cloud: LocalCloud) -> None:
    function, out = _told(lambda_cloud)
    plain, constant, part, transformed = (make_queue(lambda_cloud) for _ in range(4))
    source = fresh("source")
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
    _rule(
        lambda_cloud,
        source,
        {"Arn": function},
        {"Arn": queue_arn(plain)},
        {"Arn": queue_arn(constant), "Input": '{"always": "this"}'},
        {"Arn": queue_arn(part), "InputPath": "$.detail"},
        {"Arn": queue_arn(transformed), "InputTransformer": transformer},
    )
    entry = {"Source": source, "DetailType": "test", "Detail": '{"n": 5}'}
    lambda_cloud.client("events").put_events(Entries=[entry])
    [event] = take(lambda_cloud, out, 1)
    assert take(lambda_cloud, plain, 1) == [event]
    assert (event["account"], event["detail"], event["source"]) == (ACCOUNT, {"n": 5}, source)
    assert take(lambda_cloud, constant, 1) == [{"always": "this"}]
    assert take(lambda_cloud, part, 1) == [{"n": 5}]
    assert take(lambda_cloud, transformed, 1) == [{"number": 5}]


def test_bucket_notification_reaches_a_function(lambda_cloud: LocalCloud) -> None:
    function, out = _told(lambda_cloud)
    s3, bucket = lambda_cloud.client("s3"), fresh("bucket")
    s3.create_bucket(Bucket=bucket)
    configuration = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )
    s3.put_object(Bucket=bucket, Key="data/a.csv", Body=b"x")
    [event] = take(lambda_cloud, out, 1)
    assert event["Records"][0]["s3"]["bucket"]["name"] == bucket


def test_topic_reaches_a_function(lambda_cloud: LocalCloud) -> None:
    function, out = _told(lambda_cloud)
    sns = lambda_cloud.client("sns")
    topic = sns.create_topic(Name=fresh("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="news")
    assert take(lambda_cloud, out, 1)[0]["Records"][0]["Sns"]["Message"] == "news"


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


def test_burst_of_messages_is_received_quickly(lambda_cloud: LocalCloud) -> None:
    sqs, url = lambda_cloud.client("sqs"), make_queue(lambda_cloud)
    for start in range(0, 500, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert sorted(take(lambda_cloud, url, 500)) == list(range(500))
