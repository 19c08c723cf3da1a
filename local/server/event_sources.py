"""What may feed a function, by the service that its ARN names: what AWS fills in, what it refuses, and what moto lacks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.server import kinesis_streams, moto_backends
from local.server.wire import ApiError

Record = dict[str, Any]
GROUP_FIELDS = ("SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig")
_POSITIONS = ("TRIM_HORIZON", "LATEST")
_RETRIES = {
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}


@dataclass(frozen=True)
class SourceKind:
    """What a service's mappings have of their own.

    `defaults` is what AWS fills in, of the source's ARN and the mapping's UUID. `check` raises ApiError for a new record of a
    region that AWS would refuse, `check_batch` for a new or changed one. `install` changes moto, and may be called again.
    """

    batch_size: int
    defaults: Callable[[str, str], Record]
    check: Callable[[str, Record], None]
    check_batch: Callable[[Record], None] = lambda record: None
    install: Callable[[], None] = lambda: None


def kind_of(record: Record) -> SourceKind:
    """Of a mapping's record. Raises ApiError where nothing of the local cloud is fed by such a source."""
    source = str(record.get("EventSourceArn", ""))
    service = source.split(":")[2] if source.count(":") >= 5 else "kafka"
    if service not in KINDS:
        raise ApiError("InvalidParameterValueException", f"Unrecognized event source: {source}")
    return KINDS[service]


def _nothing(source: str, identifier: str) -> Record:
    return {}


def _check_batch(record: Record) -> None:
    if record["BatchSize"] > 10 and not record["MaximumBatchingWindowInSeconds"]:
        message = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        raise ApiError("InvalidParameterValueException", message)


def _check_queue(region: str, record: Record) -> None:
    queue = moto_backends.queue(record["EventSourceArn"])
    if queue is None:
        message = (
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
        raise ApiError("InvalidParameterValueException", message)
    visible, limit = int(queue.visibility_timeout or 0), moto_backends.function(region, record["FunctionArn"]).timeout
    if visible < int(limit):
        message = f"Queue visibility timeout: {visible} seconds is less than Function timeout: {limit} seconds"
        raise ApiError("InvalidParameterValueException", message)


def _retries(source: str, identifier: str) -> Record:
    return dict(_RETRIES)


def _check_position(record: Record) -> None:
    position = record.get("StartingPosition")
    if position not in _POSITIONS:
        message = f"1 validation error detected: Value {position!r} at 'startingPosition' must be one of {_POSITIONS}"
        raise ApiError("InvalidParameterValueException", message)


def _check_stream(region: str, record: Record) -> None:
    _check_position(record)
    if not kinesis_streams.exists(record["EventSourceArn"]):
        raise ApiError("InvalidParameterValueException", f"Stream not found: {record['EventSourceArn']}")


def _group(source: str, identifier: str) -> Record:
    return {GROUP_FIELDS[bool(source)]: {"ConsumerGroupId": identifier}}


def _check_topics(region: str, record: Record) -> None:
    _check_position(record)
    if len(record.get("Topics") or []) != 1:
        raise ApiError("InvalidParameterValueException", "Exactly one topic must be given in Topics")
    endpoints = (record.get("SelfManagedEventSource") or {}).get("Endpoints") or {}
    if "EventSourceArn" not in record and not endpoints.get("KAFKA_BOOTSTRAP_SERVERS"):
        raise ApiError(
            "InvalidParameterValueException", "KAFKA_BOOTSTRAP_SERVERS must be given in SelfManagedEventSource"
        )


KINDS = {
    "sqs": SourceKind(10, _nothing, _check_queue, check_batch=_check_batch),
    "kinesis": SourceKind(100, _retries, _check_stream, install=kinesis_streams.install),
    "kafka": SourceKind(100, _group, _check_topics),
}
