"""How a column comes out of a database: what to select of it, and what its values become before they are encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from glue_etl.extract.avro import Column

Values = Sequence[Any]
DAY_MICROSECONDS = 86_400_000_000
# 0001-01-01 and 9999-12-31: what Python, pandas and most readers of Parquet can hold.
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
FIRST_MICROSECOND, LAST_MICROSECOND = FIRST_DAY * DAY_MICROSECONDS, (LAST_DAY + 1) * DAY_MICROSECONDS - 1
MAX_PRECISION = 38
"""Digits of the longest decimal that Spark has."""


@dataclass
class Doubts:
    """What of the values could not be kept, counted by column."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, column: str, what: str, count: int = 1) -> None:
        self.counts[column, what] += count

    def sentences(self) -> list[str]:
        return [f"column {column!r}: {what} ({count:,} times)" for (column, what), count in self.counts.items()]


Convert = Callable[[Values, str, Doubts], Values]


@dataclass(frozen=True, slots=True)
class Plan:
    """One column: `select` makes its expression, `convert` its values (None: they are as they must be)."""

    column: Column
    select: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    convert: Convert | None = None
    # The name of the column's type in a cast, for comparisons with a position; "" where it has no order.
    comparable: str = ""


def converted(plans: Sequence[Plan], values: Sequence[Values], doubts: Doubts) -> list[Values]:
    """The values of a block, by columns, ready to be encoded."""
    return [
        plan.convert(of_column, plan.column.name, doubts) if plan.convert else of_column
        for plan, of_column in zip(plans, values, strict=True)
    ]


def decimals(values: Values, name: str, doubts: Doubts) -> Values:
    """Texts with all the decimals of their column's scale -> unscaled whole numbers; NaN -> null, as Avro has none."""
    try:
        return [None if text is None else int(text.replace(".", "")) for text in values]
    except ValueError:
        return [_unscaled(text, name, doubts) for text in values]


def _unscaled(text: str | None, name: str, doubts: Doubts) -> int | None:
    if text is None:
        return None
    try:
        return int(text.replace(".", ""))
    except ValueError:
        doubts.add(name, f"{text} is no decimal that Avro can hold, and was landed as null")
        return None


def within(low: int, high: int, offset: int = 0) -> Convert:
    """Days or microseconds, moved by `offset`; what is outside becomes the nearest that can be held, and is told."""

    def convert(values: Values, name: str, doubts: Doubts) -> Values:
        moved = [None if value is None else value + offset for value in values]
        known = [value for value in moved if value is not None]
        if not known or (min(known) >= low and max(known) <= high):
            return moved
        outside = sum(not low <= value <= high for value in known)
        doubts.add(name, "outside of the years 1 to 9999 (or infinity), landed as the nearest that fits", outside)
        return [None if value is None else max(low, min(high, value)) for value in moved]

    return convert
