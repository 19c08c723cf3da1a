"""Declarations of collected sources (`kind: kinesis`, `kafka`, `sqs`) as frozen values; docs/sources.md is their reference.

Every mistake is found here, before anything is deployed, and is told with the file, the field and what would be allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from glue_etl.core.collecting.avro_schemas import BadSchema, parsed_schema
from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource
from glue_etl.core.sources.declarations import check_name, parsed

COLLECTED = ("kinesis", "kafka", "sqs")
STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST")
PAYLOADS = ("json", "avro", "text")
ENCODINGS = ("none", "base64")
KEPT = ("key", "headers", "position", "timestamp")
SELF_MANAGED_AUTH = ("scram_sha_512", "scram_sha_256", "plain", "mtls")
MSK_AUTH = ("iam", "scram_sha_512")
GLUE_REGISTRY = "glue"

MAX_RECORDS = 10_000
MAX_SECONDS = 300
FIFO_RECORDS = 10
"""Lambda's limits of a batch ("CreateEventSourceMapping", AWS Lambda API reference)."""

_COMMON = ("kind", "description", "batch", "payload", "keep", "vpc")
_FIELDS = {
    "kinesis": (*_COMMON, "stream", "starting_position"),
    "kafka": (
        *_COMMON, "bootstrap_servers", "cluster_arn", "topics", "consumer_group", "auth", "ca_secret", "starting_position",
    ),
    "sqs": (*_COMMON, "queue"),
}  # fmt: skip
_NAMES = {"kinesis": r"[a-zA-Z0-9_.-]{1,128}", "sqs": r"[a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo"}
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_ENDPOINT = re.compile(r"[a-zA-Z0-9.-]+:\d{1,5}")


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
    """What is collected from. `origin` is the Kinesis stream or SQS queue: its name or ARN; "" for Kafka."""

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


def parse_collected(name: str, mapping: Mapping[str, Any], where: str) -> CollectedSource:
    """The source that `mapping` declares under `name`. `where` names the file in complaints."""
    check_name(name, where)
    return parsed(mapping, where, lambda document: _collected(name, document))


def _collected(name: str, document: Document) -> CollectedSource:
    kind = document.one_of("kind", COLLECTED)
    document.only(_FIELDS[kind])
    kinds = {"kinesis": _kinesis, "kafka": _kafka, "sqs": _sqs}
    own = kinds[kind](name, document)
    records, seconds = _batch(document.below("batch"), fifo=str(own.get("origin", "")).endswith(".fifo"), kind=kind)
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


def _kinesis(name: str, document: Document) -> dict[str, Any]:
    return {"origin": _origin(document, "stream", "kinesis"), "starting_position": _starting_position(document)}


def _sqs(name: str, document: Document) -> dict[str, Any]:
    return {"origin": _origin(document, "queue", "sqs")}


def _kafka(name: str, document: Document) -> dict[str, Any]:
    servers, cluster = document.texts("bootstrap_servers"), document.text("cluster_arn", "")
    if bool(servers) == bool(cluster):
        raise BadSource(
            f"{document.where}: exactly one of 'bootstrap_servers' (self-managed Kafka) and 'cluster_arn' (Amazon MSK)"
            " must be given"
        )
    for server in servers:
        if not _ENDPOINT.fullmatch(server):
            raise BadSource(f"{document.where}: field 'bootstrap_servers': {server!r} is not host:port")
    if cluster and not re.fullmatch(r"arn:[\w-]+:kafka:[\w-]+:\d{12}:cluster/.+", cluster):
        raise BadSource(f"{document.where}: field 'cluster_arn' is {cluster!r}. Allowed: the ARN of an MSK cluster")
    ca_secret = document.text("ca_secret", "")
    if cluster and ca_secret:
        raise BadSource(
            f"{document.where}: field 'ca_secret' is for 'bootstrap_servers': Lambda trusts MSK's own authority"
        )
    return {
        "bootstrap_servers": servers,
        "cluster_arn": cluster,
        "topics": _topics(document),
        "consumer_group": document.text("consumer_group", f"glue-etl-{name}"),
        "auth": _auth(document.below("auth"), bool(cluster)),
        "ca_secret": ca_secret,
        "starting_position": _starting_position(document),
    }


def _origin(document: Document, field: str, service: str) -> str:
    value = document.text(field)
    name = value.rpartition("/" if service == "kinesis" else ":")[2] if value.startswith("arn:") else value
    if value.startswith("arn:") and value.split(":")[2] != service:
        raise BadSource(f"{document.where}: field {field!r} is {value!r}. Allowed: a name, or an ARN of {service}")
    if not re.fullmatch(_NAMES[service], name):
        raise BadSource(f"{document.where}: field {field!r} is {value!r}. Allowed: the {field}'s name or ARN")
    return value


def _starting_position(document: Document) -> str:
    return document.one_of("starting_position", STARTING_POSITIONS, "TRIM_HORIZON")


def _topics(document: Document) -> tuple[str, ...]:
    topics = document.texts("topics")
    if not topics or len(set(topics)) < len(topics):
        raise BadSource(f"{document.where}: field 'topics' must be a list of topics, each once, found {list(topics)!r}")
    for topic in topics:
        if not _TOPIC.fullmatch(topic):
            raise BadSource(f"{document.where}: field 'topics': {topic!r} is no name that Kafka allows for a topic")
    return topics


def _auth(document: Document, msk: bool) -> KafkaAuth | None:
    document.only(("type", "secret"))
    if not document.values:
        return KafkaAuth("iam") if msk else None
    kind = document.one_of("type", MSK_AUTH if msk else SELF_MANAGED_AUTH)
    if kind == "iam":
        document.only(("type",))
        return KafkaAuth("iam")
    return KafkaAuth(kind, document.text("secret"))


def _batch(document: Document, fifo: bool, kind: str) -> tuple[int, int]:
    """A FIFO queue's batch has at most ten messages and no window: so Lambda has it."""
    document.only(("records", "seconds"))
    most_records, most_seconds = (FIFO_RECORDS, 0) if fifo else (MAX_RECORDS, MAX_SECONDS)
    records = _whole(document, "records", 1, most_records, most_records)
    seconds = _whole(document, "seconds", 0, most_seconds, min(60, most_seconds))
    if kind == "sqs" and records > FIFO_RECORDS and seconds == 0:
        raise BadSource(
            f"{document.where}: field 'seconds' must be at least 1 where 'records' is over {FIFO_RECORDS}: Lambda asks for"
            " that with SQS"
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
