"""Kafka event source mappings, against a real broker: batches, order, retries, commits, restarts, and its logins."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from local.cloud import LocalCloud
from tests.local.cloud_builders import deploy, eventually, fresh, make_queue, take
from tests.servers.kafka import PASSWORD, USER, KafkaServer, kafka

TELL = """
import base64, boto3, json, os
def tell(document):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(document))
def bodies(event):
    return [base64.b64decode(r["value"]).decode() for records in event["records"].values() for r in records]
"""
BODIES = TELL + "def handler(event, context):\n    tell(bodies(event))\n"


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaServer]:
    with kafka() as server:
        yield server


def send(broker: KafkaServer, topic: str, *bodies: str) -> None:
    producer = Producer({"bootstrap.servers": broker.plain})
    for body in bodies:
        producer.produce(topic, body.encode(), key=b"key", headers=[("h", b"\xff\x00")])
    assert producer.flush() == 0


def connect(cloud: LocalCloud, servers: str, topic: str, function: str, **settings: Any) -> str:
    mapping = cloud.client("lambda").create_event_source_mapping(
        FunctionName=function,
        SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": [servers]}},
        Topics=[topic],
        **{"StartingPosition": "TRIM_HORIZON", **settings},
    )
    return str(mapping["UUID"])


def received(cloud: LocalCloud, out: str) -> list[Any]:
    messages = cloud.client("sqs").receive_message(QueueUrl=out, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return [json.loads(message["Body"]) for message in messages.get("Messages", [])]


def test_event_has_aws_shape(lambda_cloud: LocalCloud, broker: KafkaServer) -> None:
    out, topic = make_queue(lambda_cloud), fresh("topic")
    function = deploy(lambda_cloud, TELL + "def handler(event, context):\n    tell(event)\n", environment={"OUT": out})
    send(broker, topic, "hello")
    connect(lambda_cloud, broker.plain, topic, function)
    [event] = take(lambda_cloud, out, 1)
    assert (event["eventSource"], event["bootstrapServers"]) == ("SelfManagedKafka", broker.plain)
    [record] = event["records"][f"{topic}-0"]
    assert (record["topic"], record["partition"], record["offset"]) == (topic, 0, 0)
    assert [base64.b64decode(record[part]) for part in ("key", "value")] == [b"key", b"hello"]
    assert record["headers"] == [{"h": [-1, 0]}]
    assert record["timestampType"] == "CREATE_TIME"


def test_a_failed_batch_is_repeated_as_it_was_and_then_committed(lambda_cloud: LocalCloud, broker: KafkaServer) -> None:
    out, topic = make_queue(lambda_cloud), fresh("topic")
    handler = """
seen = []
def handler(event, context):
    tell(bodies(event))
    seen.append(1)
    if len(seen) < 3:
        raise RuntimeError
"""
    send(broker, topic, *"abcd")
    function = deploy(lambda_cloud, TELL + handler, environment={"OUT": out})
    group = {"SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": fresh("group")}}
    mapping = connect(lambda_cloud, broker.plain, topic, function, BatchSize=3, **group)
    assert take(lambda_cloud, out, 4) == [["a", "b", "c"]] * 3 + [["d"]]
    lambda_cloud.client("lambda").delete_event_source_mapping(UUID=mapping)
    send(broker, topic, "e")
    # The last batch may have ended before its offsets were committed: then it comes once more, before what follows.
    connect(lambda_cloud, broker.plain, topic, deploy(lambda_cloud, BODIES, environment={"OUT": out}), **group)
    found: list[str] = []

    def last_came() -> bool:
        found.extend(body for batch in received(lambda_cloud, out) for body in batch)
        return "e" in found

    eventually(last_came)
    assert found in (["e"], ["d", "e"])


def test_a_topic_that_is_made_after_its_mapping_is_read_from_its_beginning(
    lambda_cloud: LocalCloud, broker: KafkaServer
) -> None:
    out, topic, there = make_queue(lambda_cloud), fresh("topic"), fresh("topic")
    send(broker, there, "first")
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, broker.plain, topic, function)
    connect(lambda_cloud, broker.plain, there, function)
    assert take(lambda_cloud, out, 1) == [["first"]]
    send(broker, topic, "later")
    assert take(lambda_cloud, out, 1) == [["later"]]


def test_login_is_read_from_secrets_manager_and_the_brokers_authority_is_trusted(
    lambda_cloud: LocalCloud, broker: KafkaServer
) -> None:
    out, topic, secrets = make_queue(lambda_cloud), fresh("topic"), lambda_cloud.client("secretsmanager")
    login = {"username": USER, "password": PASSWORD}
    contents = [("SASL_SCRAM_512_AUTH", login), ("SERVER_ROOT_CA_CERTIFICATE", {"certificate": broker.authority})]
    access = [
        {"Type": kind, "URI": secrets.create_secret(Name=fresh("secret"), SecretString=json.dumps(content))["ARN"]}
        for kind, content in contents
    ]
    send(broker, topic, "secret")
    function = deploy(lambda_cloud, BODIES, environment={"OUT": out})
    connect(lambda_cloud, broker.sasl, topic, function, SourceAccessConfigurations=access)
    assert take(lambda_cloud, out, 1) == [["secret"]]
