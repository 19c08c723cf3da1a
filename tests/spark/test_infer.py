"""The law of inference: text that gets a type comes back from it unchanged, or as an equal number or moment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from glue_etl.spark.infer import measure
from glue_etl.spark.names import FILE, RAW

pytestmark = pytest.mark.spark

AWKWARD = [
    "0", "00", "-0", "007", "+1", "1", "-1", "12345678901234567", "123456789012345678", "1234567890123456789", "1.0",
    "1.50", "-0.5", "-0.0", "0.1", ".5", "5.", "1e5", "1,000", " 1", "1 ", "NaN", "Infinity", "0x1F", "1_000",
    "123456789.123456", "1234567890.123456", "true", "True", "FALSE", "false", "t", "2024-01-01", "2024-02-30", "0000-01-01",
    "2024-1-1", "01/02/2024", "2024-01-01 00:00:00", "2024-01-01T10:00:00", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00+02:00",
    "2024-01-01 10:00:00.123456", "2024-01-01 10:00:00.1234567", "2024-01-01 25:00:00", "12:30", "2024", "", " ", "null", "é",
    "٣", "1\uff12", "1\n",
]  # fmt: skip


def types_of(spark: SparkSession, columns: list[list[str | None]]) -> list[str]:
    rows = [("f", None, *row) for row in zip(*columns, strict=True)]
    names = [f"c{n}" for n in range(len(columns))]
    schema = ", ".join(f"{n} string" for n in (FILE, RAW, *names))
    return list(measure(spark.createDataFrame(rows, schema), names)["f"].types)


def assert_nothing_lost(text: str, kind: str, value: Any) -> None:
    if kind == "bigint":
        assert str(value) == text
    elif kind == "double":
        assert Decimal(repr(value)) == Decimal(text)
    elif kind == "boolean":
        assert str(value).lower() == text
    elif kind == "date":
        assert value == date.fromisoformat(text)
    elif kind == "timestamp":
        moment = datetime.fromisoformat(text)
        assert value.replace(tzinfo=UTC) == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def assert_law(spark: SparkSession, columns: list[list[str | None]]) -> None:
    kinds = types_of(spark, columns)
    rows = spark.createDataFrame(
        list(zip(*columns, strict=True)), ", ".join(f"c{n} string" for n in range(len(columns)))
    )
    typed = rows.select(*[F.col(f"c{n}").cast(kind) for n, kind in enumerate(kinds)]).collect()
    for column, kind, n in zip(columns, kinds, range(len(columns)), strict=True):
        for text, row in zip(column, typed, strict=True):
            if text is None:
                assert row[n] is None
            elif kind != "string":
                assert_nothing_lost(text, kind, row[n])


def test_each_awkward_text_alone_and_beside_a_plain_one_keeps_its_meaning(spark: SparkSession) -> None:
    assert_law(spark, [[text, None] for text in AWKWARD])
    assert_law(spark, [[text, "1"] for text in AWKWARD])
    assert_law(spark, [[text, "0.25"] for text in AWKWARD])


cells = st.one_of(
    st.none(),
    st.sampled_from(AWKWARD),
    st.integers(-(10**19), 10**19).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.text(max_size=6),
)


@settings(max_examples=6)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=40, max_size=60))
def test_nothing_is_lost_whatever_the_text(spark: SparkSession, columns: list[list[str | None]]) -> None:
    assert_law(spark, columns)


def test_the_rules(spark: SparkSession) -> None:
    expected = {
        ("0", "-12", "123456789012345678"): "bigint",
        ("1", "007", None): "string",
        ("1", "2.5", "0.10"): "double",
        ("1234567890123456", "2.5", "1"): "string",
        ("12345678.12345678", None, None): "string",
        ("true", "false", None): "boolean",
        ("True", "false", None): "string",
        ("2024-02-29", "1999-12-31", None): "date",
        ("2023-02-29", "1999-12-31", None): "string",
        ("2024-01-01 10:00:00", "2024-01-01T10:00:00.5", None): "timestamp",
        ("2024-01-01 10:00:00Z", "2024-01-01T10:00:00+02:00", None): "timestamp",
        ("2024-01-01 10:00:00Z", "2024-01-01T10:00:00", None): "string",
        ("2024-01-01", "2024-01-01 10:00:00", None): "string",
        (None, None, None): "string",
    }
    assert types_of(spark, [list(column) for column in expected]) == list(expected.values())
