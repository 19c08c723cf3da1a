"""The law of inference: text that gets a type comes back from it, character by character (moments: as the same moment)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.engine.types import TEXT, decide, evidence

AWKWARD = [
    "0", "00", "-0", "007", "+1", "1", "-1", "-", "--1", "1-", "12345678901234567", "999999999999999999",
    "9223372036854775807", "9223372036854775808", "-9223372036854775807", "12345678901234567890123", "1.0", "1.50", "1.5",

    "-0.5", "-0.0", "-0.00", "0.1", "0.10", ".5", "5.", "1.2.3", "1e5", "1,000", "1/2", " 1", "1 ", "NaN", "Infinity", "0x1F",
    "1_000", "123456789.123456",
    "1234567890.123456", "12345678901234567890.123456789012345678", "3.0", "2.25", "true", "True", "FALSE", "false", "t",
    "2024-01-01", "2024-02-30", "2023-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "2024-1-1",
    "2024-13-01", "2024-00-10", "2024-01-00", "01/02/2024", "2024-01-01 00:00:00", "2024-01-01T10:00:00", "2024-01-01T10:00",
    "2024-01-01T10:00:00Z", "2024-01-01 10:00:00+00:00", "2024-01-01 10:00:00+02:00", "2024-01-01 10:00:00.123456",
    "2024-01-01 10:00:00.1234567", "2024-01-01 25:00:00", "2024-01-01 10:00:60", "0000-01-01 10:00:00", "12:30", "2024", "", " ",
    "null", "é", "٣", "1\uff12", "1\n", "true\n", "2024-01-01\n", "\0",
]  # fmt: skip


def type_of(column: list[str | None]) -> str:
    return decide(evidence(pa.array(column, pa.string())))


def assert_comes_back(column: list[str | None]) -> None:
    kind = type_of(column)
    for text in column:
        if text is not None and kind != "string":
            assert came_back(text, kind, column), (text, kind, column)


def came_back(text: str, kind: str, column: list[str | None]) -> bool:
    """Whether the type's one way of writing a value gives the text."""
    if kind == "bigint":
        return str(int(text)) == text and -(2**63) <= int(text) < 2**63
    if kind.startswith("decimal"):
        precision, scale = map(int, kind.removeprefix("decimal(").rstrip(")").split(","))
        value = Decimal(text)
        return f"{value:.{scale}f}" == text and len(value.as_tuple().digits) <= precision
    if kind == "double":
        printed = f"{Decimal(repr(float(text))):f}"
        whole = any(other and other.endswith(".0") for other in column)
        return text == (printed if whole else printed.removesuffix(".0"))
    if kind == "boolean":
        return json.dumps(json.loads(text)) == text
    if kind == "date":
        return date.fromisoformat(text).isoformat() == text
    moment = datetime.fromisoformat(text)
    return moment.utcoffset() is None or moment == moment.astimezone(UTC)


@pytest.mark.parametrize("text", AWKWARD)
def test_each_awkward_text_comes_back_alone_and_beside_plain_ones(text: str) -> None:
    for beside in (None, "1", "0.25", "1.50", "3.0", "true", "2024-01-01", "2024-01-01 00:00:00", "x"):
        assert_comes_back([text, beside])
        assert_comes_back([beside, None, text])


cells = st.one_of(
    st.none(),
    st.sampled_from(AWKWARD),
    st.integers(-(10**19), 10**19).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.text(max_size=6),
)


@given(st.one_of(st.lists(cells, max_size=8), *[st.lists(kind, min_size=1, max_size=40) for kind in (
    st.integers(-(10**19), 10**19).map(str), st.floats(-1e6, 1e6).map(repr), st.datetimes().map(str), st.dates().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9999, max_value=9999).map(str),
    st.text(alphabet="0123456789-.", max_size=5),
)]))  # fmt: skip
def test_nothing_is_lost_whatever_the_text(column: list[str | None]) -> None:
    assert_comes_back(column)


@given(st.lists(cells, max_size=30), st.integers(0, 30))
def test_chunks_of_a_column_show_together_what_the_whole_shows(column: list[str | None], cut: int) -> None:
    whole = pa.array(column, pa.string())
    first = evidence(whole.slice(0, cut))
    assert decide(evidence(whole.slice(cut), first)) == decide(evidence(whole))
    assert decide(first | evidence(whole.slice(cut))) == decide(evidence(whole.cast(pa.large_string())))


RULES: dict[tuple[Any, ...], str] = {
    ("0", "-12", "123456789012345678"): "bigint",
    ("9223372036854775807",): "bigint",
    ("9223372036854775808",): "string",
    ("1", "007", None): "string",
    ("1", "2.5", "0.10"): "string",
    ("1", "2.5", "0.25"): "double",
    ("1.0", "2.5", "0.25"): "double",
    ("41.1304722", "32.460572199999994", "-80.6195833"): "double",
    ("41.1304722", "32.460572199999996"): "string",
    ("1.0", "2.5", "7"): "string",
    ("1.10", "250.00", None): "decimal(18,2)",
    ("1.10", "1.9"): "string",
    ("12345678901234567890.10",): "decimal(38,2)",
    ("1234567890123456", "2.5", "1"): "string",
    ("12345678.12345678", None, None): "decimal(18,8)",
    ("1e5", "2e5"): "string",
    ("true", "false", None): "boolean",
    ("True", "false", None): "string",
    ("TRUE", "FALSE"): "string",
    ("2024-02-29", "1999-12-31", None): "date",
    ("2023-02-29", "1999-12-31", None): "string",
    ("0000-01-01",): "string",
    ("13/01/2024", "01/02/2024"): "string",
    ("2024-01-01 10:00:00", "2024-01-01T10:00:00.5", "2024-01-01 10:00"): "timestamp",
    ("2024-01-01 10:00:00Z", "2024-01-01T10:00:00+00:00", None): "timestamp",
    ("2024-01-01T10:00:00+02:00",): "string",
    ("2024-01-01 10:00:00.123456789",): "string",
    ("2024-01-01 10:00:00Z", "2024-01-01T10:00:00", None): "string",
    ("2024-01-01", "2024-01-01 10:00:00", None): "string",
    ("1", ""): "string",
    (None, None, None): "string",
    (): "string",
}


@pytest.mark.parametrize("column", RULES, ids=str)
def test_the_rules(column: tuple[str | None, ...]) -> None:
    assert type_of(list(column)) == RULES[column]


def test_a_column_that_is_text_is_not_looked_at_again() -> None:
    assert evidence(pa.array([1, 2]).cast(pa.string()), TEXT) == TEXT


def test_a_text_in_the_last_of_many_rows_is_seen() -> None:
    numbers = pa.array([*map(str, range(10_000)), "x"])
    assert decide(evidence(numbers)) == "string"
    assert decide(evidence(numbers.slice(0, 10_000))) == "bigint"
