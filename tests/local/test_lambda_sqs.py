"""SQS event source mappings: batches, partial failures, limits; each test with functions that tell a second queue."""

from __future__ import annotations

import time

from local.cloud import LocalCloud
from tests.local.cloud_builders import connect, deploy, eventually, left_in, make_queue, put, queue_arn, take

TELL = """
import boto3, json, os
def tell(document):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(document))
"""
BODIES = TELL + "def handler(event, context):\n    tell([r['body'] for r in event['Records']])\n"


def test_event_has_aws_shape_and_a_finished_message_is_deleted(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    function = deploy(lambda_cloud, TELL + "def handler(event, context):\n    tell(event)\n", environment={"OUT": out})
    connect(lambda_cloud, source, function)
    attribute = {"kind": {"DataType": "String", "StringValue": "test"}}
    lambda_cloud.client("sqs").send_message(QueueUrl=source, MessageBody="hello", MessageAttributes=attribute)
    [event] = take(lambda_cloud, out, 1)
    [record] = event["Records"]
    assert record["body"] == "hello"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == queue_arn(source)
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"messageId", "receiptHandle"} <= set(record)
    assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= set(record["attributes"])
    eventually(lambda: left_in(lambda_cloud, source) == 0)


def test_window_gathers_one_large_batch(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    put(lambda_cloud, source, *(str(n) for n in range(25)))
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, source, function, BatchSize=1000, MaximumBatchingWindowInSeconds=2)
    put(lambda_cloud, source, "late")
    [bodies] = take(lambda_cloud, out, 1)
    assert sorted(bodies) == sorted([*(str(n) for n in range(25)), "late"])


def test_a_container_loads_while_the_window_is_open(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    put(lambda_cloud, source, "early")
    function = deploy(lambda_cloud, BODIES + "tell('loaded')\n", environment={"OUT": out})
    connect(lambda_cloud, source, function, BatchSize=2, MaximumBatchingWindowInSeconds=300)
    assert take(lambda_cloud, out, 1) == ["loaded"]
    put(lambda_cloud, source, "late")
    assert [sorted(told) for told in take(lambda_cloud, out, 1)] == [["early", "late"]]


def test_full_batch_does_not_wait_for_the_window(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    put(lambda_cloud, source, *(str(n) for n in range(24)))
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, source, function, BatchSize=12, MaximumBatchingWindowInSeconds=300)
    assert [len(bodies) for bodies in take(lambda_cloud, out, 2)] == [12, 12]


def test_only_the_failed_messages_of_a_batch_come_back(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud, VisibilityTimeout="5"), make_queue(lambda_cloud)
    handler = """
def handler(event, context):
    tell(sorted([r["body"], r["attributes"]["ApproximateReceiveCount"]] for r in event["Records"]))
    failed = [r for r in event["Records"] if r["body"] == "bad" and r["attributes"]["ApproximateReceiveCount"] == "1"]
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in failed]}
"""
    put(lambda_cloud, source, "bad", "good")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    connect(lambda_cloud, source, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert take(lambda_cloud, out, 2) == [[["bad", "1"], ["good", "1"]], [["bad", "2"]]]
    eventually(lambda: left_in(lambda_cloud, source) == 0)


def test_answer_that_cannot_be_understood_gives_the_whole_batch_back(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud, VisibilityTimeout="5"), make_queue(lambda_cloud)
    handler = """
def handler(event, context):
    counts = {r["attributes"]["ApproximateReceiveCount"] for r in event["Records"]}
    tell([len(event["Records"]), *counts])
    return {"batchItemFailures": [{"itemIdentifier": "unheard of"}] if counts == {"1"} else []}
"""
    put(lambda_cloud, source, "a", "b")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    connect(lambda_cloud, source, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert take(lambda_cloud, out, 2) == [[2, "1"], [2, "2"]]


def test_message_that_always_fails_ends_in_the_dead_letter_queue(lambda_cloud: LocalCloud) -> None:
    dead = make_queue(lambda_cloud)
    redrive = f'{{"deadLetterTargetArn": "{queue_arn(dead)}", "maxReceiveCount": 1}}'
    source = make_queue(lambda_cloud, VisibilityTimeout="5", RedrivePolicy=redrive)
    connect(lambda_cloud, source, deploy(lambda_cloud, "def handler(event, context):\n    raise RuntimeError\n"))
    put(lambda_cloud, source, '"poison"')
    assert take(lambda_cloud, dead, 1) == ["poison"]


def test_maximum_concurrency_is_kept(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    handler = """
import time
def handler(event, context):
    started = time.time()
    time.sleep(1)
    tell([started, time.time()])
"""
    put(lambda_cloud, source, *"abcdef")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    connect(lambda_cloud, source, function, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    spans = take(lambda_cloud, out, 6)
    overlaps = [sum(start <= other[0] < end for other in spans) for start, end in spans]
    assert max(overlaps) == 2


def test_deleted_mapping_stops_polling(lambda_cloud: LocalCloud) -> None:
    source, out = make_queue(lambda_cloud), make_queue(lambda_cloud)
    mapping = connect(lambda_cloud, source, deploy(lambda_cloud, BODIES, environment={"OUT": out}))
    lambda_cloud.client("lambda").delete_event_source_mapping(UUID=mapping)
    time.sleep(4)
    put(lambda_cloud, source, "nobody reads me")
    time.sleep(0.5)
    assert left_in(lambda_cloud, source) == 1
