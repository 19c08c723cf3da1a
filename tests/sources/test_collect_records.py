"""Records of streams: any bytes become rows or poison, nothing is lost on the way, and JSON keeps what was written."""

from __future__ import annotations

import base64
import gzip
import io
import json
import uuid
import zlib
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest
from aws_kinesis_agg.aggregator import RecordAggregator  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.avro_schemas import parsed_schema
from glue_etl.core.collecting.declarations import KEPT, Payload
from glue_etl.core.collecting.kinds import records_of
from glue_etl.core.collecting.payloads import NoSchema, decoder
from glue_etl.core.collecting.records import CollectedRecord, Decoded, decode

EVENTS = Path(__file__).parent.parent / "events"
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
SCHEMA = json.dumps(
    {
        "type": "record", "name": "order",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 4}},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "hour", "type": {"type": "long", "logicalType": "time-micros"}},
            {"name": "raw", "type": "bytes"},
            {"name": "ratio", "type": "double"},
            {"name": "tags", "type": {"type": "map", "values": ["null", "string"]}},
        ],
    }
)  # fmt: skip
ORDER = {
    "id": 2**62, "amount": Decimal("1234567890123456789012345678901234.5678"), "at": NOON.replace(microsecond=1),
    "day": date(2024, 3, 5), "hour": time(1, 2, 3, 4), "raw": b"\xff\x00", "ratio": 0.1, "tags": {"a": None, "b": "ü"},
}  # fmt: skip


def avro(value: dict[str, Any], schema: str = SCHEMA) -> bytes:
    target = io.BytesIO()
    fastavro.schemaless_writer(target, fastavro.parse_schema(json.loads(schema)), value)
    return target.getvalue()


def decoded(data: bytes | None, payload: Payload | None = None, keep: tuple[str, ...] = (), **more: Any) -> Decoded:
    record = CollectedRecord("shard-0", "17", NOON, data, "me", **more)
    return decode(record, decoder(payload or Payload(), lambda schema_id: NoSchema("unheard of")), keep)


def row(data: bytes, payload: Payload | None = None, **more: Any) -> Any:
    result = decoded(data, payload, **more)
    assert not result.poison, result.lines
    [line] = result.lines
    return json.loads(line)


def reason(data: bytes | None, payload: Payload | None = None, **more: Any) -> str:
    result = decoded(data, payload, **more)
    assert result.poison, result.lines
    [line] = result.lines
    document = json.loads(line)
    assert document["bytes"] == (None if data is None else base64.b64encode(data).decode())
    assert (document["part"], document["position"], document["key"]) == ("shard-0", "17", "me")
    return str(document["reason"])


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def test_a_kinesis_event_as_aws_documents_it():
    first, second = records_of("kinesis", load("kinesis_records.json"))
    assert (first.part, first.data, first.key) == ("shardId-000000000006", b'{"id": 1}', "1")
    assert first.arrived == datetime(2018, 12, 17, 22, 10, 50, 987000, tzinfo=UTC)
    assert second.order > first.order > 2**128


def test_a_kafka_event_as_aws_documents_it():
    first, tombstone, other = records_of("kafka", load("kafka_records.json"))
    assert (first.part, first.position, first.data) == ("mytopic-0", "15", b'{"id": 1}')
    assert (first.key or "").startswith("base64:")
    assert first.headers == ({"name": "headerKey", "value": "headerValue"}, {"name": "bytes", "value": "base64:/wA="})
    assert (tombstone.data, tombstone.key) == (None, "key")
    assert (other.part, other.arrived, other.day.year) == ("mytopic-1", None, 1970)


def test_an_sqs_event_as_aws_documents_it():
    first, second = records_of("sqs", load("sqs_records.json"))
    assert (first.part, first.position) == ("", "059f36b4-87a3-44ab-83d2-661975830a7d")
    assert first.headers == ({"name": "kind", "value": "order"}, {"name": "token", "value": "base64:/wA="})
    assert second.data == b"Test message."


def test_json_goes_on_as_it_was_written():
    for text in ('{"a": 1e400}', '{"a":0.10000000000000000000001}', '{"a": ' + "9" * 5000 + "}", '{"a":"\\u00fc"}'):
        assert decoded(text.encode()).lines == (text,)
    assert decoded(b'\xef\xbb\xbf\n{"a":\r\n "\\n"}\n').lines == ('{"a":   "\\n"}',)


def test_an_array_of_objects_is_as_many_rows():
    assert decoded(b' [ {"a": [1, {"b": 2.0}]} ,\n{"a":"],"}, {} ]').lines == (
        '{"a": [1, {"b": 2.0}]}',
        '{"a":"],"}',
        "{}",
    )


REFUSED = [
    (None, "tombstone"), (b"", "not JSON"), (b"nothing", "not JSON"), (b"\xff{}", "not UTF-8"), (b"3", "a number"),
    (b'"text"', "a string"), (b"null", "null"), (b"true", "true"), (b"[]", "an empty array"), (b'[{"a":1}, 2]', "a number"),
    (b"[[{}]]", "an array"), (b'{"a":NaN}', "NaN"), (b'{"a":-Infinity}', "-Infinity"), (b'{"a":1,"a":2}', "twice"),
    (b'{"a":{"b":1,"b":1}}', "twice"), (b'{"a":1}{"a":2}', "not JSON"), (b'{"a":"\n"}', "not JSON"),
    (b'{"a":"\\ud800"}', "surrogate"), (b'{"a":' * 101 + b"1" + b"}" * 101, "nested more than 100"),
    (b"[" * 100_000, "nested more than 100"), (b"\x1f\x8b\x08\x00", "cut off"), (b"\x1f\x8b\x08" + b"\xff" * 30, "damaged"),
    (gzip.compress(b'{"a":1}')[:-3], "cut off"), (gzip.compress(b" " * (33 * 1024**2)), "more than 32 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_is_no_object_is_set_aside_with_the_reason(data: bytes | None, said: str):
    assert said in reason(data)


def test_what_json_allows_is_not_refused():
    deep = b'{"a":' * 100 + b'"[[[["' + b"}" * 100
    for data in (b'{"a":"\\ud83d\\ude00"}', deep, b'{"\\u0000":"\\u0000"}', '{"a":"\u2028{"}'.encode()):
        assert decoded(data).lines == (data.decode(),)


def test_gzip_and_base64_are_unpacked():
    packed = gzip.compress(b'{"a":') + gzip.compress(b"1}")
    assert row(packed) == {"a": 1}
    encoded = Payload(encoding="base64")
    assert row(base64.encodebytes(packed), encoded) == {"a": 1}
    assert "not base64" in reason(b"*", encoded)


def test_text_is_one_column():
    assert row("ä\n\x00".encode(), Payload("text")) == {"text": "ä\n\x00"}
    assert row(b"", Payload("text")) == {"text": ""}
    assert "not UTF-8" in reason(b"\xe4", Payload("text"))


def test_kept_columns_are_added_and_never_hide_a_field():
    header = {"name": "h", "value": "v"}
    kept = {
        "stream_key": "me", "stream_headers": [header], "stream_position": "17",
        "stream_timestamp": "2024-03-05T12:00:00.000+00:00",
    }  # fmt: skip
    assert row(b'{"a":1}', keep=KEPT, headers=(header,)) == {"a": 1, **kept}
    assert row(b"{}", keep=("key",)) == {"stream_key": "me"}
    assert row(b"x", Payload("text"), keep=("position",)) == {"text": "x", "stream_position": "17"}
    assert "stream_key itself" in reason(b'{"stream_key":1}', keep=KEPT)


def test_avro_values_keep_all_their_digits():
    assert row(avro(ORDER), Payload("avro", schema=SCHEMA)) == {
        "id": 2**62, "amount": "1234567890123456789012345678901234.5678", "at": "2024-03-05T12:00:00.000001+00:00",
        "day": "2024-03-05", "hour": "01:02:03.000004", "raw": "/wA=", "ratio": 0.1, "tags": {"a": None, "b": "ü"},
    }  # fmt: skip


def test_avro_that_does_not_fit_is_set_aside():
    payload = Payload("avro", schema=SCHEMA)
    assert "does not fit" in reason(avro(ORDER)[:-1], payload)
    assert "1 bytes are left" in reason(avro(ORDER) + b"\x00", payload)
    assert "JSON has not" in reason(avro({**ORDER, "ratio": float("nan")}), payload)
    assert "no record" in reason(b"\x02", Payload("avro", schema='"long"'))
    assert row(gzip.compress(avro(ORDER)), payload)["id"] == 2**62


def test_registered_schemas_are_asked_for_by_the_payloads_header():
    number, version = 7, uuid.UUID("12345678-1234-5678-1234-567812345678")
    known = {str(number): parsed_schema(SCHEMA), str(version): parsed_schema(SCHEMA)}

    def lines(registry: str, data: bytes) -> tuple[str, ...]:
        schemas = decoder(Payload("avro", registry=registry), lambda found: known.get(found, NoSchema("unheard of")))
        return decode(CollectedRecord("", "1", NOON, data), schemas, ()).lines

    body = avro(ORDER)
    plain = decoded(body, Payload("avro", schema=SCHEMA)).lines
    assert lines("http://registry", b"\x00" + number.to_bytes(4, "big") + body) == plain
    assert lines("glue", b"\x03\x00" + version.bytes + body) == plain
    assert lines("glue", b"\x03\x05" + version.bytes + zlib.compress(body)) == plain
    assert "unheard of" in lines("http://registry", b"\x00\x00\x00\x00\x08" + body)[0]
    assert "header of a Confluent" in lines("http://registry", b"\x01\x00\x00\x00\x07" + body)[0]
    assert "header of the AWS Glue" in lines("glue", b"\x03\x04" + version.bytes + body)[0]
    assert "damaged" in lines("glue", b"\x03\x05" + version.bytes + body)[0]


def kinesis_event(*payloads: bytes) -> dict[str, Any]:
    [entry] = load("kinesis_records.json")["Records"][:1]
    entries = []
    for number, data in enumerate(payloads):
        position = str(10**50 + number)
        kinesis = {**entry["kinesis"], "data": base64.b64encode(data).decode(), "sequenceNumber": position}
        entries.append({**entry, "kinesis": kinesis, "eventID": f"shardId-0:{position}"})
    return {"Records": entries}


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=9), st.binary(min_size=1, max_size=300)), min_size=1, max_size=20)
)
def test_what_the_producer_library_packed_is_taken_apart(records: list[tuple[str, bytes]]):
    aggregator = RecordAggregator()
    for key, data in records:
        assert aggregator.add_user_record(key, data) is None
    packed = aggregator.clear_and_get().get_contents()[2]
    found = records_of("kinesis", kinesis_event(packed, b"{}"))
    assert [(r.key, r.data, r.sub) for r in found[:-1]] == [(key, data, n) for n, (key, data) in enumerate(records)]
    assert found[1 if len(records) > 1 else 0].place.startswith(f"{10**50}:")
    assert (found[-1].data, found[-1].sub) == (b"{}", None)


def aggregate(message: bytes) -> bytes:
    import hashlib

    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


@given(st.binary(max_size=200))
def test_an_aggregate_of_any_bytes_is_records_or_poison(message: bytes):
    for record in records_of("kinesis", kinesis_event(aggregate(message))):
        assert decode(record, decoder(Payload(), lambda _: NoSchema("none")), ()).lines


def test_an_aggregate_that_names_a_missing_key_is_set_aside_whole():
    """aws_kinesis_agg drops such records silently."""
    record = b"\x08\x05\x1a\x02{}"
    [found] = records_of("kinesis", kinesis_event(aggregate(b"\x0a\x01k\x1a" + bytes([len(record)]) + record)))
    assert "can't be taken apart" in found.problem
    [wrong_digest] = records_of("kinesis", kinesis_event(b"\xf3\x89\x9a\xc2" + b"\x00" * 20))
    assert "not UTF-8" in decode(wrong_digest, decoder(Payload(), lambda _: NoSchema("none")), ()).lines[0]


PAYLOADS = st.sampled_from(
    [
        Payload(), Payload(encoding="base64"), Payload("text"), Payload("avro", schema=SCHEMA),
        Payload("avro", registry="glue"), Payload("avro", registry="http://registry"),
    ]
)  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
BYTES = (
    st.binary(max_size=200)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=50).map(lambda data: avro(ORDER) + data)
    | st.binary(max_size=50).map(gzip.compress)
    | st.binary(max_size=50).map(lambda data: b"\x00\x00\x00\x00\x07" + data)
)


@given(BYTES, PAYLOADS, st.lists(st.sampled_from(KEPT), unique=True))
def test_any_bytes_are_rows_or_poison(data: bytes, payload: Payload, keep: list[str]):
    schemas = decoder(payload, lambda schema_id: parsed_schema(SCHEMA))
    result = decode(CollectedRecord("p", "1", NOON, data, "k"), schemas, keep)
    assert result.lines
    for line in result.lines:
        assert "\n" not in line and "\r" not in line
        line.encode("utf-8")
        assert isinstance(json.loads(line, parse_constant=pytest.fail), dict)
    if result.poison:
        assert base64.b64decode(json.loads(result.lines[0])["bytes"]) == data


@given(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=5))
def test_a_row_is_the_object_that_was_sent(value: dict[str, Any]):
    text = json.dumps(value, indent=1)
    result = decoded(text.encode())
    if not result.poison:
        assert json.loads(result.lines[0]) == value
    else:
        assert any(word in result.lines[0] for word in ("NaN", "Infinity", "surrogate"))
