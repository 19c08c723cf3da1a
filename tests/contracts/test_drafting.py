"""Drafts of any data can be loaded, and pass on the data that they were drafted from."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.datasets.contract_drafts import contract_text, dataset_name, draft_contract, suite_text
from glue_etl.core.datasets.contracts import Contract, parse_contract, with_suite
from glue_etl.core.datasets.drafting import draft_suite
from glue_etl.core.datasets.margins import mostly, number_limits, share_allowed
from glue_etl.core.datasets.profile import Profile
from glue_etl.core.datasets.shapes import forms, regex_of
from glue_etl.engine.audit import FileRows, audit
from glue_etl.engine.profile import profile_file
from tests.contracts.test_profile import ARROW, TYPES
from tests.scale import scaled

NOW = datetime(2026, 11, 25, tzinfo=UTC)
ROWS = 60


def loaded(profile: Profile) -> Contract:
    contract = yaml.safe_load(contract_text(draft_contract(profile, "drafted"), profile))
    suite = json.loads(suite_text(draft_suite(profile, "drafted", now=NOW.isoformat())))
    return parse_contract(with_suite(contract, {"drafted": suite}, "x"), "x")


@st.composite
def columns(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A column of some type: few values again and again, or sixty of them."""
    type_ = draw(st.sampled_from(sorted(TYPES)))
    values = draw(st.lists(st.none() | TYPES[type_], min_size=1, max_size=6) | st.lists(TYPES[type_], min_size=ROWS))
    return type_, (values * ROWS)[:ROWS]


@settings(max_examples=scaled(15, 500), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(('say "a"', "yes", "Straße", "1st", "a: b", "n")), columns(), min_size=1, max_size=4
    )
)
def test_a_draft_of_any_table_can_be_loaded_and_passes_on_that_table(table: dict[str, tuple[str, list[Any]]]) -> None:
    rows = pa.table({name: pa.array(values, ARROW[type_]) for name, (type_, values) in table.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.parquet")
        pq.write_table(rows, path)
        constants = {
            "_processing_seconds": pa.scalar(1.0),
            "ingestion_timestamp": pa.scalar(NOW, pa.timestamp("us", "UTC")),
        }
        file = FileRows(rows.schema, (path,), constants)
        contract = loaded(profile_file(file, rows.schema.names))
        found = audit({"f": file}, contract.suite, rows.schema.names)
    assert [c.name for c in contract.columns] == list(table)
    assert [(o.expectation.type, o.expectation.kwargs, o.note) for o in found.outcomes("f") if not o.success] == []
    assert found.slow == []


def test_of_no_rows_nothing_is_expected_but_some() -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.string())])
    contract = loaded(profile_file(FileRows(schema), schema.names))
    assert [c.type for c in contract.columns] == ["bigint", "string"]
    assert {rule.column for rule in contract.suite} == {"", "_problem", "_processing_seconds"}


@given(st.integers(1, 10**9), st.integers(0, 1000))
def test_what_is_allowed_holds_for_what_was_seen_and_is_never_most(count: int, seen: int) -> None:
    share = share_allowed(count, min(seen, count))
    if share is not None:
        assert seen / count < share <= 0.2
        assert 0.75 < mostly(share) <= 1 - share


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
def test_limits_hold_what_was_seen_with_room(values: list[float]) -> None:
    low, high = sorted(values)[:10], sorted(values, reverse=True)[:10]
    least, greatest = number_limits(low, high, unbounded=False)
    if least is not None and greatest is not None:
        assert least <= low[0] <= high[0] <= greatest
        assert greatest > high[0]
        assert least == 0 or least < low[0]


@pytest.mark.parametrize(
    ("texts", "regex"),
    [
        (["C0012", "C9999"], "^[A-Z][0-9]{4}$"),
        (["N1", "N22", "N3AB"], "^(?:[A-Z][0-9]+|[A-Z][0-9][A-Z]{2})$"),
        (["a.b@c", "aa.b@c"], r"^[a-z]+\.[a-z]@[a-z]$"),
        (["1.5", "22", "1e-7"], r"^[0-9]{0,3}(?:\.[0-9]*)?(?:[a-zA-Z][-+]?[0-9]+)?$"),
        (["-1.5", "22.25"], r"^[-+]?[0-9]{0,3}(?:\.[0-9]*)?$"),
        (["01", "99"], "^[0-9]{2}$"),
    ],
)
def test_texts_of_few_forms_are_a_regex(texts: list[str], regex: str, tmp_path: Path) -> None:
    rows = pa.table({"t": texts})
    pq.write_table(rows, tmp_path / "t.parquet")
    shapes = profile_file(FileRows(rows.schema, (str(tmp_path / "t.parquet"),)), ["t"]).columns[0].shapes
    assert shapes
    assert regex_of(forms(shapes)) == regex


@given(st.text(max_size=100))
def test_any_text_becomes_a_name_that_a_dataset_can_have(text: str) -> None:
    parse_contract({"dataset": dataset_name(text)}, "x")


@pytest.mark.parametrize(
    ("text", "name"),
    [("Orders 2024-01-31_003", "orders"), ("2024", "d_2024"), ("sales", "sales"), ("Größe", "gr_e"), ("", "d_")],
)
def test_names_are_without_dates_and_numbers(text: str, name: str) -> None:
    assert dataset_name(text) == name or (text == "" and dataset_name(text).startswith("d"))
