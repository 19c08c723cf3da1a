"""Records of Kinesis and Kafka, and messages of SQS, through the deployed function that keeps failing: all exact.

2,000 of each stream, or 100,000 (TEST_SCALE=long).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from local.cloud import LocalCloud
from tests.local.cloud_builders import ACCOUNT, connect, fresh, left_in, make_queue
from tests.scale import scaled
from tests.servers.kafka import kafka
from tests.sources.collecting_cloud import Collecting, body, collect_package

MANY = scaled(2_000, 100_000)
POISON = set(range(0, MANY, 100))
MESSAGES = scaled(600, 3_000)
Deploy = Callable[..., Collecting]


@pytest.fixture(scope="module")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploy]:
    folder = tmp_path_factory.mktemp("collect")
    with (
        collect_package(folder) as package,
        LocalCloud(state_dir=folder / "cloud", only="lambda") as cloud,
    ):

        def deployed(declared: dict[str, Any], every: int, timeout: int = 30) -> Collecting:
            return Collecting(cloud, package, folder, declared, every, timeout)

        yield deployed


def tell(kind: str, collecting: Collecting, total: int, files: int, started: float) -> None:
    seconds = time.monotonic() - started
    print(
        f"\n{kind}: {total:,} records in {seconds:.0f} s, {files} files ({files * 1_000_000 // total:,} a million), "
        f"{collecting.faults()} faults"
    )


def test_kinesis_lands_each_record_once(deploy: Deploy):
    collecting, stream = deploy({"kind": "kinesis", "stream": "orders"}, every=29), fresh("stream")
    kinesis, client = collecting.cloud.client("kinesis"), collecting.cloud.client("lambda")
    kinesis.create_stream(StreamName=stream, ShardCount=4)
    started = time.monotonic()
    for start in range(0, MANY, 500):
        records = [{"Data": body(n, POISON), "PartitionKey": str(n)} for n in range(start, start + 500)]
        kinesis.put_records(StreamName=stream, Records=records)

    def connected() -> str:
        made = client.create_event_source_mapping(
            EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}", FunctionName=collecting.function,
            StartingPosition="TRIM_HORIZON", BatchSize=scaled(500, 5_000), FunctionResponseTypes=["ReportBatchItemFailures"],
        )  # fmt: skip
        return str(made["UUID"])

    mapping = connected()
    collecting.await_records(MANY, 300)
    tell("kinesis", collecting, MANY, collecting.check(set(range(MANY)), POISON), started)
    client.delete_event_source_mapping(UUID=mapping)
    connected()  # all of it once more, and then something new: everything before that was delivered again
    for shard in range(4):
        key = {"PartitionKey": "k", "ExplicitHashKey": str(shard * 2**126 + 1)}
        kinesis.put_record(StreamName=stream, Data=body(MANY + shard, POISON), **key)
    collecting.await_records(MANY + 4, 200)
    collecting.check(set(range(MANY + 4)), POISON)


def test_kafka_lands_each_record_once(deploy: Deploy):
    with kafka() as broker:
        declared = {"kind": "kafka", "bootstrap_servers": [broker.plain], "topics": ["orders"]}
        collecting = deploy(declared, every=23)
        started = time.monotonic()
        producer = Producer({"bootstrap.servers": broker.plain, "queue.buffering.max.messages": MANY + 1})
        for number in range(MANY):
            producer.produce("orders", body(number, POISON))
        assert producer.flush() == 0
        mapping = subscribe(collecting, broker.plain, fresh("group"))
        collecting.await_records(MANY, 300)
        tell("kafka", collecting, MANY, collecting.check(set(range(MANY)), POISON), started)
        collecting.cloud.client("lambda").delete_event_source_mapping(UUID=mapping)
        subscribe(collecting, broker.plain, fresh("group"))  # another group reads all of it again
        producer.produce("orders", body(MANY, POISON))
        assert producer.flush() == 0
        collecting.await_records(MANY + 1, 200)
        collecting.check(set(range(MANY + 1)), POISON)


def subscribe(collecting: Collecting, servers: str, group: str) -> str:
    made = collecting.cloud.client("lambda").create_event_source_mapping(
        FunctionName=collecting.function, SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": [servers]}},
        Topics=["orders"], StartingPosition="TRIM_HORIZON", BatchSize=scaled(1_000, 10_000),
        SelfManagedKafkaEventSourceConfig={"ConsumerGroupId": group},
    )  # fmt: skip
    return str(made["UUID"])


def test_sqs_lands_each_message_once(deploy: Deploy):
    collecting = deploy({"kind": "sqs", "queue": "orders"}, every=scaled(4_001, 20_011), timeout=10)
    queue, poison = make_queue(collecting.cloud, VisibilityTimeout="12"), set(range(0, MESSAGES, 100))
    started = time.monotonic()
    for start in range(0, MESSAGES, 10):
        entries = [{"Id": str(n), "MessageBody": body(n, poison).decode()} for n in range(start, start + 10)]
        collecting.cloud.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    connect(
        collecting.cloud, queue, collecting.function, BatchSize=MESSAGES // 6, MaximumBatchingWindowInSeconds=1,
        FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 2},
    )  # fmt: skip
    collecting.await_records(MESSAGES, 300)
    deadline = time.monotonic() + 200
    while left_in(collecting.cloud, queue):
        assert time.monotonic() < deadline, "messages stay in the queue"
        time.sleep(0.5)
    tell("sqs", collecting, MESSAGES, collecting.check(set(range(MESSAGES)), poison), started)
