"""What all declarations of collected sources have, as frozen values; docs/sources.md is their reference.

What a kind has besides is in the module of its name. Every mistake is found here, before anything is deployed, and is told with
the file, the field and what would be allowed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from glue_etl.core.avro_schemas import BadSchema, parsed_schema
from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource

STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST")
PAYLOADS = ("json", "avro", "text")
ENCODINGS = ("none", "base64")
KEPT = ("key", "headers", "position", "timestamp")
GLUE_REGISTRY = "glue"

MAX_RECORDS = 10_000
MAX_SECONDS = 300
FIFO_RECORDS = 10
"""Lambda's limits of a batch ("CreateEventSourceMapping", AWS Lambda API reference)."""

COMMON = ("kind", "description", "batch", "payload", "keep", "vpc")


@dataclass(frozen=True, slots=True)
class KafkaAuth:
    """How a Kafka cluster knows us; `secret` is a name in Secrets Manager, "" where none is needed."""

    type: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a record's bytes are. Avro has a `schema` (its JSON text) or a `registry` (`glue`, or an address)."""

    type: str = "json"
    encoding: str = "none"
    schema: str = ""
    registry: str = ""


@dataclass(frozen=True, slots=True)
class CollectedSource:
    """What is collected from. `origin` is the stream or queue: its name or ARN; "" where it is none of these."""

    name: str
    kind: str
    description: str = ""
    origin: str = ""
    bootstrap_servers: tuple[str, ...] = ()
    cluster_arn: str = ""
    topics: tuple[str, ...] = ()
    consumer_group: str = ""
    auth: KafkaAuth | None = None
    ca_secret: str = ""
    starting_position: str = ""
    batch_records: int = MAX_RECORDS
    batch_seconds: int = 60
    payload: Payload = Payload()
    keep: tuple[str, ...] = ()
    vpc: bool = False


def declared(kind: str, name: str, document: Document, own: dict[str, Any], needs_window: bool) -> CollectedSource:
    """The source that `document` declares under `name`. `own`: what only its kind has; `needs_window`: see CollectedKind."""
    is_fifo = str(own.get("origin", "")).endswith(".fifo")
    records, seconds = _batch(document.below("batch"), is_fifo, kind if needs_window else "")
    return CollectedSource(
        name=name,
        kind=kind,
        description=document.text("description", ""),
        batch_records=records,
        batch_seconds=seconds,
        payload=_payload(document.below("payload")),
        keep=_keep(document),
        vpc=document.flag("vpc", False),
        **own,
    )


def origin(document: Document, field: str, kind: str, pattern: str, last: str) -> str:
    """The name or ARN in `field`, of the service `kind`. In an ARN the name, which fits `pattern`, is behind the last `last`."""
    value = document.text(field)
    name = value.rpartition(last)[2] if value.startswith("arn:") else value
    if value.startswith("arn:") and value.split(":")[2] != kind:
        raise BadSource(f"{document.where}: field {field!r} is {value!r}. Allowed: a name, or an ARN of {kind}")
    if not re.fullmatch(pattern, name):
        raise BadSource(f"{document.where}: field {field!r} is {value!r}. Allowed: the {field}'s name or ARN")
    return value


def starting_position(document: Document) -> str:
    return document.one_of("starting_position", STARTING_POSITIONS, "TRIM_HORIZON")


def _batch(document: Document, fifo: bool, needing: str) -> tuple[int, int]:
    """A FIFO queue's batch has at most ten messages and no window: so Lambda has it. `needing`: a kind that needs a window."""
    document.only(("records", "seconds"))
    most_records, most_seconds = (FIFO_RECORDS, 0) if fifo else (MAX_RECORDS, MAX_SECONDS)
    records = _whole(document, "records", 1, most_records, most_records)
    seconds = _whole(document, "seconds", 0, most_seconds, min(60, most_seconds))
    if needing and records > FIFO_RECORDS and seconds == 0:
        raise BadSource(
            f"{document.where}: field 'seconds' must be at least 1 where 'records' is over {FIFO_RECORDS}: Lambda asks for"
            f" that with {needing.upper()}"
        )
    return records, seconds


def _whole(document: Document, field: str, low: int, high: int, default: int) -> int:
    value = document.number(field, low, high, default)
    if value != int(value):
        raise BadSource(
            f"{document.where}: field {field!r} must be a whole number from {low} to {high}, found {value!r}"
        )
    return int(value)


def _keep(document: Document) -> tuple[str, ...]:
    keep = document.texts("keep")
    for column in keep:
        if column not in KEPT or keep.count(column) > 1:
            raise BadSource(
                f"{document.where}: field 'keep': {column!r} is unknown or given twice. Allowed: {', '.join(KEPT)}"
            )
    return keep


def _payload(document: Document) -> Payload:
    document.only(("type", "encoding", "schema", "registry"))
    kind = document.one_of("type", PAYLOADS, "json")
    encoding = document.one_of("encoding", ENCODINGS, "none")
    if kind != "avro":
        document.only(("type", "encoding"))
        return Payload(kind, encoding)
    if ("schema" in document.values) == ("registry" in document.values):
        raise BadSource(f"{document.where}: exactly one of 'schema' and 'registry' must be given with type 'avro'")
    if "registry" in document.values:
        return Payload(kind, encoding, registry=_registry(document))
    return Payload(kind, encoding, schema=_schema(document))


def _registry(document: Document) -> str:
    registry = document.text("registry")
    address = urlsplit(registry)
    if registry != GLUE_REGISTRY and (address.scheme not in ("http", "https") or not address.hostname):
        raise BadSource(
            f"{document.where}: field 'registry' is {registry!r}. Allowed: {GLUE_REGISTRY}, or the http(s) address of a"
            " Confluent schema registry"
        )
    if address.username or address.password:
        raise BadSource(
            f"{document.where}: field 'registry' holds a password, which every reader of the file would see"
        )
    return registry.rstrip("/")


def _schema(document: Document) -> str:
    """A schema's JSON text: given as text, or written out in YAML."""
    given = document.values["schema"]
    text = given if isinstance(given, str) else json.dumps(given)
    try:
        parsed_schema(text)
    except BadSchema as error:
        raise BadSource(f"{document.where}: field 'schema' is no Avro schema that can be used: {error}") from error
    return text
