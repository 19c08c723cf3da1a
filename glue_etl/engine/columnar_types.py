"""Which type each column of a typed file gets: one rule for each type that Parquet, ORC and Avro readers give.

docs/types.md is this table for people. Nothing is silently changed: a rule keeps every value, or gives it as text with all
digits; what a reader of the table would not expect is told. How values are converted stands in columnar_values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

MICROSECONDS = pa.timestamp("us")
INSTANT = pa.timestamp("us", "UTC")
MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Shape:
    """What becomes of one column or inner field: `rule` names a conversion of columnar_values, "" keeps the values."""

    given: pa.DataType
    rule: str = ""
    inner: tuple[Shape, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether any value is given in another type than the reader's."""
        return bool(self.rule) or any(shape.changes for shape in self.inner)

    @property
    def tells(self) -> tuple[str, ...]:
        """What is told of it and of all within it."""
        return (*self.told, *(sentence for shape in self.inner for sentence in shape.tells))


def shape_of(kind: pa.DataType, marks: Iterator[str], coarse: bool = True) -> Shape:
    """The shape of a reader's type. `marks` gives the logical type of each leaf in order where the reader hides it ("" else).

    `coarse`: whether nanoseconds lose nothing as microseconds; otherwise they are text.
    """
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        return replace(shape_of(kind.value_type, marks, coarse), rule="decode")
    if pa.types.is_struct(kind):
        return _of_struct(kind, marks, coarse)
    if pa.types.is_map(kind):
        return _of_map(kind, marks, coarse)
    if _is_list(kind):
        inner = shape_of(kind.value_type, marks, coarse)
        return Shape(pa.list_(pa.field("element", inner.given)), "list", (inner,))
    if pa.types.is_union(kind):
        _skip(kind, marks)
        return Shape(pa.string(), "json", told=("is a union: each value is given as JSON text",))
    return _of_mark(next(marks, ""), kind) or _of_leaf(kind, coarse)


def _skip(kind: pa.DataType, marks: Iterator[str]) -> None:
    """Pass the marks of a type whose inner types nobody asks for."""
    for n in range(kind.num_fields):
        shape_of(kind.field(n).type, marks)


def _is_list(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view)
    return any(is_kind(kind) for is_kind in kinds) or pa.types.is_large_list_view(kind)


def _of_struct(kind: pa.DataType, marks: Iterator[str], coarse: bool) -> Shape:
    if not kind.num_fields:
        next(marks, "")
        return Shape(pa.string(), "json", told=("is a struct without fields: it is given as JSON text",))
    fields = [kind.field(n) for n in range(kind.num_fields)]
    inner = tuple(shape_of(field.type, marks, coarse) for field in fields)
    names, told = unique_names([field.name or f"field_{n}" for n, field in enumerate(fields, start=1)], "field")
    if "" in (field.name for field in fields):
        told = (*told, "has a field without a name: it is called by its place, field_1 for the first")
    given = pa.struct([pa.field(name, shape.given) for name, shape in zip(names, inner, strict=True)])
    return Shape(given, "struct", inner, told)


def _of_map(kind: pa.DataType, marks: Iterator[str], coarse: bool) -> Shape:
    key, item = shape_of(kind.key_type, marks, coarse), shape_of(kind.item_type, marks, coarse)
    return Shape(pa.map_(key.given, item.given), "map", (key, item))


def unique_names(names: Sequence[str], what: str = "column") -> tuple[list[str], tuple[str, ...]]:
    """The names with `_2`, `_3` behind those that an earlier one equals (whatever the case), and a sentence for each."""
    taken, used, told = {name.lower() for name in names}, [], []
    seen: set[str] = set()
    for name in names:
        number, given = 2, name
        while given.lower() in seen or (given != name and given.lower() in taken):
            given, number = f"{name}_{number}", number + 1
        seen.add(given.lower())
        used.append(given)
        if given != name:
            told.append(f"a second {what} {name!r} is called {given!r}")
    return used, tuple(told)


def _of_mark(mark: str, kind: pa.DataType) -> Shape | None:
    if mark == "UUID" and kind == pa.binary(16):
        return Shape(pa.string(), "uuid")
    if mark == "INTERVAL" and kind == pa.binary(12):
        return Shape(pa.string(), "interval", told=("is an interval: it is given as ISO 8601 text",))
    if mark in ("ENUM", "JSON"):
        return Shape(pa.string(), "utf8")
    if mark == "BSON":
        return Shape(pa.binary(), "cast", told=("is BSON: its bytes are kept as they are",))
    return None


_WIDER = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.date64(): pa.date32(),
    pa.null(): pa.string(),
}


def _of_leaf(kind: pa.DataType, coarse: bool) -> Shape:
    if kind in _WIDER:
        return Shape(_WIDER[kind], "uint64" if kind == pa.uint64() else "cast")
    if pa.types.is_decimal(kind):
        return _of_decimal(kind)
    if pa.types.is_timestamp(kind):
        return _of_timestamp(kind, coarse)
    if pa.types.is_time(kind):
        return Shape(pa.string(), "moment", told=("is a time of day: it is given as text hh:mm:ss",))
    if pa.types.is_duration(kind):
        return Shape(pa.int64(), "cast", told=(f"is a duration: it is given as a number of {_UNITS[kind.unit]}",))
    if pa.types.is_fixed_size_binary(kind):
        return Shape(pa.binary(), "cast")
    if pa.types.is_interval(kind):
        return Shape(pa.string(), "month_interval", told=("is an interval: it is given as ISO 8601 text",))
    return Shape(kind)


_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _of_decimal(kind: pa.DataType) -> Shape:
    digits = max(kind.precision - min(kind.scale, 0), kind.scale)
    if digits > MOST_DIGITS:
        told = f"is a decimal({kind.precision},{kind.scale}), more than 38 digits: it is given as text"
        return Shape(pa.string(), "digits", told=(told,))
    given = pa.decimal128(digits, max(kind.scale, 0))
    return Shape(given, "" if given == kind else "cast")


def _of_timestamp(kind: pa.DataType, coarse: bool) -> Shape:
    if kind.unit == "ns" and not coarse:
        finer = "has nanoseconds, more than a timestamp holds: it is given as text with all digits"
        return Shape(pa.string(), "moment", told=(finer,))
    given = INSTANT if kind.tz else MICROSECONDS
    return Shape(given, "" if given == kind else "moment_us", told=_of_zone(kind.tz))


def _of_zone(zone: str | None) -> tuple[str, ...]:
    if not zone:
        return ("is a local time without a zone: it is taken as UTC",)
    return () if zone in ("UTC", "+00:00", "Z") else (f"has the zone {zone}: its instants are given in UTC",)


def has_nanoseconds(kind: pa.DataType) -> bool:
    """Whether a timestamp in nanoseconds is anywhere within: whether it fits is known only when all of it was looked at."""
    if isinstance(kind, pa.BaseExtensionType):
        return has_nanoseconds(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return has_nanoseconds(kind.value_type)
    if pa.types.is_timestamp(kind):
        return bool(kind.unit == "ns")
    if pa.types.is_union(kind):
        return False
    return any(has_nanoseconds(kind.field(n).type) for n in range(kind.num_fields))


def leaf_count(kind: pa.DataType) -> int:
    """How many leaves a type has: the columns that Parquet stores of it."""
    if isinstance(kind, pa.BaseExtensionType):
        return leaf_count(kind.storage_type)
    if pa.types.is_dictionary(kind) or not pa.types.is_nested(kind):
        return 1
    return sum(leaf_count(kind.field(n).type) for n in range(kind.num_fields))
