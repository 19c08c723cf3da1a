"""A batch of Kafka records: the event that it makes. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import cast

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Message

from local.lambda_runtime.stream_batch import Entry

_TIMES = {TIMESTAMP_CREATE_TIME: "CREATE_TIME", TIMESTAMP_LOG_APPEND_TIME: "LOG_APPEND_TIME"}


def entry_of(record: Message) -> Entry:
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


def event_of(entries: Iterable[Entry], servers: Sequence[str]) -> str:
    records: dict[str, list[Entry]] = {}
    for entry in entries:
        records.setdefault(f"{entry['topic']}-{entry['partition']}", []).append(entry)
    return json.dumps({"eventSource": "SelfManagedKafka", "bootstrapServers": ",".join(servers), "records": records})
