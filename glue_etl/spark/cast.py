"""Casts that lose nothing: a value either becomes the contract's type with its full meaning, or its row is a bad row."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.spark.names import quote

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_DATE_TEXT = r"^\d{4}-\d{1,2}-\d{1,2}([T ]00:00(:00(\.0+)?)?Z?)?$"
# Spark alone would read "2024" as New Year's Day and "12:30" as that time today: only what has a whole day counts.
_TIME_TEXT = r"^\d{4}-\d{1,2}-\d{1,2}([T ].+)?$"
_NUMBER_TEXT = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_SPECIAL_NUMBERS = ("NaN", "Infinity", "-Infinity")


@dataclass(frozen=True, slots=True)
class Cast:
    """`value` has the new type; `problem` says, where a row's value does not fit it, which column, value and type."""

    value: Column
    problem: Column | None = None


def cast_column(name: str, source: T.DataType, target: str) -> Cast:
    """The column `name`, of the type `source`, as Spark SQL type `target`."""
    column = F.col(quote(name))
    if source.simpleString() == target.replace(" ", ""):
        return Cast(column)
    if target == "string":
        return Cast(as_text(column, source))
    value = F.expr(f"try_cast({_as_read(name, source, target)} as {target})")
    fits = _text_fits(column, value, target) if isinstance(source, T.StringType) else _value_fits(column, value, source)
    return Cast(
        value, F.when(column.isNotNull() & ~F.coalesce(fits, F.lit(False)), _explain(name, column, source, target))
    )


def as_text(column: Column, source: T.DataType) -> Column:
    """Any value as text; nested ones as JSON, bytes as base64."""
    if isinstance(source, T.StringType):
        return column
    if isinstance(source, T.StructType | T.ArrayType | T.MapType):
        return F.to_json(column)
    return F.base64(column) if isinstance(source, T.BinaryType) else column.cast("string")


def _as_read(name: str, source: T.DataType, target: str) -> str:
    """What is cast: text without its surrounding spaces; Spark has no try_cast from a number to a date."""
    if isinstance(source, T.StringType):
        return f"trim({quote(name)})"
    unlike = isinstance(source, T.NumericType) and target in ("date", "timestamp")
    return f"cast({quote(name)} as string)" if unlike or isinstance(source, T.BinaryType) else quote(name)


def _text_fits(column: Column, value: Column, target: str) -> Column:
    text = F.trim(column)
    if target == "date":
        return text.rlike(_DATE_TEXT) & value.isNotNull()
    if target == "timestamp":
        return text.rlike(_TIME_TEXT) & value.isNotNull()
    if target in ("double", "float"):
        return (text.rlike(_NUMBER_TEXT) & ~F.isnan(value) & (F.abs(value) != float("inf"))) | text.isin(
            *_SPECIAL_NUMBERS
        )
    if target.startswith("decimal"):
        return text.rlike(_NUMBER_TEXT) & _same_number(text, value, _scale(target))
    return value.isNotNull()


def _same_number(text: Column, value: Column, scale: int) -> Column:
    """Whether a decimal kept every digit: the text's own digits after the point, without trailing zeros, fit the scale."""
    plain = F.regexp_extract(text, r"\.(\d*?)0*$", 1)
    exponent = text.rlike("[eE]")
    exact = F.when(exponent, value.cast("double") == text.cast("double")).otherwise(F.length(plain) <= scale)
    return value.isNotNull() & exact


def _scale(target: str) -> int:
    found = re.search(r",\s*(\d+)", target)
    return int(found.group(1)) if found else 0


def _value_fits(column: Column, value: Column, source: T.DataType) -> Column:
    """A typed value fits if it comes back unchanged (1.5 as bigint does not; nor does a time of day as a date)."""
    if isinstance(source, T.ArrayType | T.MapType | T.StructType):
        return value.isNotNull()
    return value.cast(source).eqNullSafe(column)


def _explain(name: str, column: Column, source: T.DataType, target: str) -> Column:
    raw = F.substring(as_text(column, source), 1, 200)
    return F.concat(F.lit(f"{name}: '"), raw, F.lit(f"' is not a {target} (or would lose digits as one)"))
