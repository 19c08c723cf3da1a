"""The rules by which one text becomes a value of a type, exactly: the reference that the fast casts of whole columns must equal.

A parser gives None for a text that is no value of its type, or that would lose something as one. Texts come trimmed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from glue_etl.core.errors import BadContract

Parser = Callable[[str], Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_TRUE, _FALSE = ("t", "true", "y", "yes", "1"), ("f", "false", "n", "no", "0")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})([T ]00:00(:00(\.0+)?)?Z?)?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,6})0*)?)? ?(\S*))?"
)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::?([0-9]{2}))?")
_WIDE = Context(prec=76)


def parser(kind: pa.DataType) -> Parser:
    """The parser of texts for an Arrow type that is not nested. Raises BadContract for one that text can't be."""
    if pa.types.is_integer(kind):
        return _integers(kind.bit_width)
    if pa.types.is_decimal(kind):
        return _decimals(kind.precision, kind.scale)
    try:
        return _PARSERS[kind]
    except KeyError:
        raise BadContract(f"text can't become {kind}") from None


def _integers(bits: int) -> Parser:
    limit = 1 << (bits - 1)

    def parse(text: str) -> int | None:
        if not _INTEGER.fullmatch(text) or len(text) > 4000:
            return None
        value = int(text)
        return value if -limit <= value < limit else None

    return parse


def _decimals(precision: int, scale: int) -> Parser:
    step = Decimal(1).scaleb(-scale)

    def parse(text: str) -> Decimal | None:
        if not _NUMBER.fullmatch(text):
            return None
        value = Decimal(text)
        if value and value.adjusted() >= precision - scale:
            return None
        try:
            exact = value.quantize(step, context=_WIDE)
        except InvalidOperation:
            return None
        return exact if exact == value else None

    return parse


def parse_double(text: str) -> float | None:
    """A double that is printed as this number again, as each one of at most 15 digits is."""
    if not _NUMBER.fullmatch(text):
        return _SPECIAL.get(text)
    value = float(text)
    return value if abs(value) != float("inf") and Decimal(repr(value)) == Decimal(text) else None


def parse_single(text: str) -> float | None:
    """The same with 32 bits, as each number of at most 6 digits is."""
    if not _NUMBER.fullmatch(text):
        return _SPECIAL.get(text)
    try:
        value = _single(float(text))
    except OverflowError:
        return None
    return value if Decimal(text) in (_shortest(value), Decimal(value)) else None


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _shortest(value: float) -> Decimal:
    """The shortest number that this single is nearest to."""
    printed = (f"{value:.{digits}g}" for digits in range(1, 10))
    return Decimal(next(text for text in printed if _single(float(text)) == value))


def parse_boolean(text: str) -> bool | None:
    lowered = text.lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None


def parse_date(text: str) -> date | None:
    """YYYY-M-D from year 1 on; a time of day only where it is midnight."""
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def parse_timestamp(text: str) -> datetime | None:
    """YYYY-M-D, alone or with h:m[:s[.fraction]] and a zone; without one it is UTC. Digits finer than microseconds don't fit."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0").ljust(6, "0")), _zone(zone or ""),
        )  # fmt: skip
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, KeyError, OSError):
        return None


def _zone(text: str) -> tzinfo:
    if text in ("", "Z", "UTC", "GMT", "UT"):
        return UTC
    found = _OFFSET.fullmatch(text)
    if not found:
        return ZoneInfo(text)
    sign, hours, minutes, seconds = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))
    if offset > timedelta(hours=18) or int(minutes or 0) > 59:
        raise ValueError(f"{text} is no zone")
    return timezone(offset if sign == "+" else -offset)


_PARSERS: dict[pa.DataType, Parser] = {
    pa.string(): str,
    pa.binary(): str.encode,
    pa.bool_(): parse_boolean,
    pa.float32(): parse_single,
    pa.float64(): parse_double,
    pa.date32(): parse_date,
    pa.timestamp("us", "UTC"): parse_timestamp,
}
