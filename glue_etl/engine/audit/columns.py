"""Columns and literals in DuckDB's SQL, compared as Spark 3.5 compares them (not ANSI): what the suites were written for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from glue_etl.engine.audit.model import Impossible, NotCountable
from glue_etl.engine.audit.spark_types import spark_type

NUMBERS = ("integer", "float", "decimal")
_SPELLED_AS_IN_SPARK = ("text", "integer", "decimal", "boolean", "date")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the staged rows: `sql` names it, `kind` is the family of its type."""

    name: str
    kind: str
    sql: str

    @property
    def number(self) -> str:
        """Its values as DOUBLE, in SQL."""
        if self.kind not in NUMBERS:
            raise Impossible(f"column {self.name!r} is {self.kind}, not a number")
        return f"CAST({self.sql} AS DOUBLE)"

    @property
    def text(self) -> str:
        """Its values as Spark spells them, in SQL. Floats and timestamps are spelled otherwise in DuckDB."""
        if self.kind not in _SPELLED_AS_IN_SPARK:
            raise NotCountable(f"the text of {self.kind} values is spelled otherwise in each engine")
        return self.sql if self.kind == "text" else f"CAST({self.sql} AS VARCHAR)"


def columns_of(schema: pa.Schema) -> dict[str, Column]:
    """The columns by name."""
    return {f.name: Column(f.name, kind_of(f.type), quote(f.name)) for f in schema}


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_KINDS = {
    "BooleanType": "boolean",
    **dict.fromkeys(("ByteType", "ShortType", "IntegerType", "LongType"), "integer"),
    **dict.fromkeys(("FloatType", "DoubleType"), "float"),
    "DecimalType": "decimal",
    "StringType": "text",
    "DateType": "date",
    "TimestampType": "timestamp",
    "TimestampNTZType": "local timestamp",
    "NullType": "null",
}


def kind_of(type_: pa.DataType) -> str:
    """The family of an Arrow type; "nested or binary" for what can only be null or not."""
    return _KINDS.get(spark_type(type_), "nested or binary")


def literal(value: Any) -> str:
    """A value of a suite in SQL, with the type that Spark's `lit` gives it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int) and abs(value) < 10**38:
        return str(value)
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    if isinstance(value, Decimal) and value.is_finite():
        return f"CAST('{value:f}' AS DECIMAL(38, {max(0, -int(value.as_tuple().exponent))}))"
    if isinstance(value, str) and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{_in_utc(value).isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    raise NotCountable(f"a value of type {type(value).__name__}")


def compare(column: Column, operator: str, value: Any) -> str:
    """`column operator value` in SQL, three-valued; `operator` is one of = <> < <= > >=."""
    left, right = _sides(column, value)
    return f"{left} {operator} {right}"


def _sides(column: Column, value: Any) -> tuple[str, str]:
    if isinstance(value, bool) or value is None:
        return _same(column, "boolean", value)
    if isinstance(value, float):
        return _against_float(column, value)
    if isinstance(value, int | Decimal):
        return _against_integer(column, value)
    if isinstance(value, str):
        return _against_text(column, value)
    return _against_moment(column, value)


def _against_moment(column: Column, value: date) -> tuple[str, str]:
    """A date is its day's first moment where moments are compared; the day of a column too."""
    if column.kind not in ("date", "timestamp", "local timestamp"):
        raise NotCountable(f"{column.kind} values of {column.name!r} compared with a date")
    if column.kind == "date" and not isinstance(value, datetime):
        return column.sql, literal(value)
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    if column.kind == "local timestamp":
        return column.sql, f"TIMESTAMP '{_in_utc(moment).replace(tzinfo=None).isoformat(sep=' ')}'"
    return f"CAST({column.sql} AS TIMESTAMPTZ)", literal(moment)


def _same(column: Column, kind: str, value: Any) -> tuple[str, str]:
    if column.kind != kind and value is not None:
        raise NotCountable(f"{column.kind} values of {column.name!r} compared with a {kind}")
    return column.sql, literal(value)


def _against_float(column: Column, value: float) -> tuple[str, str]:
    if column.kind == "text":
        return f"TRY_CAST(trim({column.sql}) AS DOUBLE)", literal(value)
    if column.kind not in NUMBERS:
        raise NotCountable(f"{column.kind} values of {column.name!r} compared with a number")
    return column.number, literal(value)


def _against_integer(column: Column, value: Any) -> tuple[str, str]:
    if column.kind == "text":
        return f"trunc(TRY_CAST(trim({column.sql}) AS DOUBLE))", literal(float(value))
    if column.kind not in NUMBERS:
        raise NotCountable(f"{column.kind} values of {column.name!r} compared with a number")
    return column.sql, literal(value)


def _against_text(column: Column, value: str) -> tuple[str, str]:
    if column.kind == "date":
        return column.sql, literal(_moment(value).date())
    if column.kind == "timestamp":
        return column.sql, literal(_moment(value))
    if column.kind == "local timestamp":
        return column.sql, f"TIMESTAMP '{_moment(value).replace(tzinfo=None).isoformat(sep=' ')}'"
    if column.kind in NUMBERS:
        return column.sql, literal(_number(value))
    if column.kind == "boolean":
        raise NotCountable(f"boolean values of {column.name!r} compared with text")
    return column.text, literal(value)


def _moment(text: str) -> datetime:
    try:
        return _in_utc(datetime.fromisoformat(text.strip()))
    except ValueError as error:
        raise Impossible(f"{text!r} is no date or time in ISO 8601") from error


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _number(text: str) -> int | Decimal:
    try:
        number = Decimal(text.strip())
    except ArithmeticError as error:
        raise Impossible(f"{text!r} is compared with numbers and is none") from error
    return int(number) if number == number.to_integral_value() else number


def in_set(column: Column, values: Sequence[Any]) -> str:
    """`column IN values` in SQL, three-valued: types are brought together as Spark does it, to text where one of them is text."""
    if not values:
        return "FALSE"
    present = [v for v in values if v is not None]
    texts = any(isinstance(v, str) for v in present)
    if texts or column.kind == "text":
        return _in(column.text, [_spelled(v) for v in values])
    if column.kind == "boolean" or any(isinstance(v, bool) for v in present):
        return _in(*_same_kind(column, present, values))
    if column.kind not in NUMBERS and present:
        raise NotCountable(f"{column.kind} values of {column.name!r} sought among numbers")
    floats = column.kind == "float" or any(isinstance(v, float) for v in present)
    return _in(column.number if floats else column.sql, [float(v) if floats and v is not None else v for v in values])


def _same_kind(column: Column, present: list[Any], values: Sequence[Any]) -> tuple[str, list[Any]]:
    if column.kind != "boolean" or not all(isinstance(v, bool) for v in present):
        raise NotCountable(f"{column.kind} values of {column.name!r} sought among other types")
    return column.sql, list(values)


def _in(side: str, values: Sequence[Any]) -> str:
    return f"{side} IN ({', '.join(literal(v) for v in values)})"


def _spelled(value: Any) -> str | None:
    if isinstance(value, float):
        raise NotCountable("the text of float values is spelled otherwise in each engine")
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def equal(one: Column, other: Column) -> str:
    """`one <=> other`: nulls are equal to each other and to nothing else."""
    left, right = together(one, other)
    return f"{left} IS NOT DISTINCT FROM {right}"


def together(one: Column, other: Column) -> tuple[str, str]:
    """Both columns' SQL, brought to types that can be compared without an error."""
    kinds_ = {one.kind, other.kind}
    if kinds_ <= set(NUMBERS):
        return (one.number, other.number) if "float" in kinds_ else (one.sql, other.sql)
    if kinds_ == {"date", "timestamp"}:  # days begin in UTC: DuckDB's own cast asks its calendar for each row
        return f"epoch_us({one.sql})", f"epoch_us({other.sql})"
    if len(kinds_) == 1 or "null" in kinds_:
        return one.sql, other.sql
    raise NotCountable(f"{one.kind} values of {one.name!r} compared with {other.kind} values of {other.name!r}")


def find(columns: Mapping[str, Column], name: Any) -> Column:
    """The column called so; Impossible where there is none."""
    column = columns.get(str(name))
    if column is None:
        raise Impossible(f"column {name!r} is not in the file")
    return column
