"""What a kind of collected sources is, a record of whichever kind, and the rows or the poison that it becomes. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from glue_etl.core.collecting.json_rows import Poison
from glue_etl.core.collecting.payloads import Decoder
from glue_etl.core.documents import Document

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
class CollectedKind:
    """What one kind of collected sources has of its own, in declarations and at work.

    `fields` are those that only its declarations have, `own` reads them; `records` gives all records of an event of Lambda, a
    part's in their order. `ordered`: records have an order, and positions that are remembered; else each has a marker.
    `whole_batches`: Lambda takes no partial answers. `needs_window`: more than FIFO_RECORDS need a window of time.
    """

    name: str
    fields: tuple[str, ...]
    own: Callable[[str, Document], dict[str, Any]]
    records: Callable[[Mapping[str, Any]], list[CollectedRecord]]
    ordered: bool = True
    whole_batches: bool = False
    needs_window: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record's rows as JSON lines, or its poison as one."""

    record: CollectedRecord
    lines: tuple[str, ...]
    poison: bool = False


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


def readable(data: bytes) -> str:
    """Keys and header values are bytes: text where they are that, else marked base64."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(data).decode('ascii')}"


def moment(value: Any, to_milliseconds: int) -> datetime | None:
    """A record's time in UTC; None where it has none (Kafka says -1), or one beyond the calendar."""
    try:
        milliseconds = round(float(value) * to_milliseconds)
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds >= 0 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
