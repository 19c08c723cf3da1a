"""SQS: declarations of its queues, and the messages of its events.

An event's shape is AWS's ("Using Lambda with Amazon SQS", AWS Lambda Developer Guide; a sample in tests/events). No I/O.
"""

from __future__ import annotations

from typing import Any

from glue_etl.core.collecting.declarations import origin
from glue_etl.core.collecting.records import CollectedKind, CollectedRecord, Event, moment
from glue_etl.core.documents import Document

_NAME = r"[a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo"


def _own(name: str, document: Document) -> dict[str, Any]:
    return {"origin": origin(document, "queue", "sqs", _NAME, ":")}


def _records(event: Event) -> list[CollectedRecord]:
    return [_record(entry) for entry in event.get("Records", [])]


def _record(entry: Event) -> CollectedRecord:
    attributes = entry.get("attributes") or {}
    return CollectedRecord(
        part="",
        position=entry["messageId"],
        arrived=moment(attributes.get("SentTimestamp"), 1),
        data=entry["body"].encode("utf-8", "surrogatepass"),
        key=attributes.get("MessageGroupId"),
        headers=tuple(_header(name, value) for name, value in (entry.get("messageAttributes") or {}).items()),
    )


def _header(name: str, attribute: Event) -> dict[str, Any]:
    binary = attribute.get("binaryValue")
    return {"name": name, "value": attribute.get("stringValue") if binary is None else f"base64:{binary}"}


KIND = CollectedKind("sqs", ("queue",), _own, _records, ordered=False, needs_window=True)
