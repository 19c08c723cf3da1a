"""Batches of a stream: the events that they make, their size, and what an answer gives back. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Message

_TIMES = {TIMESTAMP_CREATE_TIME: "CREATE_TIME", TIMESTAMP_LOG_APPEND_TIME: "LOG_APPEND_TIME"}

MAX_PAYLOAD = 6 * 1024 * 1024
_AROUND = 4096
"""What an event holds around its records."""

Entry = dict[str, Any]


class Waiting:
    """Entries that were read and not yet sent, in order, with their sizes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            self._sizes.append(len(json.dumps(entry)) + 2)

    def fitting(self, limit: int) -> int:
        """How many of the first entries make one event: at most `limit`, and 6 MB; at least one."""
        size = _AROUND
        for number, more in enumerate(self._sizes[:limit]):
            size += more
            if size > MAX_PAYLOAD:
                return max(1, number)
        return min(limit, len(self._sizes))

    def take(self, count: int) -> list[Entry]:
        taken, self._entries, self._sizes = self._entries[:count], self._entries[count:], self._sizes[count:]
        return taken


def kinesis_entry(record: Mapping[str, Any], shard: str, stream_arn: str) -> Entry:
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


def kinesis_event(entries: Sequence[Entry]) -> str:
    return json.dumps({"Records": list(entries)})


def kinesis_failed_at(payload: str, entries: Sequence[Entry], partial: bool) -> int | None:
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


def kafka_entry(record: Message) -> Entry:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html; a header's bytes are Java's, from -128 to 127."""
    kind, milliseconds = record.timestamp()
    headers = cast(list[tuple[str, bytes | None]], record.headers() or [])
    entry: Entry = {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "timestamp": milliseconds,
        "timestampType": _TIMES.get(kind, "NO_TIMESTAMP_TYPE"),
        "headers": [{name: _signed(value)} for name, value in headers],
    }
    given = {"key": record.key(), "value": record.value()}
    return entry | {name: base64.b64encode(data).decode() for name, data in given.items() if data is not None}


def _signed(value: bytes | None) -> list[int] | None:
    return None if value is None else [byte - 256 if byte > 127 else byte for byte in value]


def kafka_event(entries: Iterable[Entry], servers: Sequence[str]) -> str:
    records: dict[str, list[Entry]] = {}
    for entry in entries:
        records.setdefault(f"{entry['topic']}-{entry['partition']}", []).append(entry)
    return json.dumps({"eventSource": "SelfManagedKafka", "bootstrapServers": ",".join(servers), "records": records})
