"""Which Arrow type holds every value that a path has in a file, without loss: what was seen, merged over pieces, then decided.

One kind: its type. Integers: bigint, decimal(38,0), else text. Numbers with a fraction: double where each is the double's
shortest text, else decimal, else text. Several kinds, empty objects, too deep, too wide: JSON text (field metadata says so).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from glue_etl.engine.json_values import Number

MAX_DEPTH = 16
MAX_FIELDS = 2_000
MAX_COLUMNS = 20_000
JSON_TEXT = {b"glue_etl": b"json text"}
RECORD = "record"
"""The only column of a file with more than MAX_COLUMNS keys: each record as JSON text."""

_BIGINT = range(-(2**63), 2**63)
_EXACT_INTEGERS = 2**53
BOOLEAN, INTEGER, FRACTION, TEXT, OBJECT, LIST = 1, 2, 4, 8, 16, 32


@dataclass(slots=True)
class Seen:
    """What the values of one path are. `kinds`: of the above. Of its numbers: the most digits before and behind the point,
    whether one is `inexact` as a double, `wide` for bigint, `huge` for decimal, or minus zero."""

    kinds: int = 0
    digits: int = 0
    scale: int = 0
    inexact: bool = False
    wide: bool = False
    huge: bool = False
    minus_zero: bool = False
    too_many: bool = False
    fields: dict[str, Seen] = field(default_factory=dict)
    item: Seen | None = None

    def add(self, value: Any, depth: int = 0) -> None:
        """One more value of this path."""
        kind = type(value)
        if kind is str:
            self.kinds |= TEXT
        elif kind is int:
            self._add_integer(value)
        elif kind is Number:
            self._add_number(value)
        elif kind is bool:
            self.kinds |= BOOLEAN
        elif kind is dict:
            self._add_object(value, depth)
        elif kind is list:
            self._add_list(value, depth)

    def add_integers(self, low: int, high: int) -> None:
        """Integers between two bounds that are among them."""
        self._add_integer(low)
        self._add_integer(high)

    def _add_integer(self, value: int) -> None:
        self.kinds |= INTEGER
        self.digits = max(self.digits, len(str(abs(value))))
        if not -_EXACT_INTEGERS <= value <= _EXACT_INTEGERS and int(float(value)) != value:
            self.inexact = True

    def _add_number(self, text: Number) -> None:
        whole = text.lstrip("-").isdigit()
        self.kinds |= INTEGER if whole and text != "-0" else FRACTION
        facts = number_facts(text)
        if facts is None:
            self.huge = self.inexact = self.wide = True
            return
        digits, scale, exact, minus_zero = facts
        self.digits, self.scale = max(self.digits, digits), max(self.scale, scale)
        self.inexact |= not exact
        self.minus_zero |= minus_zero
        self.wide |= whole and int(text) not in _BIGINT

    def _add_object(self, value: dict[str, Any], depth: int) -> None:
        self.kinds |= OBJECT
        if depth >= MAX_DEPTH or self.too_many:
            self.too_many = True
            return
        fields = self.fields
        for key, one in value.items():
            seen = fields.get(key)
            if seen is None:
                seen = fields[key] = Seen()
            if one is not None:
                seen.add(one, depth + 1)
        self._bound(depth)

    def _bound(self, depth: int) -> None:
        if len(self.fields) > (MAX_FIELDS if depth else MAX_COLUMNS):
            self.too_many, self.fields = True, {}

    def _add_list(self, value: list[Any], depth: int) -> None:
        self.kinds |= LIST
        if depth >= MAX_DEPTH:
            self.too_many = True
            return
        if self.item is None:
            self.item = Seen()
        for one in value:
            self.item.add(one, depth + 1)

    def merge(self, other: Seen, depth: int = 0) -> None:
        """What another piece saw, after this one."""
        self.kinds |= other.kinds
        self.digits, self.scale = max(self.digits, other.digits), max(self.scale, other.scale)
        self.inexact |= other.inexact
        self.wide |= other.wide
        self.huge |= other.huge
        self.minus_zero |= other.minus_zero
        self.too_many |= other.too_many
        for key, seen in other.fields.items():
            self.fields.setdefault(key, Seen()).merge(seen, depth + 1)
        self._bound(depth)
        if other.item is not None:
            self.item = self.item or Seen()
            self.item.merge(other.item, depth + 1)


def is_beginning(first: Seen, all_: Seen) -> bool:
    """Whether what comes behind a beginning can only be of its types, or else fits none of them.

    `all_`: the beginning and samples of the rest. Each key must have come in the beginning, else the order of columns is that of
    the samples; and an object without keys is JSON text, which would hold those that have some.
    """
    if all_.kinds == OBJECT and not all_.fields and not all_.too_many:
        return False
    if first.fields.keys() != all_.fields.keys():
        return False
    if all_.item is not None and not is_beginning(first.item or Seen(), all_.item):
        return False
    return all(is_beginning(first.fields[name], one) for name, one in all_.fields.items())


def is_short(text: str) -> bool:
    """Whether a number is written without exponent and with at most 15 digits: a double gives these back."""
    return len(text) <= 16 and "." in text and "e" not in text and "E" not in text


def number_facts(text: str) -> tuple[int, int, bool, bool] | None:
    """Digits before and behind the point, whether a double gives its digits back, whether it is -0; None beyond any decimal."""
    if is_short(text):
        whole, _, fraction = text.lstrip("-").partition(".")
        zero = not whole.strip("0") and not fraction.strip("0")
        return len(whole), len(fraction.rstrip("0")), True, zero and text[0] == "-"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value:
        return 1, 0, True, value.is_signed()
    if not -400 < value.adjusted() < 400 or len(text) > 400:
        return None
    digits = value.as_tuple()
    exponent, places = int(digits.exponent), "".join(map(str, digits.digits))
    exponent += len(places) - len(places.rstrip("0"))
    near = float(text)
    exact = near not in (float("inf"), float("-inf")) and Decimal(repr(near)) == value
    return max(1, value.adjusted() + 1), max(0, -exponent), exact, False


def schema_of(seen: Seen) -> pa.Schema:
    """The columns of a file whose records were seen, in the order in which their names first came."""
    if seen.too_many:
        return pa.schema([pa.field(RECORD, pa.string(), metadata=JSON_TEXT)])
    return pa.schema([_field(name, one) for name, one in seen.fields.items()])


def is_json_text(column: pa.Field) -> bool:
    """Whether the text of a column is JSON."""
    return bool(column.metadata) and JSON_TEXT.items() <= column.metadata.items()


def _field(name: str, seen: Seen) -> pa.Field:
    kind = _type(seen)
    return pa.field(name, pa.string(), metadata=JSON_TEXT) if kind is None else pa.field(name, kind)


def _type(seen: Seen) -> pa.DataType | None:
    """None: JSON text."""
    simple = {0: pa.string(), TEXT: pa.string(), BOOLEAN: pa.bool_()}.get(seen.kinds)
    if simple is not None:
        return simple
    if not seen.kinds & ~(INTEGER | FRACTION):
        return _number_type(seen)
    if seen.too_many:
        return None
    if seen.kinds == OBJECT and seen.fields and "" not in seen.fields:
        return pa.struct([_field(name, one) for name, one in seen.fields.items()])
    if seen.kinds == LIST:
        return pa.list_(_field("item", seen.item or Seen()))
    return None


def _number_type(seen: Seen) -> pa.DataType | None:
    if seen.huge:
        return None
    if seen.kinds == INTEGER:
        if not seen.wide:
            return pa.int64()
        return pa.decimal128(38, 0) if seen.digits <= 38 else None
    if not seen.inexact:
        return pa.float64()
    if seen.minus_zero or seen.digits + seen.scale > 38:
        return None
    return pa.decimal128(seen.digits + seen.scale, seen.scale)
