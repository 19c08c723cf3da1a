"""Avro of several writers comes back exactly, by either of the two decoders, or is refused with the byte of the damage."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import cramjam
import fastavro
import pytest
import zstandard
from fastavro._write_py import BLOCK_WRITERS
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.engine import avro
from glue_etl.engine.avro_blocks import read_header
from glue_etl.engine.sources import InMemory
from tests.engine.fuzzing import damaged, outcome
from tests.engine.typed_files import bad_rows, planned, read_whole, told

FIXTURES = Path(__file__).parent / "fixtures"
PLAIN = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    "string": st.text(max_size=12),
    "bytes": st.binary(max_size=12),
}
KINDS = [
    *PLAIN.items(),
    ({"type": "enum", "name": "e", "symbols": ["A", "B"]}, st.sampled_from("AB")),
    ({"type": "fixed", "name": "f", "size": 3}, st.binary(min_size=3, max_size=3)),
    ({"type": "int", "logicalType": "date"}, st.dates(date(1, 1, 1), date(9999, 12, 31))),
    (
        {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2},
        st.decimals(-(10**15), 10**15, places=2),
    ),
    (
        {"type": "long", "logicalType": "timestamp-micros"},
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC)),
    ),
]
NESTED = [({"type": "array", "items": "int"}, st.lists(st.integers(0, 9), max_size=3))]


def file_of(fields, rows, codec="null", sync_interval=16000):
    out = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields.items()]}
    fastavro.writer(out, schema, rows, codec=codec, sync_interval=sync_interval)
    return out.getvalue()


def one(kind, values, **options):
    return file_of({"v": kind}, [{"v": value} for value in values], **options)


@st.composite
def files(draw, kinds):
    """Fields, rows, and the bytes of a file with blocks of some records each."""
    fields, values = {}, {}
    for n, (kind, some) in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5))):
        kind = {**kind, "name": f"{kind['name']}{n}"} if isinstance(kind, dict) and "name" in kind else kind
        union = draw(st.sampled_from([None, ["null", kind], [kind, "null"]]))
        fields[f"Column {n}"] = union or kind
        values[f"Column {n}"] = st.none() | some if union else some
    rows = draw(st.lists(st.fixed_dictionaries(values), max_size=80))
    return rows, file_of(fields, rows, sync_interval=draw(st.sampled_from([1, 30, 10_000])))


@settings(max_examples=80)
@given(files(KINDS))
def test_flat_records_come_back_equal_whole_and_in_pieces(file):
    rows, content = file
    for piece_bytes in (1 << 30, 100):
        assert read_whole(avro, content, piece_bytes).to_pylist() == rows


@settings(max_examples=40)
@given(files([*KINDS, *NESTED]))
def test_nested_records_come_back_equal(file):
    rows, content = file
    assert read_whole(avro, content, 200).to_pylist() == rows


@settings(max_examples=40)
@given(files(KINDS))
def test_both_decoders_give_the_same(file):
    _, content = file
    by_lanes = read_whole(avro, content)
    fewest, avro.FEWEST_LANES = avro.FEWEST_LANES, 10**9
    try:
        assert read_whole(avro, content).equals(by_lanes)
    finally:
        avro.FEWEST_LANES = fewest


def compressed(codec: str) -> bytes:
    """A file of one block: fastavro needs more libraries than the engine does, so the block is compressed here."""
    plain = one("string", ["some text"] * 500, sync_interval=10**9)
    header = read_header(InMemory("x", plain))
    body = plain[header.end : -16]
    size = body.index(b"\x12some text")
    payload = body[size:]
    packed = zstandard.compress(payload) if codec == "zstandard" else _snappy(payload)
    return plain[: header.end - 16].replace(b"\x08null", _long(len(codec)) + codec.encode()) + b"".join(
        (header.sync, _long(500), _long(len(packed)), packed, header.sync)
    )


def _long(value: int) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "long", value)
    return out.getvalue()


def _snappy(payload: bytes) -> bytes:
    import zlib

    return bytes(cramjam.snappy.compress_raw(payload)) + zlib.crc32(payload).to_bytes(4, "big")


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_codecs_of_fastavro_are_read(codec):
    assert codec in BLOCK_WRITERS
    rows = [{"v": f"text {n}"} for n in range(2000)]
    assert read_whole(avro, file_of({"v": "string"}, rows, codec=codec)).to_pylist() == rows


@pytest.mark.parametrize("codec", ["snappy", "zstandard"])
def test_snappy_and_zstandard_are_read(codec):
    assert read_whole(avro, compressed(codec))["v"].to_pylist() == ["some text"] * 500


def test_an_unknown_codec_is_named():
    content = one("int", [1]).replace(b"\x08null", b"\x06lz4")
    with pytest.raises(FileRejected, match="'lz4'"):
        read_whole(avro, content)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ({"type": "int", "logicalType": "time-millis"}, 3723004, "01:02:03.004"),
        ({"type": "long", "logicalType": "time-micros"}, 3723000004, "01:02:03.000004"),
        ({"type": "long", "logicalType": "timestamp-millis"}, 1, datetime(1970, 1, 1, 0, 0, 0, 1000, UTC)),
        ({"type": "long", "logicalType": "local-timestamp-micros"}, 1, datetime(1970, 1, 1, 0, 0, 0, 1)),
        ({"type": "long", "logicalType": "timestamp-nanos"}, 1, "1970-01-01 00:00:00.000000001Z"),
        ({"type": "long", "logicalType": "timestamp-nanos"}, 1000, datetime(1970, 1, 1, 0, 0, 0, 1, UTC)),
        ({"type": "string", "logicalType": "uuid"}, "a-b", "a-b"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 40, "scale": 1}, b"\xf6", "-1.0"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 90, "scale": 1}, b"\x0a", "1.0"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1}, b"\0" * 20 + b"\x0a", Decimal("1.0")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1}, b"\xf6", Decimal("-1.0")),
        ({"type": "map", "values": "int"}, {"a": 1}, [("a", 1)]),
        ({"type": "array", "items": {"type": "map", "values": "string"}}, [{"a": "b"}], [[("a", "b")]]),
        (["int", "string"], 5, "5"),
        (["null", "int", "string"], "x", '"x"'),
        ({"type": "record", "name": "s", "fields": []}, {}, "{}"),
        ({"type": "int", "logicalType": "unheard-of"}, 7, 7),
    ],
)
@pytest.mark.parametrize("count", [1, 40])
def test_each_type_is_given_without_losing_a_value(kind, raw, expected, count):
    plain = json.loads(json.dumps(kind).replace("logicalType", "unknown"))
    content = one(plain, [raw] * count, sync_interval=1)
    header = read_header(InMemory("x", content))
    schema = json.dumps({"type": "record", "name": "r", "fields": [{"name": "v", "type": kind}]}).encode()
    metadata = b"\x04" + _text(b"avro.schema") + _text(schema) + _text(b"avro.codec") + _text(b"null") + b"\0"
    content = b"Obj\x01" + metadata + header.sync + content[header.end :]
    assert read_whole(avro, content)["v"].to_pylist() == [expected] * count


def _text(content: bytes) -> bytes:
    return _long(len(content)) + content


def test_an_avro_uuid_and_duration_of_fixed_bytes_are_text():
    fields = {
        "u": {"type": "fixed", "name": "u", "size": 16, "logicalType": "uuid"},
        "d": {"type": "fixed", "name": "d", "size": 12, "logicalType": "duration"},
    }
    rows = [{"u": bytes(range(16)), "d": bytes([1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0])}]
    plain = {name: {k: v for k, v in kind.items() if k != "logicalType"} for name, kind in fields.items()}
    content = file_of(plain, rows)
    header = read_header(InMemory("x", content))
    schema = json.dumps({"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields.items()]})
    metadata = b"\x02" + _text(b"avro.schema") + _text(schema.encode()) + b"\0"
    found = read_whole(avro, b"Obj\x01" + metadata + header.sync + content[header.end :])
    assert found.to_pylist() == [{"u": "00010203-0405-0607-0809-0a0b0c0d0e0f", "d": "P1M2DT0.005S"}]


def test_values_that_are_no_records_are_one_column():
    out = io.BytesIO()
    fastavro.writer(out, "string", ["a", "b"])
    assert read_whole(avro, out.getvalue()).to_pylist() == [{"value": "a"}, {"value": "b"}]


def test_unions_are_told():
    assert "union" in told(avro, one(["int", "string"], [1]))


@pytest.mark.parametrize("sync_interval", [1, 10**6])
def test_text_that_is_no_utf8_makes_its_row_bad_and_no_other(sync_interval):
    content = one("string", ["a"] * 50 + ["zz"] + ["b"] * 50, sync_interval=sync_interval)
    (bad,) = bad_rows(avro, content.replace(b"\x04zz", b"\x04\xff\xfe"))
    assert (bad.place.line, bad.place.raw) == (51, b'{"v": "fffe"}')


def test_a_recursive_schema_is_refused_with_its_reason():
    node = {"type": "record", "name": "n", "fields": [{"name": "next", "type": ["null", "n"]}]}
    with pytest.raises(FileRejected, match="contains itself"):
        read_whole(avro, one(node, [{"next": None}]))


def test_a_sync_marker_inside_a_block_is_found_and_nothing_is_read_twice():
    content = one("bytes", [b"x" * 16] * 200, sync_interval=10_000)
    sync = read_header(InMemory("x", content)).sync
    content = content.replace(b"x" * 16, sync, 150)
    with pytest.raises(FileRejected):
        planned(avro, content, piece_bytes=700)


@pytest.mark.parametrize("cut", [1, 16, 17, 200])
def test_a_truncated_file_is_refused(cut):
    with pytest.raises(FileRejected, match="byte"):
        read_whole(avro, one("string", ["text"] * 500)[:-cut])


def test_damaged_files_are_read_or_refused_and_nothing_else():
    fields = {"n": ["null", "long"], "s": "string", "e": {"type": "enum", "name": "e", "symbols": ["A"]}}
    rows = [{"n": n if n % 3 else None, "s": "x" * (n % 7), "e": "A", "l": [n]} for n in range(300)]
    nested = {**fields, "l": {"type": "array", "items": "int"}, "u": ["int", "string", "null"]}
    seeds = [
        file_of(kinds, [{**row, "u": row["n"]} for row in rows], codec=codec, sync_interval=100)
        for kinds in (fields, nested)
        for codec in ("null", "deflate")
    ]
    outcomes = [outcome(avro, "x", damaged(seeds[n % 4], n, tail=10**6)) for n in range(400)]
    assert {"read", "corrupt"} <= set(outcomes)


def test_spark_writes_every_type():
    rows = read_whole(avro, (FIXTURES / "spark.avro").read_bytes()).to_pylist()
    assert rows[0]["at"] == datetime(2024, 5, 1, 10, 0, 0, 123456, UTC)
    assert (rows[0]["day"], rows[0]["amount"]) == (date(2024, 5, 1), Decimal("1.10"))
    assert (rows[0]["list"], rows[0]["map"]) == ([1, None], [("k", 1)])
    assert rows[1]["day"] == date(1500, 3, 1)
    assert set(rows[2].values()) == {3, None}
