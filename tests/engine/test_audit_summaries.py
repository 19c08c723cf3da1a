"""Summaries of columns: what they say of each file equals what a look at that file alone says, and they cost one query."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.files.summaries import BINS, MOST_SUMMARISED, ColumnSummary
from glue_etl.engine.audit import FileRows, audit
from glue_etl.engine.write import PartWriter, written_at
from tests.engine.test_audit import staged

PLAIN = pa.table(
    {
        "id": [3, 1, 2, None],
        "name": ["b", "a", None, "a"],
        "paid": pa.array([Decimal("1.50"), Decimal("-2.00"), None, Decimal("7.25")], pa.decimal128(9, 2)),
        "on": [date(2024, 1, 1), None, date(2024, 1, 31), date(2024, 1, 2)],
        "ok": [True, False, True, None],
        "tags": [["x"], [], None, ["y"]],
    }
)


def summarised(folder: Path, rows: int = MOST_SUMMARISED, **tables: pa.Table) -> dict[str, dict[str, ColumnSummary]]:
    """By file and column."""
    names = list(dict.fromkeys(name for table in tables.values() for name in table.column_names))
    found = audit(staged(folder, tables), (), names, summarised=rows)
    return {file: {each.name: each for each in found.summary(file)} for file in tables}


def test_a_column_is_told_by_its_counts_its_ends_and_its_shape(tmp_path: Path) -> None:
    found = summarised(tmp_path, a=PLAIN)["a"]
    assert {n: (p.type, p.rows, p.nulls, p.distinct) for n, p in found.items()} == {
        "id": ("bigint", 4, 1, 3),
        "name": ("string", 4, 1, 2),
        "paid": ("decimal(9,2)", 4, 1, 3),
        "on": ("date", 4, 1, 3),
        "ok": ("boolean", 4, 1, 2),
        "tags": ("array<string>", 4, 1, 0),
    }
    assert [(p.least, p.greatest) for p in found.values()] == [
        ("1", "3"), ("a", "b"), ("-2.00", "7.25"), ("2024-01-01", "2024-01-31"), ("false", "true"), ("", ""),
    ]  # fmt: skip
    assert found["id"].bins == (1, *[0] * 5, 1, *[0] * 4, 1)
    assert (found["on"].bins[0], found["on"].bins[-1], sum(found["on"].bins)) == (2, 1, 3)
    assert (found["name"].top, found["ok"].top) == ((("a", 2), ("b", 1)), (("true", 2), ("false", 1)))
    assert [n for n, p in found.items() if p.is_text] == ["name", "tags"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
whole = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | texts,
        st.none() | st.dates(),
        st.none() | st.just("x" * 5000),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(whole, min_size=1, max_size=3))
def test_ends_that_a_footer_says_are_those_of_all_values(
    tmp_path_factory: pytest.TempPathFactory, groups: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("ends") / "a.parquet"
    schema = pa.schema([("n", pa.int64()), ("t", pa.string()), ("d", pa.date32()), ("long", pa.string())])
    with PartWriter(path) as writer:
        for rows in groups:
            writer.write(pa.table(list(zip(*rows, strict=True)), schema=schema))
            writer._flush()  # a row group of its own
    written = written_at(path)
    files = {
        "told": FileRows(schema, (str(path),), ends=written.ends),
        "counted": FileRows(schema, (str(path),)),
    }
    found = [audit({name: file}, (), schema.names, summarised=4).summary(name) for name, file in files.items()]
    assert found[0] == found[1]
    assert "long" not in written.ends


def test_each_file_has_its_own_and_one_without_rows_has_columns_too(tmp_path: Path) -> None:
    other = pa.table({"id": [100, 200], "name": ["z", "z"]})
    apart = pa.table({"id": [5, 5], "name": [None, None]}, schema=other.schema)
    found = summarised(tmp_path, one=PLAIN.select(["id", "name"]), other=other, apart=apart, none=other.slice(0, 0))
    assert {f: (p["id"].low, p["id"].high, sum(p["id"].bins)) for f, p in found.items()} == {
        "one": (1, 3, 3), "other": (100, 200, 2), "apart": (None, None, 0), "none": (None, None, 0),
    }  # fmt: skip
    assert [p["name"].top for p in found.values()] == [(("a", 2), ("b", 1)), (("z", 2),), (), ()]
    assert found["none"]["id"] == ColumnSummary("id", "bigint")


def test_it_costs_one_query_whatever_the_files_and_nothing_where_nobody_asks(tmp_path: Path) -> None:
    def queries(number: int, wanted: int) -> int:
        folder = tmp_path / f"{number}-{wanted}"
        folder.mkdir()
        files = staged(folder, {f"f{n}": PLAIN for n in range(number)})
        return audit(files, (), PLAIN.column_names, summarised=wanted).queries

    assert (queries(1, 0), queries(1, 50), queries(40, 50)) == (1, 2, 2)


def test_the_shape_of_a_large_file_is_that_of_a_sample_and_always_the_same(tmp_path: Path) -> None:
    large = pa.table({"id": range(450_000), "kind": ["a", "b", "b"] * 150_000})
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    found = summarised(one, large=large, small=large.slice(0, 600))
    assert found == summarised(two, large=large, small=large.slice(0, 600))
    ids, kinds = found["large"]["id"], found["large"]["kind"]
    assert (ids.rows, ids.nulls, ids.least, ids.greatest) == (450_000, 0, "0", "449999")
    assert 85_000 < sum(ids.bins) < 95_000 and max(ids.bins) < 1.1 * min(ids.bins)
    assert 1.9 < dict(kinds.top)["b"] / dict(kinds.top)["a"] < 2.1
    assert (sum(found["small"]["id"].bins), found["small"]["kind"].top) == (600, (("b", 400), ("a", 200)))


def test_no_more_columns_than_asked_for(tmp_path: Path) -> None:
    assert list(summarised(tmp_path, 2, a=PLAIN)["a"]) == ["id", "name"]


def test_many_values_of_text_are_not_listed(tmp_path: Path) -> None:
    many = pa.table({"name": [f"n{n}" for n in range(500)]})
    assert summarised(tmp_path, a=many)["a"]["name"].top == ()


def test_long_values_are_cut(tmp_path: Path) -> None:
    found = summarised(tmp_path, a=pa.table({"name": ["x" * 10_000, "y" * 10_000]}))["a"]["name"]
    assert (found.least, found.top[0][0]) == ("x" * 60, "x" * 60)


_KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "double": (pa.float64(), st.floats()),
    "bigint": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "decimal": (pa.decimal128(38, 4), st.decimals(-(10**33), 10**33, places=4)),
    "timestamp": (pa.timestamp("us", "UTC"), st.datetimes(timezones=st.just(UTC))),
    "date": (pa.date32(), st.dates()),
    "text": (pa.string(), st.text()),
    "boolean": (pa.bool_(), st.booleans()),
}


@pytest.mark.parametrize("kind", _KINDS)
def test_whatever_the_values_the_counts_add_up(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    type_, values = _KINDS[kind]

    @given(st.lists(st.none() | values, max_size=30))
    def check(given_values: list[Any]) -> None:
        table = pa.table({"x": pa.array(given_values, type_)})
        found = summarised(tmp_path_factory.mktemp("p"), a=table)["a"]["x"]
        there = [v for v in given_values if v is not None]
        assert (found.rows, found.nulls) == (len(given_values), len(given_values) - len(there))
        assert found.distinct <= len(there) and len(found.bins) in (0, BINS)
        if found.bins:
            assert sum(found.bins) == sum(not isinstance(v, float) or math.isfinite(v) for v in there)
        if found.top:
            assert sum(count for _, count in found.top) == len(there)
        assert ColumnSummary.from_json(json.loads(json.dumps(found.to_json()))) == found

    check()


def test_times_are_those_of_utc(tmp_path: Path) -> None:
    moments = pa.array([datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    found = summarised(tmp_path, a=pa.table({"at": moments}))["a"]["at"]
    assert (found.low, found.high) == (1704067200.0, 1704153600.0)
    assert found.least.startswith("2024-01-01 00:00:00")
