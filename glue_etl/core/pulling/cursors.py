"""Values of cursor fields: which is later, how far before one to ask again, and "now" in the form that a source uses.

Stored values are text or numbers, as JSON has them; rows of databases also hold times, dates and decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from glue_etl.core.reasons import row_text

Value = str | int | float
_MILLISECONDS = 10**11
"""A number of seconds since 1970 above this is beyond the year 5000: it counts milliseconds."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a value is compared by: its kind, and a form that Python can compare within the kind."""

    kind: str
    form: Any
    raw: Any


def order(value: Any) -> Order | None:
    """The value's place; None for what has none (null, true, a list)."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return Order("number", Decimal(str(value)), value)
    if isinstance(value, date):
        return Order("time", _aware(value), value)
    return _text_order(value) if isinstance(value, str) else None


def before(one: Order, other: Order) -> bool:
    """Whether `one` comes before `other`. Raises TypeError where a number would be compared with a time or a text."""
    if one.kind == other.kind:
        return bool(one.form < other.form)
    if isinstance(one.raw, str) and isinstance(other.raw, str):
        return one.raw < other.raw
    raise TypeError(
        f"{row_text(repr(one.raw))} and {row_text(repr(other.raw))} can't be compared: "
        f"one is a {one.kind}, the other a {other.kind}"
    )


def stored(value: Any) -> Value:
    """A row's cursor value as JSON keeps it: times in ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value if isinstance(value, str | int | float) else str(value)


def earlier(value: Value, seconds: float = 0, units: float = 0) -> Value:
    """The time `seconds` before the time `value`, or the number less by `units`, in the same form.

    Raises ValueError where it is neither, with the field that was declared wrongly.
    """
    found = order(value)
    if seconds:
        if not isinstance(value, str) or found is None or found.kind != "time":
            raise ValueError(f"'overlap_seconds' is for times only, and {value!r} is none: 'overlap' is for numbers")
        return _like(value, datetime.fromisoformat(value) - timedelta(seconds=seconds))
    if units:
        if found is None or found.kind != "number":
            raise ValueError(f"'overlap' is for numbers only, and {value!r} is none: 'overlap_seconds' is for times")
        return _less(value, found.form, Decimal(str(units)))
    return value


def _less(value: Value, number: Decimal, units: Decimal) -> Value:
    """A number that is written as text keeps its leading zeros, and stays one: it has no sign."""
    if isinstance(value, str):
        return str(max(int(number - units), 0)).zfill(len(value))
    less = number - units
    return int(less) if less == less.to_integral_value() else float(less)


def now_like(value: Value | None, now: datetime) -> Value:
    """`now` in the form of `value`: a number of seconds or milliseconds, a date, or a time."""
    if isinstance(value, int | float):
        return int(now.timestamp() * (1000 if value > _MILLISECONDS else 1))
    return _like(value or "Z", now.replace(microsecond=0))


def like(pattern: Value | None, value: Value | None) -> Value | None:
    """A value that a person gave, in the form of `pattern`: a number where that is one (a time becomes seconds since 1970)."""
    if not isinstance(pattern, int | float) or not isinstance(value, str):
        return value
    found = order(value)
    if found is None or found.kind == "text":
        return value
    if found.kind == "number":
        return stored(found.form)
    return now_like(pattern, found.form)


def field_of(row: Mapping[str, Any], path: str) -> Any:
    """The field of a row, by its name or by a path with dots; KeyError where there is none."""
    if path in row:
        return row[path]
    found: Any = row
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise KeyError(path)
        found = found[name]
    return found


def _text_order(text: str) -> Order:
    try:
        if text.isdecimal():
            return Order("number", Decimal(text), text)
        return Order("time", _aware(datetime.fromisoformat(text)), text)
    except ValueError:
        return Order("text", text, text)


def _aware(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _like(pattern: str, moment: datetime) -> str:
    if pattern.endswith("Z"):
        return moment.isoformat().removesuffix("+00:00").removesuffix("Z") + "Z"
    if len(pattern) == len("2024-01-01"):
        return moment.date().isoformat()
    return moment.isoformat()
