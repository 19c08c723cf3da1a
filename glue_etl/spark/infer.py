"""Types for files without a contract: a text column gets a type only if nothing of the text is lost by it.

Each value is put into one class; a column of one file becomes what all its non-null values allow, for that file alone
(so that a replay, or another neighbour in the run, gives the same types):

- bigint: every value is 0, or up to 18 digits without leading zero, with or without "-".
- double: every value is such a number or one with digits after the point, at most 15 digits in all (a double holds
  those exactly). Exponents, "+", "-0", NaN, thousands separators and surrounding spaces stay text.
- boolean: every value is true or false, in small letters.
- date: every value is a real YYYY-MM-DD day.
- timestamp: every value is a real YYYY-MM-DD hh:mm:ss[.ffffff] (or with T), all with, or all without, a zone (Z or +hh:mm);
  without one it is taken as UTC.
- Everything else, every mixture and every column without a value: string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from glue_etl.spark.names import FILE, RAW, quote

INTEGER, LONG_INTEGER, DECIMAL, BOOLEAN, DATE, LOCAL_TIME, ZONED_TIME, TEXT = (1 << bit for bit in range(8))

# Java's `$` also matches before a line feed at the end.
_NUMBER = r"^(0|-?[1-9]\d{0,17})\z"
_FRACTION = r"^(?=(?:\D*\d){2,15}\z)(0|-?[1-9]\d*|-0(?=\.\d*[1-9]))\.\d+\z"
_DAY = r"(?!0000)\d{4}-\d{2}-\d{2}"
_TIME = rf"{_DAY}[ T]\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,6}})?"
_ZONE = r"(Z|[+-]\d{2}:\d{2})"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pass over the source found in one file: its rows, those that are broken, and the types of its columns."""

    rows: int = 0
    broken: int = 0
    types: tuple[str, ...] = ()


def measure(frame: DataFrame, text_columns: Sequence[str] = ()) -> dict[str, Measured]:
    """One aggregation over the source: rows of each file, and a type for each of its `text_columns`."""
    sound = F.col(RAW).isNull()
    classes = [F.bit_or(F.when(sound, classify(F.col(quote(c))))).alias(f"t{n}") for n, c in enumerate(text_columns)]
    # Counting a struct of all columns makes Spark parse whole rows: a count alone would not see broken ones.
    whole = F.count(F.struct(*[F.col(quote(c)) for c in frame.columns]))
    rows = frame.groupBy(FILE).agg(whole.alias("rows"), F.count(RAW).alias("broken"), *classes).collect()
    return {row[FILE]: Measured(row["rows"], row["broken"], tuple(decide(v) for v in row[3:])) for row in rows}


def classify(column: Column) -> Column:
    """The class of a text as a bit; null for null. The cheap tests come first."""
    real_day = column.cast("date").isNotNull()
    real_time = column.cast("timestamp").isNotNull()
    return (
        F.when(column.isNull(), None)
        .when(column.rlike(_NUMBER), F.when(column.rlike(r"\d{16}"), LONG_INTEGER).otherwise(INTEGER))
        .when(column.rlike(_FRACTION), DECIMAL)
        .when(column.isin("true", "false"), BOOLEAN)
        .when(column.rlike(rf"^{_DAY}\z") & real_day, DATE)
        .when(column.rlike(rf"^{_TIME}\z") & real_time, LOCAL_TIME)
        .when(column.rlike(rf"^{_TIME}{_ZONE}\z") & real_time, ZONED_TIME)
        .otherwise(TEXT)
    )


_TYPES: Mapping[int, str] = {
    INTEGER: "bigint",
    LONG_INTEGER: "bigint",
    INTEGER | LONG_INTEGER: "bigint",
    DECIMAL: "double",
    INTEGER | DECIMAL: "double",
    BOOLEAN: "boolean",
    DATE: "date",
    LOCAL_TIME: "timestamp",
    ZONED_TIME: "timestamp",
}


def decide(classes: int | None) -> str:
    """The type that fits every class of value seen in a column; no value at all: string."""
    return _TYPES.get(classes or 0, "string")
