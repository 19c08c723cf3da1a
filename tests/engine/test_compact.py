"""Objects that are put together have the rows of theirs: none more, none less, each as it was, in the objects' order."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.engine.compact import compact
from glue_etl.engine.write import PartWriter

KINDS: dict[pa.DataType, Any] = {
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.string(): st.text(max_size=5),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.decimal128(38, 4): st.integers(-(10**30), 10**30).map(lambda n: Decimal(n).scaleb(-4)),
    pa.date32(): st.dates(date(1, 1, 1), date(9999, 12, 31)),
    pa.timestamp("us", "UTC"): st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    pa.list_(pa.int64()): st.lists(st.integers(0, 9), max_size=3),
    pa.struct([("x", pa.int64()), ("y", pa.string())]): st.fixed_dictionaries({"x": st.integers(0, 9), "y": st.text(max_size=2)}),
}  # fmt: skip
NAMES = ("a", "b", "c")


@st.composite
def versions(draw: st.DrawFn) -> list[pa.Schema]:
    """A few versions of a dataset's columns."""
    kinds = st.sampled_from(list(KINDS))
    columns = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
    found = draw(st.lists(columns, min_size=1, max_size=3))
    return [pa.schema([("batch_id", pa.string()), *((name, draw(kinds)) for name in names)]) for names in found]


@st.composite
def files(draw: st.DrawFn) -> list[pa.Table]:
    """Tables of single files, each of one of these versions."""
    schemas = draw(versions())
    found = []
    for n in range(draw(st.integers(1, 6))):
        schema = draw(st.sampled_from(schemas))
        count = draw(st.integers(1, 4))
        columns = [draw(st.lists(st.none() | KINDS[f.type], min_size=count, max_size=count)) for f in schema][1:]
        found.append(pa.table([[f"file-{n}"] * count, *columns], schema=schema))
    return found


@given(files())
def test_rows_are_the_same_each_with_its_file_and_in_order(tables: list[pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects = [_published(table, folder / f"{n}.parquet") for n, table in enumerate(tables)]
        together = compact(objects, folder / "together")
        read = [pq.read_table(path) for path in together.paths]
        before = [pq.read_table(path) for path in objects]
    assert together.rows == sum(together.path_rows) == sum(map(len, tables)) == sum(map(len, read))
    assert _rows(read) == _rows(before), "the same rows, as readers find them"
    assert len(read) == len({str(table.schema) for table in tables}), "as few objects as the columns allow"
    for table in read:
        batches = [row["batch_id"] for row in table.to_pylist()]
        assert batches == sorted(batches), "rows of a file stand together, files in order"
        alike = [each for each in before if each.schema.equals(table.schema)]
        assert table.equals(pa.concat_tables(alike)), "values, types and order"


def test_row_groups_of_large_objects_are_not_held_together(tmp_path: Path) -> None:
    """Three objects of 40 MiB come to row groups of about 64 MiB, whatever their number."""
    table = pa.table({"n": pa.array(range(5_000_000), pa.int64())})
    objects = [_published(table, tmp_path / f"{n}.parquet") for n in range(3)]
    (path,) = compact(objects, tmp_path / "together").paths
    footer = pq.read_metadata(path)
    assert footer.num_rows == 3 * len(table)
    assert footer.num_row_groups == 2


def _published(table: pa.Table, path: Path) -> Path:
    with PartWriter(path) as writer:
        writer.write(table)
    return path


def _rows(tables: list[pa.Table]) -> Counter[str]:
    return Counter(repr(sorted(row.items())) for table in tables for row in table.to_pylist())
