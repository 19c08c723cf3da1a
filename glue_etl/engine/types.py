"""Types for text without a contract: a column gets a type only where each text comes back exactly from the typed value.

Each value is put into a class; the classes of a column are a set of bits, so that those of chunks and pieces are merged with `|`:

- bigint: every value is 0, or digits without leading zero, with or without "-", within 64 bits.
- decimal(18,s), decimal(38,s): every value has s digits behind the point: "1.10" stays 1.10, and "250.00" is not 250.0.
- double: as the writers of doubles print them: no zero at the end, whole numbers all as "3.0" or all as "3". A number of more
  than 15 digits is one where its double is printed as these digits.
  "1.9" beside "1.10" is therefore text, and so is every number with an exponent, "+", "-0", separators or spaces.
- boolean: every value is true or false, in small letters. Any other spelling stays text.
- date: every value is a real YYYY-MM-DD day, from year 0001 on. Other orders of day and month stay text.
- timestamp: every value is a real YYYY-MM-DD hh:mm[:ss[.ffffff]] (or with T), all without a zone (taken as UTC) or all in UTC
  (Z or +00:00). Other offsets and finer fractions stay text: a timestamp would lose them.
- Everything else, every mixture, every column with an empty text ("" is no null) and every column without a value: string.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine.characters import Characters, Mask

(INTEGER, LONG_INTEGER, BOOLEAN, DATE, LOCAL_TIME, UTC_TIME, TEXT, WHOLE_POINT, ZERO_AT_END, MANY_DIGITS, WIDE) = (
    1 << bit for bit in range(11)
)
_SCALES = 16
"""The bit of a number with s digits behind the point is 16 + s."""
_LARGEST_SCALE = 37
_LARGEST = b"9223372036854775807"
_DOUBLE_DIGITS = 15
"""A double gives every decimal number of so many digits back."""
_SAMPLE = 64
_TIME = r"\A\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_LOCAL, _UTC = _TIME + r"\z", _TIME + r"(Z|\+00:00)\z"


def evidence(text: pa.Array, known: int = 0) -> int:
    """The classes of the values of a string column, as bits; nulls have none. `known`: what other chunks have shown.

    A column that is text already is not looked at any more.
    """
    if known & TEXT or not len(text):
        return known
    head = _classify(text.slice(0, _SAMPLE)) if len(text) > 4 * _SAMPLE else 0
    return known | (head if head & TEXT else _classify(text))


def decide(bits: int) -> str:
    """The Spark SQL type that gives every value of these classes back exactly."""
    scales = bits >> _SCALES
    if scales and not bits & (BOOLEAN | DATE | LOCAL_TIME | UTC_TIME | TEXT):
        return _decide_fraction(bits, scales)
    return _SIMPLE.get(bits & ~MANY_DIGITS, "string")


_SIMPLE = {
    INTEGER: "bigint",
    LONG_INTEGER: "bigint",
    INTEGER | LONG_INTEGER: "bigint",
    BOOLEAN: "boolean",
    DATE: "date",
    LOCAL_TIME: "timestamp",
    UTC_TIME: "timestamp",
}


def _decide_fraction(bits: int, scales: int) -> str:
    whole = bits & (INTEGER | LONG_INTEGER)
    if not whole and scales.bit_count() == 1:
        return f"decimal({38 if bits & WIDE else 18},{scales.bit_length() - 1})"
    printed = not bits & (ZERO_AT_END | MANY_DIGITS | LONG_INTEGER) and not (whole and bits & WHOLE_POINT)
    return "double" if printed else "string"


def _classify(text: pa.Array) -> int:
    values = Characters.of(text.drop_null() if text.null_count else text)
    if not len(values):
        return 0
    if not values.lengths.all():
        return TEXT
    if values.within(b"-", b"9"):
        return _classify_numbers(values)
    if values.within(b" ", b"Z"):
        return _classify_times(text)
    return BOOLEAN if values.within(b"a", b"u") and _are_booleans(text) else TEXT


def _are_booleans(text: pa.Array) -> bool:
    return bool(pc.all(pc.is_in(text, value_set=pa.array(["true", "false", None]))).as_py())


def _classify_numbers(values: Characters) -> int:
    """Values of digits, "-", "." and "/" alone."""
    if values.count(b"/"):
        return TEXT
    signs = values.count(b"-")
    negative = values.starting_with(b"-") if signs else np.zeros(len(values), np.bool_)
    if signs != np.count_nonzero(negative):
        return DATE if _are_dates(values) else TEXT
    points = np.flatnonzero(values.data == ord("."))
    if not len(points):
        return _classify_integers(values, negative)
    rows = values.rows_of(points)
    if len(points) > len(values) or (len(rows) > 1 and not np.diff(rows).all()):
        return TEXT
    return _classify_fractions(values, negative, points, rows)


def _classify_integers(values: Characters, negative: Mask) -> int:
    digits = values.lengths - negative
    if _has_bad_zero(values, negative, digits) or int(digits.max()) > len(_LARGEST) or not digits.all():
        return TEXT
    longest = np.flatnonzero(digits == len(_LARGEST))
    if len(longest) and not _are_in_range(values, negative, longest):
        return TEXT
    long = digits > _DOUBLE_DIGITS
    return (LONG_INTEGER if long.any() else 0) | (0 if long.all() else INTEGER)


def _has_bad_zero(values: Characters, negative: Mask, digits: np.ndarray) -> bool:
    """Whether a value is "-0", or has a zero before other digits of its whole part."""
    zero = values.at(values.ends[:-1] + negative) == ord("0")
    return bool((zero & ((digits > 1) | negative)).any()) if zero.any() else False


def _are_in_range(values: Characters, negative: Mask, rows: np.ndarray) -> bool:
    starts = values.ends[:-1][rows] + negative[rows]
    return all(values.data[start : start + len(_LARGEST)].tobytes() <= _LARGEST for start in starts)


def _classify_fractions(values: Characters, negative: Mask, points: np.ndarray, rows: np.ndarray) -> int:
    whole = points - values.ends[rows] - negative[rows]
    scale = values.ends[rows + 1] - points - 1
    below = negative[rows]
    zero = values.data[values.ends[rows] + below] == ord("0")
    if not whole.all() or not scale.all() or (zero & (whole > 1)).any() or int(scale.max()) > _LARGEST_SCALE:
        return TEXT
    if (zero & below).any() and _has_negative_zero(values, rows[zero & below]):
        return TEXT
    digits = whole + scale
    if int(digits.max()) > 38:
        return TEXT
    return _integers_between(values, negative, rows) | _fraction_bits(values, scale, digits, rows)


def _has_negative_zero(values: Characters, rows: np.ndarray) -> bool:
    return any(not values.data[values.ends[row] : values.ends[row + 1]].tobytes().strip(b"-0.") for row in rows)


def _fraction_bits(values: Characters, scale: np.ndarray, digits: np.ndarray, rows: np.ndarray) -> int:
    zero_last = values.data[values.ends[rows + 1] - 1] == ord("0")
    whole_point = zero_last & (scale == 1)
    found = (
        (whole_point, WHOLE_POINT),
        (zero_last & ~whole_point, ZERO_AT_END),
        (_are_lost(values, digits, rows), MANY_DIGITS),
        (digits > 18, WIDE),
    )
    bits = sum(bit for mask, bit in found if mask.any())
    seen = np.flatnonzero(np.bincount(scale))
    return int(bits | sum(1 << (_SCALES + int(s)) for s in seen))


def _are_lost(values: Characters, digits: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Which of the numbers are not the ones that their doubles are printed as. Of few digits every one is."""
    lost = digits > _DOUBLE_DIGITS
    if lost.any():
        lost[lost] = pc.invert(are_printed_so(values.texts(rows[lost]))).to_numpy(zero_copy_only=False)
    return lost


def are_printed_so(text: pa.Array) -> pa.Array:
    """Of each number, whether its double is printed as these digits."""
    return pc.equal(text.cast(pa.float64()).cast(text.type), text)


def _integers_between(values: Characters, negative: Mask, rows: np.ndarray) -> int:
    """The classes of the values without a point, in a column where others have one."""
    if len(rows) == len(values):
        return 0
    plain = np.ones(len(values), np.bool_)
    plain[rows] = False
    lengths = values.lengths
    data = values.data[np.repeat(plain, lengths)]
    part = Characters(data, np.cumsum(np.concatenate([[0], lengths[plain]])))
    return _classify_integers(part, negative[plain])


_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def _are_dates(values: Characters) -> bool:
    """Whether every value is a real YYYY-MM-DD from year 1 on."""
    grid = values.grid(10)
    return grid is not None and are_days(grid)


def are_days(grid: np.ndarray) -> bool:
    """The same of the first ten columns of a table of bytes."""
    if (grid[:, (4, 7)] != ord("-")).any():
        return False
    figures = grid[:, (0, 1, 2, 3, 5, 6, 8, 9)].astype(np.int32) - ord("0")
    if (figures < 0).any() or (figures > 9).any():
        return False
    year = figures[:, :4] @ np.array([1000, 100, 10, 1], np.int32)
    month, day = figures[:, 4] * 10 + figures[:, 5], figures[:, 6] * 10 + figures[:, 7]
    if (year < 1).any() or (month < 1).any() or (month > 12).any() or (day < 1).any():
        return False
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return bool((day <= _MONTH_DAYS[month] - ((month == 2) & ~leap)).all())


def _classify_times(text: pa.Array) -> int:
    for pattern, kind, bit in ((_LOCAL, pa.timestamp("us"), LOCAL_TIME), (_UTC, pa.timestamp("us", "UTC"), UTC_TIME)):
        if pc.all(pc.match_substring_regex(text, pattern)).as_py() and _are_moments(text, kind):
            return bit
    return TEXT


def _are_moments(text: pa.Array, kind: pa.DataType) -> bool:
    """Whether each is a real time of a real day (year 0 is none)."""
    try:
        text.cast(kind)
    except pa.ArrowInvalid:
        return False
    return not pc.any(pc.starts_with(text, "0000")).as_py()
