"""Event source mappings as boto3 and the Terraform provider use them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from tests.local.cloud_builders import ACCOUNT, connect, deploy, fresh, make_queue, queue_arn

NOTHING = "def handler(event, context):\n    return None\n"


def test_mapping_keeps_all_that_it_was_given(lambda_cloud: LocalCloud) -> None:
    client = lambda_cloud.client("lambda")
    source, function = make_queue(lambda_cloud), deploy(lambda_cloud, NOTHING)
    given = {
        "BatchSize": 1000,
        "MaximumBatchingWindowInSeconds": 60,
        "ScalingConfig": {"MaximumConcurrency": 3},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    mapping = connect(lambda_cloud, source, function, Enabled=False, Tags={"team": "data"}, **given)
    shown = client.get_event_source_mapping(UUID=mapping)
    assert {name: shown[name] for name in given} == given
    assert shown["State"] == "Disabled"
    assert shown["EventSourceArn"] == queue_arn(source)
    assert shown["FunctionArn"].endswith(f":function:{function}")
    assert client.list_tags(Resource=shown["EventSourceMappingArn"])["Tags"] == {"team": "data"}
    changed = client.update_event_source_mapping(UUID=mapping, Enabled=True, BatchSize=7)
    assert (changed["State"], changed["BatchSize"]) == ("Enabled", 7)
    client.delete_event_source_mapping(UUID=mapping)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_event_source_mapping(UUID=mapping)


def test_list_finds_by_function_and_by_source(lambda_cloud: LocalCloud) -> None:
    client = lambda_cloud.client("lambda")
    function, sources = deploy(lambda_cloud, NOTHING), [make_queue(lambda_cloud), make_queue(lambda_cloud)]
    mappings = [connect(lambda_cloud, source, function) for source in sources]
    by_function = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    by_source = client.list_event_source_mappings(EventSourceArn=queue_arn(sources[1]))["EventSourceMappings"]
    assert [m["UUID"] for m in by_function] == mappings
    assert [m["UUID"] for m in by_source] == mappings[1:]
    pages = client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=function, PaginationConfig={"PageSize": 1}
    )
    assert [m["UUID"] for page in pages for m in page["EventSourceMappings"]] == mappings


def test_tags_of_a_mapping_can_be_changed(lambda_cloud: LocalCloud) -> None:
    client = lambda_cloud.client("lambda")
    mapping = connect(lambda_cloud, make_queue(lambda_cloud), deploy(lambda_cloud, NOTHING), Tags={"a": "1"})
    arn = client.get_event_source_mapping(UUID=mapping)["EventSourceMappingArn"]
    client.tag_resource(Resource=arn, Tags={"b": "2"})
    client.untag_resource(Resource=arn, TagKeys=["a"])
    assert client.list_tags(Resource=arn)["Tags"] == {"b": "2"}


def test_what_aws_refuses_is_refused(lambda_cloud: LocalCloud) -> None:
    function, source = deploy(lambda_cloud, NOTHING, Timeout=10), make_queue(lambda_cloud)
    with pytest.raises(ClientError, match="batch window"):
        connect(lambda_cloud, source, function, BatchSize=11)
    with pytest.raises(ClientError, match="less than Function timeout"):
        connect(lambda_cloud, make_queue(lambda_cloud, VisibilityTimeout="5"), function)
    with pytest.raises(ClientError, match="NonExistentQueue"):
        connect(lambda_cloud, source + "-not", function)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        connect(lambda_cloud, source, "nobody")
    connect(lambda_cloud, source, function)
    with pytest.raises(ClientError, match="already exists"):
        connect(lambda_cloud, source, function)


def test_a_mapping_can_be_changed_where_only_its_batch_is_looked_at_again(lambda_cloud: LocalCloud) -> None:
    """Its queue may have been changed meanwhile: tests show their messages again sooner than a function may take."""
    function, source = deploy(lambda_cloud, NOTHING, Timeout=10), make_queue(lambda_cloud)
    mapping = connect(lambda_cloud, source, function)
    lambda_cloud.client("sqs").set_queue_attributes(QueueUrl=source, Attributes={"VisibilityTimeout": "5"})
    changed = lambda_cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    assert changed["State"] == "Disabled"
    with pytest.raises(ClientError, match="batch window"):
        lambda_cloud.client("lambda").update_event_source_mapping(UUID=mapping, BatchSize=11)


def test_a_source_of_which_nothing_here_is_fed_is_refused(lambda_cloud: LocalCloud) -> None:
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"
    with pytest.raises(ClientError, match="Unrecognized event source"):
        connect_stream(lambda_cloud, deploy(lambda_cloud, NOTHING), EventSourceArn=table)


def make_stream(cloud: LocalCloud) -> str:
    name = fresh("stream")
    cloud.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"


def connect_stream(cloud: LocalCloud, function: str, **settings: Any) -> dict[str, Any]:
    given = {"StartingPosition": "TRIM_HORIZON", "FunctionName": function, "Enabled": False, **settings}
    return dict(cloud.client("lambda").create_event_source_mapping(**given))


def kafka_settings(topic: str = "orders", **more: Any) -> dict[str, Any]:
    endpoints = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:9"]}}
    return {"SelfManagedEventSource": endpoints, "Topics": [topic], **more}


def test_mapping_of_a_stream_has_awss_defaults(lambda_cloud: LocalCloud) -> None:
    function, stream = deploy(lambda_cloud, NOTHING), make_stream(lambda_cloud)
    made = connect_stream(lambda_cloud, function, EventSourceArn=stream)
    assert (made["BatchSize"], made["MaximumRetryAttempts"], made["MaximumRecordAgeInSeconds"]) == (100, -1, -1)
    assert (made["StartingPosition"], made["BisectBatchOnFunctionError"]) == ("TRIM_HORIZON", False)
    destination = {"OnFailure": {"Destination": queue_arn(make_queue(lambda_cloud))}}
    changed = lambda_cloud.client("lambda").update_event_source_mapping(
        UUID=made["UUID"], MaximumRetryAttempts=2, BisectBatchOnFunctionError=True, DestinationConfig=destination
    )
    assert (changed["MaximumRetryAttempts"], changed["DestinationConfig"]) == (2, destination)


def test_each_topic_of_a_function_has_a_mapping_and_a_group_of_its_own(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, NOTHING)
    first = connect_stream(lambda_cloud, function, **kafka_settings())
    assert first["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"] == first["UUID"]
    group = {"SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": fresh("group")}}
    connect_stream(lambda_cloud, function, **kafka_settings("others", **group))
    with pytest.raises(ClientError, match="already exists"):
        connect_stream(lambda_cloud, function, **kafka_settings())
    with pytest.raises(ClientError, match="in use"):
        connect_stream(lambda_cloud, function, **kafka_settings("third", **group))


def test_what_aws_refuses_of_streams_is_refused(lambda_cloud: LocalCloud) -> None:
    function, stream = deploy(lambda_cloud, NOTHING), make_stream(lambda_cloud)
    refused: list[tuple[str, dict[str, Any]]] = [
        ("startingPosition", {"EventSourceArn": stream, "StartingPosition": "EARLIEST"}),
        ("startingPosition", {"EventSourceArn": stream, "StartingPosition": "AT_TIMESTAMP"}),
        ("Stream not found", {"EventSourceArn": f"{stream}-not"}),
        ("Exactly one topic", {**kafka_settings(), "Topics": ["a", "b"]}),
        ("KAFKA_BOOTSTRAP_SERVERS", {"Topics": ["orders"], "SelfManagedEventSource": {"Endpoints": {}}}),
    ]
    for said, settings in refused:
        with pytest.raises(ClientError, match=said):
            connect_stream(lambda_cloud, function, **settings)
