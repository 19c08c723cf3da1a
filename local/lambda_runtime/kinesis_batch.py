"""A batch of Kinesis records: its event, and from where on the answer gives it back. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.lambda_runtime.stream_batch import Entry


def entry_of(record: Mapping[str, Any], shard: str, stream_arn: str) -> Entry:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion": stream_arn.split(":")[3],
        "eventSourceARN": stream_arn,
    }


def event_of(entries: Sequence[Entry]) -> str:
    return json.dumps({"Records": list(entries)})


def failed_at(payload: str, entries: Sequence[Entry], partial: bool) -> int | None:
    """The first entry to be tried again; None if all is done. What can't be understood gives back the whole batch."""
    if not partial:
        return None
    numbers = {entry["kinesis"]["sequenceNumber"]: place for place, entry in enumerate(entries)}
    try:
        answer = json.loads(payload or "null") or {}
        failed = [numbers[failure["itemIdentifier"]] for failure in answer.get("batchItemFailures") or []]
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0
    return min(failed, default=None)
