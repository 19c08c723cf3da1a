"""Casts to a contract's types: what each text becomes, and that whole columns and single values obey the same rule."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.errors import BadContract
from glue_etl.engine.cast import cast, explain
from glue_etl.engine.cast_text import cast_whole
from glue_etl.engine.parsing import parser
from glue_etl.engine.spark_types import arrow_type, spark_type

BAD = "bad"
_MORNING = datetime(2023, 1, 1, 10, tzinfo=UTC)

TEXTS: dict[str, dict[str, Any]] = {
    "bigint": {
        "1": 1, "-1": -1, "+1": 1, "007": 7, " 1 ": 1, "1\t": 1, "9223372036854775807": 2**63 - 1,
        "-9223372036854775808": -(2**63), "9223372036854775808": BAD, "1.0": BAD, "1.5": BAD, "1e5": BAD, "x2": BAD, "0x1F": BAD,
        "1_000": BAD, "1,000": BAD, "-": BAD, "٣": BAD, " ": BAD, "true": BAD,
    },
    "tinyint": {"127": 127, "128": BAD, "-128": -128, "-129": BAD},
    "smallint": {"32767": 32767, "32768": BAD},
    "int": {"2147483647": 2**31 - 1, "2147483648": BAD, "99999999999999999999": BAD},
    "double": {
        "1.5": 1.5, "1": 1.0, "1e5": 1e5, "-.5": -0.5, "5.": 5.0, "0.1": 0.1, "0.30000000000000004": 0.30000000000000004,
        "3.14159265358979323846": BAD, "12345678901234567890": BAD, "1e400": BAD, "Infinity": float("inf"), "inf": BAD,
        "ten": BAD, "1.5f": BAD, "0x1p3": BAD, "-0.0": -0.0,
    },
    "float": {"1.5": 1.5, "16777217": BAD, "16777216": 16777216.0, "1e39": BAD, "0.5": 0.5},
    "decimal(18,2)": {
        "1.5": Decimal("1.50"), "1": Decimal("1.00"), "1.500": Decimal("1.50"), "1.234": BAD, "+1.5": Decimal("1.50"),
        "1e2": Decimal("100.00"), "1e-3": BAD, "9999999999999999.99": Decimal("9999999999999999.99"), "10000000000000000": BAD,
        "ten": BAD, "1,5": BAD, "NaN": BAD, "1e999999": BAD, " 7 ": Decimal("7.00"), "-0.005": BAD, ".5": Decimal("0.50"),
    },
    "decimal(38,10)": {"12345678901234567890.1234567890": Decimal("12345678901234567890.1234567890")},
    "decimal(5,0)": {"12345": Decimal(12345), "123456": BAD, "1.0": Decimal(1)},
    "boolean": {
        "true": True, "TRUE": True, "t": True, "Y": True, "yes": True, "1": True, "false": False, "F": False, "no": False,
        "0": False, " true": True, "2": BAD, "on": BAD, "truth": BAD,
    },
    "date": {
        "2023-01-01": date(2023, 1, 1), "2023-1-1": date(2023, 1, 1), "2023-01-01T00:00:00Z": date(2023, 1, 1),
        "2023-01-01 00:00": date(2023, 1, 1), "2023-01-01 00:00:00.000": date(2023, 1, 1), "2023-01-01 05:00:00": BAD,
        "2023-13-45": BAD, "2023-02-29": BAD, "2023": BAD, "01.02.2023": BAD, "yesterday": BAD, "0001-01-01": date(1, 1, 1),
        "0000-01-01": BAD, "20230101": BAD,
    },
    "timestamp": {
        "2023-01-01 10:00:00": _MORNING, "2023-01-01T10:00:00Z": _MORNING, "2023-01-01T12:00:00+02:00": _MORNING,
        "2023-01-01 11:00:00 Europe/Berlin": _MORNING, "2023-01-01T10:00": _MORNING,
        "2023-01-01": _MORNING.replace(hour=0),
        "2023-1-1 9:5:7": datetime(2023, 1, 1, 9, 5, 7, tzinfo=UTC),
        "2023-01-01 10:00:00.5": _MORNING.replace(microsecond=500_000),
        "2023-01-01 10:00:00.123456": _MORNING.replace(microsecond=123_456), "2023-01-01 10:00:00.000000000": _MORNING,
        "2023-01-01 10:00:00.123456789": BAD, "2023-01-01 24:00:00": BAD, "2023-01-01 10:00:60": BAD, "2023-02-30 10:00:00": BAD,
        "12:30": BAD, "2024": BAD, "now": BAD, "2023-01-01 10:00:00 Nowhere/City": BAD, "0000-01-01 10:00:00": BAD,
        "2023-01-01 10:00:00+19:00": BAD, "2023-01-01x": BAD,
    },
    "binary": {"é ": "é ".encode()},
    "string": {" x ": " x ", "": ""},
    "array<int>": {"[1, 2, null]": [1, 2, None], "[1.5]": BAD, "1": BAD, "[": BAD, "[]": []},
    "map<string,decimal(5,2)>": {'{"a": 1.10}': [("a", Decimal("1.10"))], '{"a": 1.123}': BAD, '{"a": 1, "a": 2}': BAD},
    "struct<a:bigint,b:array<string>>": {
        '{"a": 1, "b": ["x", 2]}': {"a": 1, "b": ["x", "2"]}, '{"a": 1}': {"a": 1, "b": None}, '{"a": 1, "c": 2}': BAD,
        '{"a": 12345678901234567890}': BAD, "[]": BAD,
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in TEXTS.items() for text in texts])
def test_a_text_becomes_its_value_or_is_bad(kind: str, text: str) -> None:
    expected = TEXTS[kind][text]
    done = cast(pa.array([None, text], pa.string()), kind)
    assert done.values.type == arrow_type(kind)
    assert list(done.misfits) == ([1] if expected is BAD else [])
    assert done.values.to_pylist() == [None, None if expected is BAD else expected]


@pytest.mark.parametrize("kind", [kind for kind in TEXTS if "<" not in kind])
def test_a_whole_column_and_its_values_alone_are_the_same(kind: str) -> None:
    good = [text for text, value in TEXTS[kind].items() if value is not BAD]
    column = pa.array([*good, None] * 40, pa.string())
    assert cast(column, kind).values.to_pylist() == [*[TEXTS[kind][text] for text in good], None] * 40


PLAIN = ("bigint", "tinyint", "double", "decimal(18,2)", "decimal(38,4)", "boolean", "date", "timestamp")
figures = st.text(alphabet="0123456789-.", min_size=1, max_size=20)
columns = st.one_of(
    st.lists(st.one_of(st.none(), figures), max_size=6),
    st.lists(st.one_of(st.none(), st.integers(-(10**19), 10**19).map(str)), max_size=6),
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15).map(str)
    ),
    st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr)),
    st.lists(st.one_of(st.dates().map(str), st.datetimes().map(str)), max_size=4),
    st.lists(st.datetimes(timezones=st.just(UTC)).map(str), max_size=4),
)


@given(st.sampled_from(PLAIN), columns)
def test_what_is_cast_as_a_whole_is_what_each_value_gives(kind: str, column: list[str | None]) -> None:
    target = arrow_type(kind)
    whole = cast_whole(pa.array(column, pa.string()), target)
    if whole is not None:
        one_by_one = [None if text is None else parser(target)(text) for text in column]
        assert whole.equals(pa.array(one_by_one, target))


@given(st.sampled_from(PLAIN), columns)
def test_every_text_is_a_value_or_a_misfit_and_nothing_else(kind: str, column: list[str | None]) -> None:
    done = cast(pa.array(column, pa.string()), kind)
    bad = set(done.misfits.tolist())
    for row, (text, value) in enumerate(zip(column, done.values.to_pylist(), strict=True)):
        assert (value is None) == (text is None or row in bad)


TYPED: list[tuple[Any, str, Any]] = [
    (pa.array([1.0, 2.5]), "bigint", [1, BAD]),
    (pa.array([10.10, 7.0, 1.234]), "decimal(18,2)", [Decimal("10.10"), Decimal("7.00"), BAD]),
    (pa.array([Decimal("10.10"), Decimal("7.00")]), "bigint", [BAD, 7]),
    (pa.array([Decimal("10.10")]), "double", [10.1]),
    (pa.array([Decimal("12345678901234567.89")]), "double", [BAD]),
    (pa.array([300, 1]), "tinyint", [BAD, 1]),
    (pa.array([2**53 + 1, 5]), "double", [BAD, 5.0]),
    (pa.array([12345678901234567]), "decimal(18,2)", [BAD]),
    (pa.array([datetime(2023, 1, 1), datetime(2023, 1, 2, 5)]), "date", [date(2023, 1, 1), BAD]),
    (pa.array([date(2023, 1, 1)]), "timestamp", [datetime(2023, 1, 1, tzinfo=UTC)]),
    (pa.array([1_700_000_000_000_000_001], pa.timestamp("ns")), "timestamp", [BAD]),
    (pa.array([2024]), "date", [BAD]),
    (pa.array([42], pa.int32()), "date", [BAD]),
    (pa.array([1706659200000000]), "timestamp", [BAD]),
    (pa.array([datetime(2023, 1, 1)]), "bigint", [BAD]),
    (pa.array([Decimal("1234567.89"), Decimal("0.1234")], pa.decimal128(18, 4)), "double", [1234567.89, 0.1234]),
    (pa.array([True, False]), "bigint", [1, 0]),
    (pa.array([1, 0, 2]), "boolean", [True, False, BAD]),
    (pa.array([b"12", b"\xff"]), "bigint", [12, BAD]),
    (pa.array([b"\x00\xff"]), "string", ["AP8="]),
    (pa.array([1.0, 0.1]), "string", ["1.0", "0.1"]),
    (pa.array([Decimal("1.10")]), "string", ["1.10"]),
    (pa.array([datetime(2023, 1, 2, 5), datetime(2023, 1, 2, 5, 0, 0, 120000)]), "string",
     ["2023-01-02 05:00:00", "2023-01-02 05:00:00.12"]),
    (pa.array([{"a": Decimal("1.10"), "b": None}]), "string", ['{"a":1.10}']),
    (pa.array([[1, 2]]), "array<bigint>", [[1, 2]]),
    (pa.array([[1, 2]]), "array<string>", [["1", "2"]]),
    (pa.array([[1, 300]]), "array<tinyint>", [BAD]),
    (pa.array([{"a": 1, "b": "x"}]), "struct<a:int>", [BAD]),
    (pa.array([{"a": 1}]), "struct<a:int,b:date>", [{"a": 1, "b": None}]),
    (pa.array([None, None]), "bigint", [None, None]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "kind", "expected"), TYPED, ids=lambda value: str(value)[:30])
def test_a_typed_value_becomes_its_like_or_is_bad(column: pa.Array, kind: str, expected: list[Any]) -> None:
    done = cast(column, kind)
    assert [BAD if row in done.misfits else value for row, value in enumerate(done.values.to_pylist())] == expected


doubles = st.one_of(
    st.none(), st.floats(), st.decimals(-(10**9), 10**9, places=2).map(float), st.integers(-(10**17), 10**17).map(float)
)


@given(st.sampled_from(("decimal(18,2)", "decimal(5,0)", "decimal(38,20)", "decimal(38,30)")), st.lists(doubles))
def test_a_double_becomes_the_decimal_that_it_is_printed_as(kind: str, values: list[float | None]) -> None:
    done = cast(pa.array(values, pa.float64()), kind)
    parse = parser(arrow_type(kind))
    assert done.values.to_pylist() == [None if value is None else parse(repr(value)) for value in values]
    assert list(done.misfits) == [
        row for row, value in enumerate(done.values) if values[row] is not None and not value.is_valid
    ]


def test_an_empty_text_is_no_value_where_the_contract_says_so() -> None:
    column = pa.array(["", "1"])
    assert cast(column, "bigint", empty_is_null=True).values.to_pylist() == [None, 1]
    assert list(cast(column, "bigint").misfits) == [0]
    assert cast(column, "string", empty_is_null=True).values.to_pylist() == ["", "1"]


def test_a_misfit_is_told_with_column_value_and_type() -> None:
    column = pa.array(["1.234"])
    assert explain(column, 0, "amount", "decimal(18,2)") == (
        "amount: '1.234' is not a decimal(18,2) (or would lose digits as one)"
    )


@pytest.mark.parametrize(
    "name",
    [
        "bigint",
        "decimal(38,4)",
        "array<int>",
        "map<string,array<date>>",
        "struct<a:int,`b c`:decimal(5,2)>",
        "timestamp",
    ],
)
def test_names_of_types_come_back(name: str) -> None:
    assert spark_type(arrow_type(name)) == name


@pytest.mark.parametrize(
    "name", ["text", "decimal(39,0)", "decimal(5,6)", "array<>", "map<string>", "struct<a>", "list<int>"]
)
def test_what_is_no_type_is_the_contracts_mistake(name: str) -> None:
    with pytest.raises(BadContract):
        arrow_type(name)
