"""Creates or updates what feeds a function: a mapping from a queue, a Kinesis stream or a Kafka topic."""

from __future__ import annotations

from typing import Any

from local.stack import EventSource, Topic


def event_source(client: Any, described: EventSource) -> None:
    """A mapping is known by its function, source and topic; where it starts and what it reads can't be updated."""
    settings = _without_none(
        {
            "BatchSize": described.batch_size,
            "MaximumBatchingWindowInSeconds": described.batching_window_seconds,
            "FunctionResponseTypes": list(described.function_response_types),
            "ScalingConfig": described.maximum_concurrency and {"MaximumConcurrency": described.maximum_concurrency},
            "ParallelizationFactor": described.parallelization_factor,
            "BisectBatchOnFunctionError": described.bisect_batch_on_error,
            "MaximumRetryAttempts": described.maximum_retry_attempts,
            "MaximumRecordAgeInSeconds": described.maximum_record_age_seconds,
            "DestinationConfig": described.dead_letters_arn
            and {"OnFailure": {"Destination": described.dead_letters_arn}},
            "SourceAccessConfigurations": described.topic
            and [{"Type": kind, "URI": uri} for kind, uri in described.topic.access],
        }
    )
    fixed = _without_none(
        {
            "EventSourceArn": described.source_arn or None,
            "StartingPosition": described.starting_position,
            **(_topic(described.topic) if described.topic else {}),
        }
    )
    made = client.list_event_source_mappings(FunctionName=described.function)["EventSourceMappings"]
    there = [m for m in made if all(m.get(name) == fixed.get(name) for name in ("EventSourceArn", "Topics"))]
    if there:
        client.update_event_source_mapping(UUID=there[0]["UUID"], **settings)
    else:
        client.create_event_source_mapping(FunctionName=described.function, **fixed, **settings)


def _topic(described: Topic) -> dict[str, Any]:
    group = {"ConsumerGroupId": described.consumer_group}
    if not described.bootstrap_servers:
        return {"Topics": [described.name], "AmazonManagedKafkaEventSourceConfig": group}
    servers = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": list(described.bootstrap_servers)}}
    return {
        "Topics": [described.name],
        "SelfManagedEventSource": servers,
        "SelfManagedKafkaEventSourceConfig": group,
    }


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
