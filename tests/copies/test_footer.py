"""A Parquet footer read without PyArrow says what PyArrow says: columns in order, their types, rows."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import Terminal
from glue_etl.core.files.parquet_footer import NESTED, footer_bytes, footer_of
from shipping.build import ROOT

TYPES = {
    "boolean": pa.bool_(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "float": pa.float32(),
    "double": pa.float64(), "string": pa.string(), "binary": pa.binary(), "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"), "decimal(9,0)": pa.decimal128(9, 0), "decimal(18,2)": pa.decimal128(18, 2),
    "decimal(38,10)": pa.decimal128(38, 10),
}  # fmt: skip
NESTING = [
    pa.list_(pa.int64()), pa.map_(pa.string(), pa.int64()), pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]),
    pa.list_(pa.struct([("x", pa.list_(pa.decimal128(9, 2)))])),
]  # fmt: skip
columns = st.lists(
    st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9), st.one_of(
        st.sampled_from(list(TYPES.items())), st.sampled_from([(NESTED, kind) for kind in NESTING]),
    )), min_size=1, max_size=40, unique_by=lambda column: column[0],
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(columns, st.integers(0, 3), st.integers(1, 2))
def test_columns_and_rows_are_those_that_were_written(
    found: list[tuple[str, tuple[str, pa.DataType]]], rows: int, groups: int
) -> None:
    schema = pa.schema([(name, kind) for name, (_, kind) in found])
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema, store_decimal_as_integer=True) as writer:
        for _ in range(groups):
            writer.write_table(pa.table([pa.nulls(rows, kind) for _, (_, kind) in found], schema=schema))
    body = sink.getvalue()
    footer = footer_of(body[-footer_bytes(body[-8:]) :])
    assert footer.columns == tuple((name, told) for name, (told, _) in found)
    assert footer.rows == rows * groups


READABLE = [path for path in sorted((ROOT / "tests/cases").glob("*.parquet")) if path.name != "190-int128.parquet"]
"""PyArrow reads no integers of more than 64 bits."""


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_files_of_other_writers_have_the_columns_that_pyarrow_finds(path: Path) -> None:
    body = path.read_bytes()
    footer, known = footer_of(body), pq.ParquetFile(path)
    assert [name for name, _ in footer.columns] == known.schema_arrow.names
    assert footer.rows == known.metadata.num_rows


@pytest.mark.parametrize("body", [b"", b"PAR1", b"a,b\n1,2\n", b"\x01\x00\x00\x00PAR1"])
def test_what_is_no_parquet_is_refused(body: bytes) -> None:
    with pytest.raises(Terminal):
        footer_of(body)


@given(st.integers(0, 10_000))
def test_a_spoilt_footer_is_refused_or_read_but_never_breaks(place: int) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), sink)
    body = bytearray(sink.getvalue())
    start = len(body) - footer_bytes(bytes(body))
    body[start + place % (len(body) - start - 8)] ^= 0x5A
    try:
        footer_of(bytes(body))
    except Terminal:
        return
