"""Parquet of several writers comes back exactly, or is refused with a reason that names where."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from glue_etl.core.errors import FileRejected
from glue_etl.engine import avro, orc, parquet
from glue_etl.engine.model import MIB
from tests.engine.fuzzing import damaged, outcome
from tests.engine.typed_files import IN_PARQUET, bad_rows, planned, read_whole, sample, tables, told, written

FIXTURES = Path(__file__).parent / "fixtures"
FAR = pa.timestamp("us")


def file_of(table, **options):
    return written(pq.write_table, table, **options)


def one(kind, values, **options):
    return file_of(pa.table({"v": pa.array(values, kind)}), **options)


@settings(max_examples=60)
@given(tables(IN_PARQUET))
def test_any_table_comes_back_equal_whole_and_in_pieces(table):
    content = file_of(table, row_group_size=max(1, table.num_rows // 3))
    for piece_bytes in (1 << 30, 1):
        assert read_whole(parquet, content, piece_bytes).equals(table)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_every_codec_and_page_version_is_read(compression, version):
    table = pa.table({"n": pa.array(range(1000)), "s": [f"row {n}" for n in range(1000)]})
    content = file_of(table, compression=compression, data_page_version=version, row_group_size=300)
    assert read_whole(parquet, content).equals(table)


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("DELTA_BINARY_PACKED", pa.int64()),
        ("DELTA_BYTE_ARRAY", pa.string()),
        ("DELTA_LENGTH_BYTE_ARRAY", pa.string()),
        ("BYTE_STREAM_SPLIT", pa.float64()),
    ],
)
def test_every_encoding_is_read(encoding, kind):
    table = pa.table({"v": pa.array([None if n % 5 == 0 else n for n in range(500)], pa.int64()).cast(kind)})
    assert read_whole(parquet, file_of(table, use_dictionary=False, column_encoding={"v": encoding})).equals(table)


@pytest.mark.parametrize(
    ("kind", "values", "given_kind", "expected"),
    [
        (pa.uint8(), [255, None], pa.int16(), [255, None]),
        (pa.uint16(), [65535], pa.int32(), [65535]),
        (pa.uint32(), [2**32 - 1], pa.int64(), [2**32 - 1]),
        (pa.uint64(), [2**64 - 1, None], pa.decimal128(20, 0), [Decimal(2**64 - 1), None]),
        (pa.float16(), [1.5, None], pa.float32(), [1.5, None]),
        (pa.decimal128(5, 2), [Decimal("1.10")], pa.decimal128(5, 2), [Decimal("1.10")]),
        (pa.decimal256(38, 2), [Decimal("1.10")], pa.decimal128(38, 2), [Decimal("1.10")]),
        (pa.decimal256(50, 2), [Decimal("1" * 48 + ".10"), None], pa.string(), ["1" * 48 + ".10", None]),
        (pa.time32("ms"), [time(1, 2, 3, 4000)], pa.string(), ["01:02:03.004"]),
        (pa.time64("us"), [time(1, 2, 3, 4), None], pa.string(), ["01:02:03.000004", None]),
        (pa.time64("ns"), [5], pa.string(), ["00:00:00.000000005"]),
        (pa.duration("us"), [7, None], pa.int64(), [7, None]),
        (pa.binary(3), [b"abc", None], pa.binary(), [b"abc", None]),
        (pa.null(), [None], pa.string(), [None]),
        (pa.timestamp("ms"), [0], FAR, [datetime(1970, 1, 1)]),
        (pa.timestamp("us", "Europe/Berlin"), [0], pa.timestamp("us", "UTC"), [datetime(1970, 1, 1, tzinfo=UTC)]),
        (pa.date32(), [date(1, 1, 1), date(1582, 10, 14)], pa.date32(), [date(1, 1, 1), date(1582, 10, 14)]),
        (pa.date64(), [date(2024, 5, 1)], pa.date32(), [date(2024, 5, 1)]),
        (pa.dictionary(pa.int32(), pa.string()), ["a", None, "a"], pa.string(), ["a", None, "a"]),
        (pa.large_string(), ["a"], pa.string(), ["a"]),
        (pa.list_(pa.uint8(), 2), [[1, 2]], pa.list_(pa.field("element", pa.int16())), [[1, 2]]),
        (pa.map_(pa.int32(), pa.uint16()), [[(1, 2)], None, []], pa.map_(pa.int32(), pa.int32()), [[(1, 2)], None, []]),
    ],
)
def test_each_type_is_given_without_losing_a_value(kind, values, given_kind, expected):
    found = read_whole(parquet, one(kind, values))
    assert found.schema.field("v").type == given_kind
    assert found["v"].to_pylist() == expected


def test_nanoseconds_that_are_microseconds_stay_timestamps():
    assert read_whole(parquet, one(pa.timestamp("ns"), [5000, None]))["v"].cast(pa.int64()).to_pylist() == [5, None]


def test_one_nanosecond_in_a_later_piece_makes_the_whole_column_text():
    content = one(pa.timestamp("ns"), [0, 1_000, -1], row_group_size=1)
    expected = ["1970-01-01 00:00:00.000000000", "1970-01-01 00:00:00.000001000", "1969-12-31 23:59:59.999999999"]
    assert read_whole(parquet, content, piece_bytes=1)["v"].to_pylist() == expected
    assert "'v' has nanoseconds" in told(parquet, content)


def test_int96_before_1677_keeps_its_date():
    content = one(FAR, [datetime(1, 1, 1), datetime(9999, 12, 31), None], use_deprecated_int96_timestamps=True)
    assert read_whole(parquet, content)["v"].to_pylist() == [datetime(1, 1, 1), datetime(9999, 12, 31), None]


def test_int96_with_nanoseconds_is_text():
    content = one(pa.timestamp("ns"), [1], use_deprecated_int96_timestamps=True)
    assert read_whole(parquet, content)["v"].to_pylist() == ["1970-01-01 00:00:00.000000001"]


def test_nanoseconds_inside_lists_and_structs_are_looked_at():
    kind = pa.struct([("a", pa.list_(pa.timestamp("ns")))])
    found = read_whole(parquet, one(kind, [{"a": [1, None]}, None]))
    assert found["v"].to_pylist() == [{"a": ["1970-01-01 00:00:00.000000001", None]}, None]


def test_names_that_are_equal_but_for_their_case_are_all_kept():
    table = pa.Table.from_arrays([pa.array([n]) for n in range(4)], ["a", "A", "a", "a_2"])
    content = file_of(table)
    assert read_whole(parquet, content).to_pylist() == [{"a": 0, "A_3": 1, "a_4": 2, "a_2": 3}]
    assert "'A' is called 'A_3'" in told(parquet, content)


def test_duckdb_writes_uuid_interval_enum_and_huge_numbers(tmp_path):
    key, path = uuid.uuid4(), tmp_path / "d.parquet"
    duckdb.sql(
        f"""copy (select '{key}'::uuid k, interval '14 months 3 days 5 seconds' i, 'x'::enum('x', 'y') e, '{{"a":1}}'::json j,
        18446744073709551615::ubigint u, time '01:02:03' t, timestamptz '2024-05-01 10:00:00Z' z,
        timestamp_ns '2024-05-01 10:00:00.123456789' n, [1, null]::integer[] l, map {{1: 'x'}} m, 1.5::decimal(38, 9) d
        ) to '{path}' (format parquet)"""
    )
    (row,) = read_whole(parquet, path.read_bytes()).to_pylist()
    assert row == {
        "k": str(key),
        "i": "P14M3DT5.000S",
        "e": "x",
        "j": '{"a":1}',
        "u": Decimal(2**64 - 1),
        "t": "01:02:03.000000",
        "z": datetime(2024, 5, 1, 10, tzinfo=UTC),
        "n": "2024-05-01 10:00:00.123456789",
        "l": [1, None],
        "m": [(1, "x")],
        "d": Decimal("1.500000000"),
    }


def test_text_that_is_no_utf8_makes_its_row_bad_and_no_other():
    binary = pa.array([b"a", b"\xff\xfe", b"c"])
    content = file_of(pa.table({"id": [1, 2, 3], "v": binary.view(pa.string())}))
    (bad,) = bad_rows(parquet, content)
    assert (bad.place.line, bad.place.raw, bad.code) == (2, b'{"id": 2, "v": "fffe"}', "invalid_bytes")


def test_files_without_rows_or_columns():
    assert read_whole(parquet, one(pa.int64(), [])).num_rows == 0
    with pytest.raises(FileRejected, match="no columns"):
        read_whole(parquet, file_of(pa.table({})))


def test_a_changed_page_is_found_by_its_checksum():
    content = bytearray(
        one(pa.int64(), list(range(1000)), compression="none", use_dictionary=False, write_page_checksum=True)
    )
    content[2000] ^= 1
    with pytest.raises(FileRejected, match=r"row group 1.*CRC"):
        read_whole(parquet, bytes(content))


@pytest.mark.parametrize("cut", [1, 5, 8, 100])
def test_a_truncated_file_is_refused(cut):
    with pytest.raises(FileRejected):
        read_whole(parquet, file_of(sample())[:-cut])


def test_a_footer_longer_than_the_file_is_refused():
    content = file_of(sample())
    with pytest.raises(FileRejected, match="more than the file has"):
        read_whole(parquet, content[:-8] + b"\xff\xff\xff\x7f" + b"PAR1")


def test_damaged_files_are_read_or_refused_and_nothing_else():
    seeds = [file_of(sample(), compression=codec, row_group_size=120) for codec in ("none", "snappy", "zstd")]
    outcomes = [outcome(parquet, "x", damaged(seeds[n % 3], n)) for n in range(240)]
    assert {"read", "corrupt"} <= set(outcomes)


def test_spark_two_dates_are_told_to_be_julian():
    table = pa.table({"d": [date(1500, 1, 1)]}).replace_schema_metadata({"org.apache.spark.version": "2.4.8"})
    assert "Julian" in told(parquet, file_of(table))
    assert "Julian" not in told(parquet, one(pa.date32(), [0]))


def test_spark_writes_every_type():
    rows = read_whole(parquet, (FIXTURES / "spark.parquet").read_bytes()).to_pylist()
    assert (rows[0]["day"], rows[0]["amount"]) == (date(2024, 5, 1), Decimal("1.10"))
    assert (rows[0]["list"], rows[0]["map"], rows[0]["struct"]) == ([1, None], [("k", 1)], {"x": 1, "z": "q"})
    assert rows[0]["at"].replace(tzinfo=None) == datetime(2024, 5, 1, 10, 0, 0, 123456)
    assert rows[1]["day"] == date(1500, 3, 1)
    assert set(rows[2].values()) == {3, None}


def test_spark_in_legacy_mode_is_told():
    content = (FIXTURES / "spark-legacy.parquet").read_bytes()
    assert "Julian" in told(parquet, content)
    assert read_whole(parquet, content)["day"].to_pylist() == [date(1500, 3, 1)]


@pytest.mark.parametrize(("module", "format_"), [(parquet, "parquet"), (orc, "orc"), (avro, "avro")])
def test_spark_writes_short_numbers_binary_and_local_times(module, format_):
    (row,) = read_whole(module, (FIXTURES / f"spark-varied.{format_}").read_bytes()).to_pylist()
    at = datetime(2024, 5, 1, 10)
    # Spark's ORC writer stores a local time as a plain number of microseconds.
    found = (
        datetime(1970, 1, 1) + timedelta(microseconds=row["n"]) if format_ == "orc" else row["n"].replace(tzinfo=None)
    )
    assert {**row, "n": found} == {"v": "ab", "b": 1, "s": 2, "bin": b"\0\xff", "n": at}


def test_a_small_file_of_huge_values_is_given_in_small_chunks():
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * 900_000]))
    source, plan = planned(parquet, file_of(pa.table({"v": values}), compression="zstd"))
    first = next(parquet.read(source, plan, plan.pieces[0]))
    assert 0 < first.rows.nbytes <= 16 * MIB


def test_a_row_group_that_needs_more_memory_than_the_bound_is_refused():
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * 900_000]))
    content = file_of(pa.table({"v": values}), compression="zstd", store_schema=False)
    with pytest.raises(FileRejected) as refused:
        read_whole(parquet, content)
    assert refused.value.code in ("too_large", "corrupt")
