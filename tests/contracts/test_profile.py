"""Profiles: what they say of a file, that merging them is a law, and that they stay small."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.datasets import profile as bounds
from glue_etl.core.datasets.profile import ColumnProfile, Profile, merge, merged
from glue_etl.engine.audit.model import FileRows
from glue_etl.engine.profile import profile_file

TYPES = {
    "int": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=True),
    "decimal(9,2)": st.decimals(-9999, 9999, places=2),
    "string": st.text(alphabet="ab AZ09-\u00e9'", max_size=6),
    "date": st.dates(date(1, 1, 1)),
    "timestamp": st.datetimes(datetime(1, 1, 1)),
    "boolean": st.booleans(),
}
ARROW = {
    "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(), "decimal(9,2)": pa.decimal128(9, 2), "string": pa.string(),
    "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"), "boolean": pa.bool_(),
}  # fmt: skip


def profiled(columns: dict[str, tuple[str, list[Any]]]) -> Profile:
    table = pa.table({name: pa.array(values, ARROW[type_]) for name, (type_, values) in columns.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.parquet")
        pq.write_table(table, path)
        return profile_file(FileRows(table.schema, (path,)), table.schema.names)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, tuple[str, list[Any]]]:
    """One file: some of the columns a, b, c, each of a type that differs from file to file."""
    names = draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True))
    rows = draw(st.integers(0, 12))
    columns = {}
    for name in names:
        type_ = draw(st.sampled_from(sorted(TYPES)))
        columns[name] = (type_, draw(st.lists(st.none() | TYPES[type_], min_size=rows, max_size=rows)))
    return columns


def same(one: Profile, other: Profile) -> bool:
    """Equal but for the order of columns."""
    return in_order(one) == in_order(other)


def in_order(profile: Profile) -> Profile:
    return replace(profile, columns=tuple(sorted(profile.columns, key=lambda c: c.name)))


@settings(max_examples=25, deadline=None)
@given(st.lists(tables(), min_size=3, max_size=3))
def test_profiles_merge_in_any_order_and_grouping(files: list[dict[str, tuple[str, list[Any]]]]) -> None:
    one, two, three = (profiled(file) for file in files)
    whole = merge(merge(one, two), three)
    assert same(whole, merge(one, merge(two, three)))
    assert same(whole, merged([three, one, two]))
    assert merge(Profile(), one) == one == merge(one, Profile())
    assert Profile.from_json(json.loads(json.dumps(whole.to_json()))) == whole


columns_of_counts = st.builds(
    lambda values: ColumnProfile("a", ("string",), 1, 9, 0, 0, (), (), values, values, (1, 2)),
    st.none() | st.dictionaries(st.text("abc", max_size=2), st.integers(1, 3), max_size=4),
)


@given(st.lists(columns_of_counts, min_size=3, max_size=3))
def test_what_grows_beyond_its_bound_is_given_up_in_any_order(columns: list[ColumnProfile]) -> None:
    before = bounds.VALUES_KEPT, bounds.SHAPES_KEPT
    bounds.VALUES_KEPT, bounds.SHAPES_KEPT = 5, 5
    try:
        one, two, three = (Profile(1, 9, 0, (column,)) for column in columns)
        whole = merged([one, two, three])
        assert whole == merge(one, merge(two, three)) == merged([three, two, one])
        kept = whole.columns[0].values
        assert kept is None or len(kept) <= 5
    finally:
        bounds.VALUES_KEPT, bounds.SHAPES_KEPT = before


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(TYPES)).flatmap(lambda t: st.tuples(st.just(t), st.lists(st.none() | TYPES[t], min_size=1)))
)
def test_figures_are_those_of_the_values(column: tuple[str, list[Any]]) -> None:
    type_, values = column
    present = [v for v in values if v is not None]
    found = profiled({"a": column}).columns[0]
    assert (found.rows, found.nulls) == (len(values), len(values) - len(present))
    if type_ == "double":
        finite = sorted(v for v in present if abs(v) < float("inf"))
        assert list(found.lowest) == finite[:10]
        return
    assert found.repeats == len(present) - len({*present})
    if type_ in ("int", "bigint"):
        assert list(found.lowest) == sorted(present)[:10]
        assert list(found.highest) == sorted(present, reverse=True)[:10]
    if type_ == "date":
        assert list(found.lowest) == [day.isoformat() for day in sorted(present)][:10]
    if type_ == "string":
        assert found.values == dict(sorted(Counter(present).items()))
        assert sum((found.shapes or {}).values()) == len(present)
        assert found.lengths == ((min(map(len, present)), max(map(len, present))) if present else None)


def test_keys_are_told_from_columns_that_are_unique_by_accident() -> None:
    from glue_etl.core.datasets.keys import find_keys

    rows = range(400)
    found = profiled(
        {
            "id": ("int", [7 + n for n in rows]),
            "shop": ("string", [f"S{n % 20}" for n in rows]),
            "day": ("int", [n // 20 for n in rows]),
            "price": ("decimal(9,2)", [Decimal(n * 37) / 100 for n in rows]),
        }
    )
    [key] = [key for key in find_keys(found) if key.sure and len(key.columns) == 1]
    assert key.columns == ("id",)
    without_id = profiled({"shop": ("string", [f"S{n % 20}" for n in rows]), "day": ("int", [n // 20 for n in rows])})
    [pair] = find_keys(without_id)
    assert pair.columns == ("shop", "day")
    assert pair.sure
    assert "chance alone would make" in pair.evidence


def test_a_profile_is_small_however_wide_its_values() -> None:
    texts = [f"{n:04d}-{'x' * 200}" for n in range(3000)]
    found = profiled({"long": ("string", texts), "many": ("string", [f"v{n}" for n in range(3000)])})
    assert [c.values for c in found.columns] == [None, None]
    assert len(json.dumps(found.to_json())) < 1000


def test_of_many_rows_a_sample_is_profiled_but_unique_is_what_is_so_in_all_of_them(tmp_path: Path) -> None:
    rows = 5000
    table = pa.table(
        {
            "id": range(rows),
            "twice": [min(n, rows - 2) for n in range(rows)],
            "kind": ["a", "b"] * (rows // 2),
            "day": [n // 2 for n in range(rows)],
            "half": [n % 2 for n in range(rows)],
        }
    )
    paths = [str(tmp_path / name) for name in ("one.parquet", "two.parquet")]
    pq.write_table(table.slice(0, 1000), paths[0])
    pq.write_table(table.slice(1000), paths[1])
    file, names = FileRows(table.schema, tuple(paths)), table.schema.names
    whole, found = (profile_file(file, names, most_rows=most) for most in (0, 500))
    assert 300 < found.rows < 700 and whole.rows == rows
    assert found == profile_file(file, names, most_rows=500), "always the same"
    columns = {c.name: c for c in found.columns}
    assert (columns["id"].repeats, columns["twice"].repeats > 0) == (0, True)
    assert set(columns["kind"].values or ()) == {"a", "b"}
    assert all(c.rows == found.rows and c.files == 1 for c in found.columns)
    assert set(found.keys) <= set(whole.keys)
