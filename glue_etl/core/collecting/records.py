"""Records of the events that Lambda makes of Kinesis, Kafka and SQS, and the rows or the poison that each becomes.

An event's shape is AWS's ("Using Lambda with ...", AWS Lambda Developer Guide; samples in tests/events). No I/O.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from glue_etl.core.collecting.aggregated import unpack
from glue_etl.core.collecting.payloads import Decoder
from glue_etl.core.collecting.rows import Poison

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CollectedRecord:
    """One record: `part` is its shard or its partition ("" for SQS), `position` its place there, in AWS's own words.

    `sub` counts the records of one aggregate. `data` is None where there is no value; `problem` says why it can't be had.
    """

    part: str
    position: str
    arrived: datetime | None
    data: bytes | None
    key: str | None = None
    headers: tuple[Mapping[str, Any], ...] = ()
    sub: int | None = None
    problem: str = ""

    @property
    def place(self) -> str:
        return self.position if self.sub is None else f"{self.position}:{self.sub}"

    @property
    def day(self) -> datetime:
        """When it came to where it was collected from; 1970 where that does not say."""
        return self.arrived or EPOCH

    @property
    def order(self) -> int:
        """Its place among its part's records. Only where records have an order."""
        return int(self.position)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record's rows as JSON lines, or its poison as one."""

    record: CollectedRecord
    lines: tuple[str, ...]
    poison: bool = False


def records_of(kind: str, event: Event) -> list[CollectedRecord]:
    """All records of an event, a part's in their order."""
    return {"kinesis": _kinesis, "kafka": _kafka, "sqs": _sqs}[kind](event)


def decode(record: CollectedRecord, decoder: Decoder, keep: Iterable[str]) -> Decoded:
    """Rows or poison; raises nothing but what a schema registry raises."""
    try:
        if record.problem:
            raise Poison(record.problem)
        return Decoded(record, tuple(decoder.rows(record.data, _kept(record, keep))))
    except Poison as reason:
        return Decoded(record, (_poison_line(record, str(reason)),), poison=True)


def _kept(record: CollectedRecord, keep: Iterable[str]) -> dict[str, Any]:
    values = {
        "key": record.key,
        "headers": list(record.headers) or None,
        "position": record.place,
        "timestamp": _iso(record.arrived),
    }
    return {f"stream_{name}": values[name] for name in keep}


def _poison_line(record: CollectedRecord, reason: str) -> str:
    document = {
        "reason": reason,
        "part": record.part,
        "position": record.place,
        "arrived_at": _iso(record.arrived),
        "key": record.key,
        "headers": list(record.headers) or None,
        "bytes": None if record.data is None else base64.b64encode(record.data).decode("ascii"),
    }
    return json.dumps(document, separators=(",", ":"))


def _kinesis(event: Event) -> list[CollectedRecord]:
    return [record for entry in event.get("Records", []) for record in _of_kinesis(entry)]


def _of_kinesis(entry: Event) -> Iterator[CollectedRecord]:
    """One, or those that the Kinesis Producer Library packed into it."""
    kinesis = entry["kinesis"]
    whole = CollectedRecord(
        part=entry["eventID"].partition(":")[0],
        position=kinesis["sequenceNumber"],
        arrived=_moment(kinesis.get("approximateArrivalTimestamp"), 1000),
        data=base64.b64decode(kinesis["data"]),
        key=kinesis.get("partitionKey"),
    )
    try:
        packed = unpack(whole.data or b"")
    except ValueError as error:
        yield replace(whole, problem=f"it is an aggregate that can't be taken apart: {error}")
        return
    if not packed:
        problem = "" if packed is None else "it is an aggregate without records"
        yield replace(whole, problem=problem)
        return
    for number, one in enumerate(packed):
        yield replace(whole, data=one.data, key=one.key, sub=number)


def _kafka(event: Event) -> list[CollectedRecord]:
    """Within a partition by offset: Lambda lists them so, and the rule of landing rests on it."""
    found = [_of_kafka(entry) for entries in event.get("records", {}).values() for entry in entries]
    return sorted(found, key=lambda record: (record.part, record.order))


def _of_kafka(entry: Event) -> CollectedRecord:
    value, key = entry.get("value"), entry.get("key")
    return CollectedRecord(
        part=f"{entry['topic']}-{entry['partition']}",
        position=str(entry["offset"]),
        arrived=_moment(entry.get("timestamp"), 1),
        data=None if value is None else base64.b64decode(value),
        key=None if key is None else _readable(base64.b64decode(key)),
        headers=tuple(
            _kafka_header(name, value) for header in entry.get("headers") or () for name, value in header.items()
        ),
    )


def _kafka_header(name: str, value: list[int] | None) -> dict[str, Any]:
    """Lambda lists a header's bytes as Java has them, from -128 to 127."""
    return {"name": name, "value": None if value is None else _readable(bytes(byte & 0xFF for byte in value))}


def _sqs(event: Event) -> list[CollectedRecord]:
    return [_of_sqs(entry) for entry in event.get("Records", [])]


def _of_sqs(entry: Event) -> CollectedRecord:
    attributes = entry.get("attributes") or {}
    return CollectedRecord(
        part="",
        position=entry["messageId"],
        arrived=_moment(attributes.get("SentTimestamp"), 1),
        data=entry["body"].encode("utf-8", "surrogatepass"),
        key=attributes.get("MessageGroupId"),
        headers=tuple(_sqs_header(name, value) for name, value in (entry.get("messageAttributes") or {}).items()),
    )


def _sqs_header(name: str, attribute: Event) -> dict[str, Any]:
    binary = attribute.get("binaryValue")
    return {"name": name, "value": attribute.get("stringValue") if binary is None else f"base64:{binary}"}


def _readable(data: bytes) -> str:
    """Keys and header values are bytes: text where they are that, else marked base64."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(data).decode('ascii')}"


def _moment(value: Any, to_milliseconds: int) -> datetime | None:
    """A record's time in UTC; None where it has none (Kafka says -1), or one beyond the calendar."""
    try:
        milliseconds = round(float(value) * to_milliseconds)
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds >= 0 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
