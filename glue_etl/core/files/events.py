"""What arrives in the queues: S3 notifications in their several dresses, and the end of a Glue run.

The arrivals queue carries S3's own notifications (keys URL-encoded), the same inside an SNS envelope, EventBridge's
"Object Created" (keys as they are), S3's test event, and our own requests to dispatch files again or to look who waits.
Deliveries repeat and change order: nothing here may depend on either. Shapes: tests/events/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from glue_etl.core.errors import Terminal
from glue_etl.core.files.model import File

REDISPATCH = "redispatch"
WAKE = "wake"


class BadMessage(Terminal):
    """A message that will never be understood: it belongs in the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One object version that was created, as far as its event tells. `key` is decoded.

    `version_id` is None where the bucket keeps no versions (S3 then sends none, or "null").
    """

    bucket: str
    key: str
    version_id: str | None
    etag: str | None
    size: int | None
    event_time: str


@dataclass(frozen=True, slots=True)
class Redispatch:
    """Our own message: these files are to be dispatched again, for this reason.

    With a `group` they share runs only with each other.
    """

    batch_ids: tuple[str, ...]
    reason: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What one message asks for: some arrivals, or a redispatch, or nothing by itself.

    Nothing: a test event, an event of no interest, or our own request to look which files of the ledger can run now.
    """

    arrivals: tuple[Arrival, ...] = ()
    redispatch: Redispatch | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A Glue run reached `state` (SUCCEEDED, FAILED, TIMEOUT or STOPPED); `message` is Glue's own, or ""."""

    job_name: str
    run_id: str
    state: str
    message: str


def parse_arrivals(body: str) -> ParsedMessage:
    """Read the body of a message of the arrivals queue. Raises BadMessage."""
    document = _unwrapped(body)
    if document.get("Event") == "s3:TestEvent":
        return ParsedMessage()
    if "Records" in document:
        records = _sequence(document, "Records")
        return ParsedMessage(tuple(_from_record(record) for record in records if _is_creation(record)))
    if document.get("source") == "aws.s3":
        return ParsedMessage((_from_eventbridge(document),) if document.get("detail-type") == "Object Created" else ())
    if document.get("glue_etl") == REDISPATCH:
        return ParsedMessage(redispatch=_redispatch(document))
    if document.get("glue_etl") == WAKE:
        return ParsedMessage()
    raise BadMessage(f"Neither an S3 event nor a redispatch; its fields are {_names(document)}")


def parse_run_ended(body: str) -> RunEnded:
    """Read the body of a message of the outcomes queue. Raises BadMessage."""
    document = _unwrapped(body)
    if document.get("detail-type") != "Glue Job State Change":
        raise BadMessage(f"Not a 'Glue Job State Change'; its fields are {_names(document)}")
    detail = _mapping(document, "detail")
    message = detail.get("message") or ""
    return RunEnded(_text(detail, "jobName"), _text(detail, "jobRunId"), _text(detail, "state"), str(message))


def redispatch_message(batch_ids: Sequence[str], reason: str, group: str = "") -> dict[str, object]:
    """The message that parse_arrivals reads back as this Redispatch."""
    return {"glue_etl": REDISPATCH, "batch_ids": list(batch_ids), "reason": reason, "group": group}


def wake_message(reason: str) -> dict[str, object]:
    """Asks dispatch to look which of the files that wait in the ledger can run now."""
    return {"glue_etl": WAKE, "reason": reason}


def arrival_message(file: File) -> dict[str, object]:
    """The S3 notification that should have come of a file ("Event message structure", Amazon S3 User Guide)."""
    described = {"key": quote_plus(file.key), "versionId": file.version_id, "size": file.size, "eTag": file.etag}
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": file.arrived_at,
        "s3": {"bucket": {"name": file.bucket}, "object": described},
    }
    return {"Records": [record]}


def _from_record(record: Mapping[str, Any]) -> Arrival:
    s3 = _mapping(record, "s3")
    bucket, item = _mapping(s3, "bucket"), _mapping(s3, "object")
    return Arrival(
        bucket=_text(bucket, "name"),
        key=unquote_plus(_text(item, "key")),
        version_id=_version(item.get("versionId")),
        etag=_etag(item.get("eTag")),
        size=_size(item.get("size")),
        event_time=_text(record, "eventTime"),
    )


def _from_eventbridge(document: Mapping[str, Any]) -> Arrival:
    detail = _mapping(document, "detail")
    bucket, item = _mapping(detail, "bucket"), _mapping(detail, "object")
    return Arrival(
        bucket=_text(bucket, "name"),
        key=_text(item, "key"),
        version_id=_version(item.get("version-id")),
        etag=_etag(item.get("etag", item.get("eTag"))),  # S3 writes etag, moto eTag
        size=_size(item.get("size")),
        event_time=_text(document, "time"),
    )


def _redispatch(document: Mapping[str, Any]) -> Redispatch:
    batch_ids = _sequence(document, "batch_ids")
    if not all(isinstance(batch_id, str) and batch_id for batch_id in batch_ids):
        raise BadMessage("The batch_ids of a redispatch are texts")
    return Redispatch(tuple(batch_ids), str(document.get("reason") or ""), str(document.get("group") or ""))


def _is_creation(record: object) -> bool:
    if not isinstance(record, Mapping):
        raise BadMessage("A record of an S3 notification is an object")
    return str(record.get("eventName", "")).removeprefix("s3:").startswith("ObjectCreated:")


def _unwrapped(body: str) -> Mapping[str, Any]:
    """The document of a message, without the envelope that SNS puts around it."""
    document = _decoded(body)
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        return _decoded(document["Message"])
    return document


def _decoded(body: str) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"Not JSON ({error}): {body[:100]!r}") from error
    if not isinstance(document, Mapping):
        raise BadMessage(f"Not a JSON object: {body[:100]!r}")
    return document


def _mapping(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = document.get(field)
    if not isinstance(value, Mapping):
        raise BadMessage(f"Field {field!r} is missing or no object; there are {_names(document)}")
    return value


def _sequence(document: Mapping[str, Any], field: str) -> Sequence[Any]:
    value = document.get(field)
    if not isinstance(value, list):
        raise BadMessage(f"Field {field!r} is no list")
    return value


def _text(document: Mapping[str, Any], field: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise BadMessage(f"Field {field!r} is missing or no text; there are {_names(document)}")
    return value


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _version(value: object) -> str | None:
    """None for "null" too: versions of a suspended bucket all carry it, so it names none of them."""
    return None if value == "null" else _optional(value)


def _etag(value: object) -> str | None:
    text = _optional(value)
    return text.strip('"') or None if text else None


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _names(document: Mapping[str, Any]) -> str:
    return ", ".join(sorted(document)[:10]) or "none"
