"""ORC of several writers comes back exactly, or is refused with a reason; a damaged file ends no process but its reader's."""

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from pyarrow import orc as writer

from glue_etl.core.errors import FileRejected
from glue_etl.engine import isolated, orc, orc_stripes
from glue_etl.engine.sources import InMemory
from tests.engine.fuzzing import damaged, outcome
from tests.engine.typed_files import IN_ORC, bad_rows, read_whole, sample, tables, told, written

FIXTURES = Path(__file__).parent / "fixtures"


def file_of(table, **options):
    return written(writer.write_table, table, **options)


def one(kind, values, **options):
    return file_of(pa.table({"v": pa.array(values, kind)}), **options)


@settings(max_examples=40)
@given(tables(IN_ORC))
def test_any_table_comes_back_equal_whole_and_in_pieces(table):
    content = file_of(table)
    for piece_bytes in (1 << 30, 1):
        assert read_whole(orc, content, piece_bytes).equals(table)


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "zlib", "lz4", "zstd"])
def test_every_codec_and_many_stripes_are_read_by_pieces(compression):
    table = pa.table({"n": pa.array(range(50_000)), "s": [f"row {n * 7919}" for n in range(50_000)]})
    content = file_of(table, compression=compression, stripe_size=64 * 1024)
    assert read_whole(orc, content, piece_bytes=100_000).equals(table)


def test_nanoseconds_are_text_with_all_digits():
    assert read_whole(orc, one(pa.timestamp("ns"), [1]))["v"].to_pylist() == ["1970-01-01 00:00:00.000000001"]


def test_a_fraction_before_1970_is_kept():
    at = datetime(1950, 6, 1, 0, 0, 0, 250000)
    assert read_whole(orc, one(pa.timestamp("us"), [at]))["v"].to_pylist() == [at]


def test_times_that_pyarrow_would_wrap_are_refused_with_their_column():
    with pytest.raises(FileRejected, match=r"'v'.*before 1677"):
        read_whole(orc, one(pa.timestamp("us"), [datetime(1, 1, 1)]))


def test_old_dates_are_kept_and_the_unknown_calendar_is_told():
    content = one(pa.date32(), [date(1500, 3, 1)])
    assert read_whole(orc, content)["v"].to_pylist() == [date(1500, 3, 1)]
    assert "does not say its calendar" in told(orc, content)
    assert not told(orc, one(pa.date32(), [date(1600, 3, 1)]))


def test_text_that_is_no_utf8_makes_its_row_bad_and_no_other():
    (bad,) = bad_rows(orc, one(pa.string(), pa.array([b"a", b"\xff"]).view(pa.string())))
    assert (bad.place.line, bad.place.raw) == (2, b'{"v": "ff"}')


def test_files_without_rows_or_columns():
    assert read_whole(orc, one(pa.int64(), [])).num_rows == 0


@pytest.mark.parametrize("cut", [1, 4, 30, 1000])
def test_a_truncated_file_is_refused(cut):
    with pytest.raises(FileRejected):
        read_whole(orc, file_of(sample())[:-cut])


def test_damaged_files_are_read_or_refused_and_nothing_else():
    seeds = [file_of(sample(), compression=codec) for codec in ("uncompressed", "zlib", "zstd")]
    outcomes = [outcome(orc, "x", damaged(seeds[n % 3], n)) for n in range(150)]
    assert {"read", "corrupt"} <= set(outcomes)


def killing(source):
    """A reader that ends its process as liborc does."""
    yield pa.RecordBatch.from_pylist([{"a": 1}])
    os.kill(os.getpid(), 11)


def test_a_file_that_kills_its_reader_is_refused_and_the_next_is_read():
    with pytest.raises(FileRejected, match="signal 11"):
        list(isolated.batches(killing, InMemory("x", b"")))
    assert list(isolated.batches(orc_stripes.schema, InMemory("x", one(pa.int64(), [1]))))


def test_spark_writes_every_type():
    rows = read_whole(orc, (FIXTURES / "spark.orc").read_bytes()).to_pylist()
    assert rows[0] == {
        "id": 1,
        "day": date(2024, 5, 1),
        "at": datetime(2024, 5, 1, 10, 0, 0, 123456),
        "amount": Decimal("1.10"),
        "text": "a",
        "list": [1, None],
        "map": [("k", 1)],
        "struct": {"x": 1, "z": "q"},
        "flag": True,
        "share": 1.5,
    }
    assert rows[1]["day"] == date(1500, 3, 1)
    assert rows[1]["at"] == datetime(1950, 6, 1, 0, 0, 0, 250000)
    assert set(rows[2].values()) == {3, None}
