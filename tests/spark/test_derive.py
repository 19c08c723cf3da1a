"""Derived columns are Spark SQL, computed by DuckDB: both must give the same values of the same types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import BadContract
from glue_etl.engine.derive import check_derive, derive

ROWS = pa.table(
    {
        "i": pa.array([1, 2, None, -7]),
        "j": pa.array([0, 3, 1, 2], pa.int32()),
        "amount": pa.array([Decimal("2.50"), Decimal("-2.55"), None, Decimal("0.01")], pa.decimal128(18, 2)),
        "x": [1.5, 2.5, -2.5, None],
        "s": ["abc ", "É", None, "2024-01-31"],
        "d": [date(2024, 2, 29), date(2023, 12, 31), None, date(1900, 1, 1)],
        "at": pa.array(
            [datetime(2024, 1, 1, 23, 59), None, datetime(2023, 1, 1), datetime(2020, 5, 5)], pa.timestamp("us", "UTC")
        ),
        "b": [True, False, None, True],
    }
)  # fmt: skip
EXPRESSIONS = [
    "cast(amount * 100 as bigint)", "i / 3", "i / j", "i div j", "i % j", "i + j", "i - 1", "-x", "abs(i)", "x * 2", "round(x)",
    "round(x, 1)", "floor(x)", "ceil(x)", "upper(s)", "lower(s)", "trim(s)", "length(s)", "substring(s, 1, 2)", "substr(s, 2)",
    "concat(s, '-', s)", "s || 'x'", "coalesce(s, 'none')", "nullif(i, 1)", "case when i > 1 then 'big' else 'small' end",
    "if(b, 1, 0)", "i between 1 and 5", "i in (1, 2)", "s like 'a%'", "s is null", "not b", "b and i > 0", "b or i > 0",
    "year(d)", "month(at)", "day(d)", "datediff(d, date'2024-01-01')",
    "date_add(d, 3)", "date_add(d, -3)", "to_date(s)", "cast(x as int)",
    "cast(i as string)", "cast(at as date)", "cast(d as timestamp)", "cast(x as decimal(5,1))", "cast(amount as double)", "i = 1",
    "i <=> null", "cast(i as double) / 0", "startswith(s, 'a')", "amount > 1", "cast(i as tinyint)", "i * 1000000", "b = true",
    "cast(s as date)", "'x'", "1", "null is null",
]  # fmt: skip


@pytest.mark.spark
def test_every_expression_gives_what_spark_gives(spark: Any) -> None:
    names = [f"c{n}" for n in range(len(EXPRESSIONS))]
    mine = derive(ROWS, Contract("d", derive=dict(zip(names, EXPRESSIONS, strict=True))))
    schema = "i bigint, j int, amount decimal(18,2), x double, s string, d date, at timestamp, b boolean"
    frame = spark.createDataFrame([tuple(row.values()) for row in ROWS.to_pylist()], schema)
    theirs = frame.selectExpr(*[f"{text} as {name}" for name, text in zip(names, EXPRESSIONS, strict=True)])
    spark_types = dict(theirs.dtypes)
    rows = theirs.collect()
    for name, text in zip(names, EXPRESSIONS, strict=True):
        expected = [_aware(row[name]) for row in rows]
        assert mine.column(name).to_pylist() == expected, text
        assert _kind(mine.column(name).type) == spark_types[name].split("(")[0], text


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _kind(kind: pa.DataType) -> str:
    from glue_etl.engine.spark_types import spark_type

    return spark_type(kind).split("(")[0]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("no_such_column * 2", "there is no column 'no_such_column'"),
        ("I + 1", "there is no column 'I', but 'i'"),
        ("rand()", "'RAND()' is not supported in derive"),
        ("current_date()", "is not supported in derive"),
        ("amount / 2", "a decimal is divided"),
        ("cast(s as int)", "only numbers are cast to whole numbers"),
        ("cast(x as string)", "only whole numbers are cast to text"),
        ("substring(s, 0, 2)", "substring begins at a number from 1 on"),
        ("i +", "can't be computed"),
        ("upper(", "can't be computed"),
        ("(select 1)", "is not supported in derive"),
    ],
)
def test_what_can_not_be_computed_the_same_is_the_contracts_mistake(expression: str, reason: str) -> None:
    with pytest.raises(BadContract, match=r"datasets/d\.yaml: derive: r: ") as error:
        derive(ROWS, Contract("d", derive={"r": expression}))
    assert reason in str(error.value)


def test_a_contract_is_checked_before_any_file() -> None:
    with pytest.raises(BadContract):
        check_derive(Contract("d", derive={"r": "no_such_column"}))


def test_a_later_column_may_use_an_earlier_one() -> None:
    rows = derive(ROWS, Contract("d", derive={"cents": "cast(amount * 100 as bigint)", "euros": "cents / 100"}))
    assert rows.column("euros").to_pylist() == [2.5, -2.55, None, 0.01]
