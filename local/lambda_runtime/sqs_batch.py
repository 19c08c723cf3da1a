"""A batch of SQS messages: when it is full, the event it makes, and which messages the answer gives back. No I/O."""

from __future__ import annotations

import base64
import json
from typing import Any

_MAX_PAYLOAD = 6 * 1024 * 1024
_RECORD_OVERHEAD = 1024  # what a record holds beside its body


def payload_bytes(messages: list[dict[str, Any]]) -> int:
    return sum(len(json.dumps(message["Body"])) + _RECORD_OVERHEAD for message in messages)


def split(messages: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The messages in order, in as few events as Lambda's payload limit of 6 MB allows."""
    batches: list[list[dict[str, Any]]] = [[]]
    size = 0
    for message in messages:
        size += payload_bytes([message])
        if size > _MAX_PAYLOAD and batches[-1]:
            batches.append([])
            size = payload_bytes([message])
        batches[-1].append(message)
    return batches


def event(messages: list[dict[str, Any]], source: str) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    return json.dumps({"Records": [_record(m, source) for m in messages]})


def _record(message: dict[str, Any], source: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": {n: _attribute(a) for n, a in (message.get("MessageAttributes") or {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": source.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}
    if "StringValue" in attribute:
        shaped["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shaped["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return shaped


def failed_ids(payload: str, ids: set[str], partial: bool) -> set[str]:
    """The messages that the function gave back. An answer that cannot be understood gives back the whole batch."""
    if not partial:
        return set()
    try:
        answer = json.loads(payload or "null") or {}
        named = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []}
    except (ValueError, TypeError, KeyError, AttributeError):
        return ids
    return named if named <= ids else ids
