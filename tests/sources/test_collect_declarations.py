"""Declarations of streams: what they become, and what a mistake is told as."""

from __future__ import annotations

from typing import Any

import pytest

from glue_etl.core.collecting.declarations import KafkaAuth
from glue_etl.core.collecting.kinds import parse_collected
from glue_etl.core.errors import BadSource

KAFKA = {"kind": "kafka", "bootstrap_servers": ["broker:9092"], "topics": ["orders"]}
KINESIS = {"kind": "kinesis", "stream": "orders"}
CLUSTER = "arn:aws:kafka:us-east-1:123456789012:cluster/demo/abc-1"
RECORD = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "long"}]}


def parse(mapping: dict[str, Any]) -> Any:
    return parse_collected("orders", mapping, "sources/orders.yaml")


def test_kinesis_has_the_documented_defaults():
    source = parse(KINESIS)
    assert (source.origin, source.starting_position) == ("orders", "TRIM_HORIZON")
    assert (source.batch_records, source.batch_seconds) == (10_000, 60)
    assert (source.payload.type, source.payload.encoding, source.keep, source.vpc) == ("json", "none", (), False)


def test_kafka_has_a_group_of_its_own_and_msk_uses_iam():
    assert (parse(KAFKA).consumer_group, parse(KAFKA).auth) == ("glue-etl-orders", None)
    msk = parse({"kind": "kafka", "cluster_arn": CLUSTER, "topics": ["orders"]})
    assert msk.auth == KafkaAuth("iam")
    scram = parse({**KAFKA, "auth": {"type": "scram_sha_256", "secret": "kafka"}, "ca_secret": "authority"})
    assert (scram.auth, scram.ca_secret) == (KafkaAuth("scram_sha_256", "kafka"), "authority")


def test_a_fifo_queue_has_lambdas_limits():
    source = parse({"kind": "sqs", "queue": "orders.fifo"})
    assert (source.batch_records, source.batch_seconds, source.starting_position) == (10, 0, "")


def test_an_inline_schema_may_be_text_or_written_out():
    for schema in (RECORD, '{"type": "record", "name": "r", "fields": []}'):
        assert '"record"' in parse({**KINESIS, "payload": {"type": "avro", "schema": schema}}).payload.schema


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "kinesi"}, r"field 'kind' is 'kinesi' \(did you mean 'kinesis'"),
    ({"kind": "kinesis"}, "field 'stream' must be text"),
    ({**KINESIS, "queue": "x"}, "unknown field 'queue'"),
    ({**KINESIS, "stream": "arn:aws:sqs:us-east-1:123456789012:x"}, "an ARN of kinesis"),
    ({**KINESIS, "stream": "a b"}, "the stream's name or ARN"),
    ({**KINESIS, "starting_position": "AT_TIMESTAMP"}, "Allowed: TRIM_HORIZON, LATEST"),
    ({**KINESIS, "batch": {"records": 10_001}}, "from 1 to 10000"),
    ({**KINESIS, "batch": {"records": 1.5}}, "a whole number"),
    ({**KINESIS, "batch": {"seconds": 301}}, "from 0 to 300"),
    ({**KINESIS, "keep": ["key", "key"]}, "given twice"),
    ({**KINESIS, "payload": {"type": "xml"}}, "Allowed: json, avro, text"),
    ({**KINESIS, "payload": {"type": "json", "schema": "{}"}}, "unknown field 'schema'"),
    ({**KINESIS, "payload": {"type": "avro"}}, "exactly one of 'schema' and 'registry'"),
    ({**KINESIS, "payload": {"type": "avro", "registry": "confluent"}}, "address of a Confluent"),
    ({**KINESIS, "payload": {"type": "avro", "registry": "https://me:word@registry"}}, "holds a password"),
    ({**KINESIS, "payload": {"type": "avro", "schema": {"type": "recor"}}}, "no Avro schema"),
    ({**KINESIS, "payload": {"type": "avro", "schema": "{"}}, "no Avro schema"),
    ({"kind": "kafka", "topics": ["a"]}, "exactly one of 'bootstrap_servers'"),
    ({**KAFKA, "cluster_arn": CLUSTER}, "exactly one of 'bootstrap_servers'"),
    ({**KAFKA, "bootstrap_servers": ["broker"]}, "is not host:port"),
    ({**KAFKA, "topics": []}, "each once"),
    ({**KAFKA, "topics": ["a/b"]}, "no name that Kafka allows"),
    ({**KAFKA, "auth": {"type": "iam"}}, "Allowed: scram_sha_512"),
    ({**KAFKA, "auth": {"type": "plain"}}, "field 'secret' must be text"),
    ({"kind": "kafka", "cluster_arn": CLUSTER, "topics": ["a"], "ca_secret": "x"}, "MSK's own authority"),
    ({"kind": "kafka", "cluster_arn": "arn:x", "topics": ["a"]}, "the ARN of an MSK cluster"),
    ({"kind": "sqs", "queue": "q", "starting_position": "LATEST"}, "unknown field 'starting_position'"),
    ({"kind": "sqs", "queue": "q", "batch": {"records": 11, "seconds": 0}}, "at least 1"),
    ({"kind": "sqs", "queue": "q.fifo", "batch": {"records": 11}}, "from 1 to 10"),
]


@pytest.mark.parametrize(("mapping", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_a_mistake_is_told_with_its_file_and_what_is_allowed(mapping: dict[str, Any], said: str):
    with pytest.raises(BadSource, match=said) as complaint:
        parse(mapping)
    assert str(complaint.value).startswith("sources/orders.yaml")


ENDLESS = [
    {"type": "record", "name": "n", "fields": [{"name": "next", "type": ["null", "n"]}]},
    {"type": "record", "name": "n", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]},
    {
        "type": "record", "name": "n", "namespace": "x.y",
        "fields": [{"name": "a", "type": {"type": "array", "items": {"type": "record", "name": "e", "fields": []}}}],
    },
]  # fmt: skip


@pytest.mark.parametrize("schema", ENDLESS)
def test_a_schema_that_a_few_bytes_can_stop_the_function_with_is_refused(schema: dict[str, Any]):
    with pytest.raises(BadSource, match=r"contains itself|take no bytes"):
        parse({**KINESIS, "payload": {"type": "avro", "schema": schema}})
