"""Kinesis event source mappings: order, batches, retries, splitting, giving up, restarts and resharding."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from tests.local.cloud_builders import ACCOUNT, deploy, eventually, fresh, make_queue, queue_arn, take

TELL = """
import base64, boto3, json, os
def tell(document):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(document))
def bodies(event):
    return [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
"""
BODIES = TELL + "def handler(event, context):\n    tell(bodies(event))\n"
HIGHEST_HASH = 2**128 - 1


def make_stream(cloud: LocalCloud, shards: int = 1) -> str:
    name = fresh("stream")
    cloud.client("kinesis").create_stream(StreamName=name, ShardCount=shards)
    return name


def put(cloud: LocalCloud, stream: str, *bodies: str, key: str = "k") -> None:
    for start in range(0, len(bodies), 500):
        records = [{"Data": body.encode(), "PartitionKey": key} for body in bodies[start : start + 500]]
        cloud.client("kinesis").put_records(StreamName=stream, Records=records)


def connect(cloud: LocalCloud, stream: str, function: str, **settings: Any) -> str:
    settings = {"StartingPosition": "TRIM_HORIZON", **settings}
    mapping = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}", FunctionName=function, **settings
    )
    return str(mapping["UUID"])


def told(cloud: LocalCloud, out: str, total: int) -> list[str]:
    """The bodies that were told, in their order, until there are `total`."""
    bodies: list[str] = []

    def all_came() -> bool:
        answer = cloud.client("sqs").receive_message(QueueUrl=out, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            bodies.extend(json.loads(message["Body"]))
            cloud.client("sqs").delete_message(QueueUrl=out, ReceiptHandle=message["ReceiptHandle"])
        return len(bodies) >= total

    eventually(all_came)
    return bodies


def test_event_has_aws_shape(lambda_cloud: LocalCloud) -> None:
    out, stream = make_queue(lambda_cloud), make_stream(lambda_cloud)
    function = deploy(lambda_cloud, TELL + "def handler(event, context):\n    tell(event)\n", environment={"OUT": out})
    put(lambda_cloud, stream, "hello")
    connect(lambda_cloud, stream, function)
    [event] = take(lambda_cloud, out, 1)
    [record] = event["Records"]
    assert base64.b64decode(record["kinesis"]["data"]) == b"hello"
    assert record["eventID"] == f"shardId-000000000000:{record['kinesis']['sequenceNumber']}"
    assert record["eventSourceARN"].endswith(f":stream/{stream}")
    assert isinstance(record["kinesis"]["approximateArrivalTimestamp"], float)


def test_a_shards_records_come_in_order_and_in_batches(lambda_cloud: LocalCloud) -> None:
    out, stream = make_queue(lambda_cloud), make_stream(lambda_cloud)
    put(lambda_cloud, stream, *(str(n) for n in range(25)))
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, stream, function, BatchSize=10)
    assert take(lambda_cloud, out, 3) == [[str(n) for n in range(start, min(start + 10, 25))] for start in (0, 10, 20)]


def test_the_window_gathers_and_latest_leaves_out_what_was_there(lambda_cloud: LocalCloud) -> None:
    out, stream = make_queue(lambda_cloud), make_stream(lambda_cloud)
    put(lambda_cloud, stream, "before")
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, stream, function, StartingPosition="LATEST", MaximumBatchingWindowInSeconds=2)
    sent = 0

    def some_came() -> bool:
        nonlocal sent
        put(lambda_cloud, stream, str(sent))
        sent += 1
        return bool(lambda_cloud.client("sqs").get_queue_attributes(
            QueueUrl=out, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]["ApproximateNumberOfMessages"] != "0")  # fmt: skip

    eventually(some_came)
    [batch] = take(lambda_cloud, out, 1)
    assert len(batch) > 1 and "before" not in batch


def test_a_failed_batch_comes_again_and_only_from_where_the_function_says(lambda_cloud: LocalCloud) -> None:
    out, stream = make_queue(lambda_cloud), make_stream(lambda_cloud)
    handler = """
seen = []
def handler(event, context):
    found = bodies(event)
    tell(found)
    seen.append(1)
    if len(seen) == 1:
        raise RuntimeError
    if len(seen) == 2:
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][2]["kinesis"]["sequenceNumber"]}]}
"""
    put(lambda_cloud, stream, *"abcd")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    connect(lambda_cloud, stream, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert take(lambda_cloud, out, 3) == [["a", "b", "c", "d"], ["a", "b", "c", "d"], ["c", "d"]]


def test_a_batch_is_split_until_one_record_is_given_up_and_told_to_the_destination(lambda_cloud: LocalCloud) -> None:
    out, failures, stream = make_queue(lambda_cloud), make_queue(lambda_cloud), make_stream(lambda_cloud)
    handler = """
def handler(event, context):
    found = bodies(event)
    if "bad" in found:
        raise RuntimeError
    tell(found)
"""
    put(lambda_cloud, stream, "a", "bad", "c", "d")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    destination = {"OnFailure": {"Destination": queue_arn(failures)}}
    retry = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1, "DestinationConfig": destination}
    connect(lambda_cloud, stream, function, **retry)
    assert take(lambda_cloud, out, 2) == [["a"], ["c", "d"]]
    [record] = take(lambda_cloud, failures, 1)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (record["KinesisBatchInfo"]["batchSize"], record["KinesisBatchInfo"]["shardId"][:8]) == (1, "shardId-")


def test_restarted_runtimes_go_on_behind_the_last_batch(tmp_path: Path) -> None:
    with LocalCloud(state_dir=tmp_path, only="lambda") as cloud:
        out, stream = make_queue(cloud), make_stream(cloud)
        connect(cloud, stream, deploy(cloud, BODIES, environment={"OUT": out}))
        put(cloud, stream, "a", "b")
        assert told(cloud, out, 2) == ["a", "b"]
        eventually(
            lambda: any('"after"' in path.read_text() for path in (tmp_path / "lambda/positions").glob("*.json"))
        )
        cloud.kill_runtimes()
        put(cloud, stream, "c")
        cloud.restart_runtimes()
        assert take(cloud, out, 1) == [["c"]]


def test_child_shards_follow_their_parents(lambda_cloud: LocalCloud) -> None:
    out, stream, kinesis = make_queue(lambda_cloud), make_stream(lambda_cloud), lambda_cloud.client("kinesis")
    first = [str(n) for n in range(30)]
    put(lambda_cloud, stream, *first)
    kinesis.split_shard(
        StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(HIGHEST_HASH // 2)
    )
    put(lambda_cloud, stream, *(str(n) for n in range(30, 60)))
    kinesis.merge_shards(
        StreamName=stream, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002"
    )
    put(lambda_cloud, stream, *(str(n) for n in range(60, 90)))
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, stream, function, BatchSize=7)
    assert told(lambda_cloud, out, 90) == [str(n) for n in range(90)]
