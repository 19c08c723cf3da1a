"""A table's columns as questions meet them: what a type can be compared by, and how its values go in and come out.

Values come in as JSON and leave this module as text for a CAST in the query, never as SQL. What does not fit a column is
refused with what would: a database that rounds or overflows would answer another question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from glue_etl.access.problems import Problem, bad_request

LONGEST_TEXT = 500
"""Characters of a text in a filter: Athena takes execution parameters of 1,024, and quotes are doubled."""
EQUAL = ("eq", "ne", "in", "is_null")
ORDERED = ("eq", "ne", "lt", "le", "gt", "ge", "in", "is_null")
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_EXACT = Context(prec=100)
"""Python's own would round to 28 digits; the catalog's decimals have 38."""
_MILLISECOND = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,3})?(Z|\+00:00)?")


@dataclass(frozen=True, slots=True)
class Kind:
    """What one type of the catalog is to the API.

    `sql` is the type that values are cast to in the query; `json_type` how they are written in answers. `parse` makes the
    text of the cast of a JSON value, or raises ValueError with what is wanted. `aggregates` are those that take it.
    """

    name: str
    sql: str
    json_type: str
    operators: tuple[str, ...]
    parse: Callable[[Any], str]
    aggregates: tuple[str, ...] = ("count",)

    @property
    def is_comparable(self) -> bool:
        """Whether rows can be ordered and grouped by it as it is."""
        return "lt" in self.operators or self.name == "boolean"

    @property
    def has_nan(self) -> bool:
        return self.name == "double"


def _whole(bits: int) -> Callable[[Any], str]:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def parse(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return str(value)

    return parse


def _double(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise ValueError("a finite number")
    return repr(float(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _decimal(precision: int, scale: int) -> Callable[[Any], str]:
    wanted = f"a number with at most {precision - scale} digits before the point and {scale} behind it, best as text"

    def parse(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 100:
            raise ValueError(wanted)
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError(wanted) from None
        if not number.is_finite() or number.adjusted() > 40 or number.adjusted() < -60:
            raise ValueError(wanted)
        written = format(number.normalize(_EXACT), "f")
        before, _, behind = written.lstrip("-").partition(".")
        if len(before.lstrip("0")) > precision - scale or len(behind) > scale:
            raise ValueError(wanted)
        return written

    return parse


def _text(value: Any) -> str:
    wanted = f"a text of at most {LONGEST_TEXT} characters, without the character NUL"
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value or not _is_unicode(value):
        raise ValueError(wanted)
    return value


def _is_unicode(value: str) -> bool:
    """Not half a surrogate pair, which JSON can write and UTF-8 can't."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return "true" if value else "false"


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("a date, as 2024-01-31") from None


def _timestamp(value: Any) -> str:
    wanted = "a time in UTC to the millisecond at most, as 2024-01-31T12:30:00.000Z"
    if not isinstance(value, str) or not _MILLISECOND.fullmatch(value):
        raise ValueError(wanted)
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(wanted) from None
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _nothing(value: Any) -> str:
    raise ValueError("nothing: this type has no values in filters")


_NUMBERS = ("count", "sum", "min", "max", "avg")
_PLAIN = {
    "boolean": Kind("boolean", "BOOLEAN", "boolean", EQUAL, _boolean),
    "float": Kind("double", "DOUBLE", 'number, or "NaN", "Infinity", "-Infinity"', ORDERED, _double, _NUMBERS),
    "double": Kind("double", "DOUBLE", 'number, or "NaN", "Infinity", "-Infinity"', ORDERED, _double, _NUMBERS),
    "string": Kind("text", "VARCHAR", "string", (*ORDERED, "prefix"), _text, ("count", "min", "max")),
    "date": Kind("date", "DATE", "string: YYYY-MM-DD", ORDERED, _date, ("count", "min", "max")),
    "timestamp": Kind(
        "timestamp", "TIMESTAMP(3)", "string: YYYY-MM-DDTHH:MM:SS.mmmZ", ORDERED, _timestamp, ("count", "min", "max")
    ),
    "binary": Kind("binary", "VARBINARY", "string: Base64", ("is_null",), _nothing),
}
_NESTED = Kind("nested", "JSON", "string: JSON", ("is_null",), _nothing)


def kind_of(type_: str) -> Kind:
    """The kind of a type of the catalog."""
    name = type_.lower().strip()
    if name in _BITS:
        return Kind("whole", "BIGINT", "integer", ORDERED, _whole(_BITS[name]), _NUMBERS)
    if found := _DECIMAL.fullmatch(name):
        precision, scale = int(found[1]), int(found[2])
        text = f"string: a number with {scale} digits behind the point"
        return Kind("decimal", f"DECIMAL({precision}, {scale})", text, ORDERED, _decimal(precision, scale), _NUMBERS)
    if name.startswith(("varchar", "char")):
        return _PLAIN["string"]
    return _PLAIN.get(name, _NESTED)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, with its type in the catalog's words. `of`: data, pipeline or partition."""

    name: str
    type: str
    kind: Kind
    of: str = "data"


class DataColumns:
    """The columns of one table, found by name; only these get into a query."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._by_name: Mapping[str, Column] = {column.name: column for column in columns}

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def get(self, name: str) -> Column:
        """The column. Raises Problem (400), with those that there are."""
        if name not in self._by_name:
            raise bad_request("unknown_column", f"there is no column {name[:100]!r}", self._by_name)
        return self._by_name[name]


def parsed(column: Column, value: Any) -> str:
    """A filter's value as the text that the query casts. Raises Problem (400), saying what the column takes."""
    try:
        return column.kind.parse(value)
    except ValueError as error:
        raise wrong_value(column, str(error)) from error


def wrong_value(column: Column, wanted: str) -> Problem:
    return bad_request("wrong_value", f"column {column.name!r} ({column.type}) takes {wanted}")
