"""Kafka, self-managed or Amazon MSK: declarations of its topics, and the records of its events.

An event's shape is AWS's ("Using Lambda with Kafka", AWS Lambda Developer Guide; a sample in tests/events). No I/O.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from glue_etl.core.collecting.declarations import KafkaAuth, starting_position
from glue_etl.core.collecting.records import CollectedKind, CollectedRecord, Event, moment, readable
from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource

SELF_MANAGED_AUTH = ("scram_sha_512", "scram_sha_256", "plain", "mtls")
MSK_AUTH = ("iam", "scram_sha_512")
_FIELDS = (
    "bootstrap_servers", "cluster_arn", "topics", "consumer_group", "auth", "ca_secret", "starting_position",
)  # fmt: skip
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_ENDPOINT = re.compile(r"[a-zA-Z0-9.-]+:\d{1,5}")


def _own(name: str, document: Document) -> dict[str, Any]:
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
        "starting_position": starting_position(document),
    }


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


def _records(event: Event) -> list[CollectedRecord]:
    """Within a partition by offset: Lambda lists them so, and the rule of landing rests on it."""
    found = [_record(entry) for entries in event.get("records", {}).values() for entry in entries]
    return sorted(found, key=lambda record: (record.part, record.order))


def _record(entry: Event) -> CollectedRecord:
    value, key = entry.get("value"), entry.get("key")
    return CollectedRecord(
        part=f"{entry['topic']}-{entry['partition']}",
        position=str(entry["offset"]),
        arrived=moment(entry.get("timestamp"), 1),
        data=None if value is None else base64.b64decode(value),
        key=None if key is None else readable(base64.b64decode(key)),
        headers=tuple(_header(name, value) for header in entry.get("headers") or () for name, value in header.items()),
    )


def _header(name: str, value: list[int] | None) -> dict[str, Any]:
    """Lambda lists a header's bytes as Java has them, from -128 to 127."""
    return {"name": name, "value": None if value is None else readable(bytes(byte & 0xFF for byte in value))}


KIND = CollectedKind("kafka", _FIELDS, _own, _records, whole_batches=True)
