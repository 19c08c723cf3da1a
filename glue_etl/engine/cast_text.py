"""Text columns as typed ones, whole: fast where their characters show that nothing can be lost. None: look at each value."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine.characters import Characters
from glue_etl.engine.types import LOCAL_TIME, UTC_TIME, are_days, are_printed_so, evidence

_LONG_DIGITS = 18
_DOUBLE_DIGITS = 15


def trim(text: pa.Array) -> pa.Array:
    """The texts without white space around them."""
    values = Characters.of(text)
    return pc.ascii_trim_whitespace(text) if len(values.data) and int(values.data.min()) <= ord(" ") else text


def without_empty(text: pa.Array) -> pa.Array:
    """The texts, null where they were empty."""
    empty = pc.equal(pc.binary_length(text), 0)
    return pc.if_else(empty, pa.scalar(None, text.type), text) if pc.any(empty).as_py() else text


def cast_whole(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The column as `kind`, if it is plain that each value fits; else None. `text` is trimmed."""
    present = text.drop_null() if text.null_count else text
    if not len(present):
        return pa.nulls(len(text), kind)
    values = _cast_present(present, kind)
    if values is None or not text.null_count:
        return values
    places = np.cumsum(pc.is_valid(text).to_numpy(zero_copy_only=False)) - 1
    return values.take(pc.if_else(pc.is_valid(text), pa.array(places), pa.scalar(None, pa.int64())))


def _cast_present(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        if pa.types.is_integer(kind):
            return text.cast(kind) if _digits(text, points=False) <= _LONG_DIGITS else None
        if pa.types.is_floating(kind):
            return _cast_doubles(text, kind) if kind.bit_width == 64 else None
        if pa.types.is_decimal(kind):
            return _cast_decimals(text, kind)
        return _cast_times(text, kind)
    except pa.ArrowInvalid:
        return None


def _cast_doubles(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """A number of more than 15 digits fits where its double is printed as these digits."""
    digits = _digits(text)
    fits = digits <= _DOUBLE_DIGITS or (digits < math.inf and pc.all(are_printed_so(text)).as_py())
    return text.cast(kind) if fits else None


def _digits(text: pa.Array, points: bool = True) -> float:
    """The most characters of a value that is digits, with a "-" before and one point inside; infinite for others."""
    values = Characters.of(text)
    if not values.lengths.all() or not values.within(b"-", b"9") or values.count(b"/"):
        return math.inf
    signs = values.count(b"-")
    if (not points and values.count(b".")) or (signs and signs != np.count_nonzero(values.starting_with(b"-"))):
        return math.inf
    return int(values.lengths.max())


def _cast_decimals(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Where all values have the same scale, their digits are whole numbers, which are read much faster."""
    if _digits(text) > _LONG_DIGITS:
        return None
    values = Characters.of(text)
    points = np.flatnonzero(values.data == ord("."))
    if not len(points):
        return _scaled(text.cast(pa.int64()), kind, kind.scale)
    scales = values.ends[1:] - points - 1 if len(points) == len(values) else np.zeros(0)
    one_each = len(scales) and (points >= values.ends[:-1]).all() and scales.min() == scales.max()
    if not one_each or not 0 < int(scales[0]) <= kind.scale:
        return None
    return _scaled(values.without(points).cast(pa.int64()), kind, kind.scale - int(scales[0]))


def _scaled(digits: pa.Array, kind: pa.DataType, zeros: int) -> pa.Array | None:
    """Whole numbers with so many zeros behind them as the digits of a decimal; None where they are too many."""
    if zeros + _LONG_DIGITS > 38 or zeros > _LONG_DIGITS:
        return None
    whole = digits.to_numpy()
    highest = max(abs(int(whole.max())), abs(int(whole.min()))) * 10**zeros
    if highest >= min(10**kind.precision, 2**63):
        return None
    halves = np.empty((len(whole), 2), np.int64)
    np.multiply(whole, 10**zeros, out=halves[:, 0])
    np.right_shift(halves[:, 0], 63, out=halves[:, 1])
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(halves)])


def _cast_times(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    if pa.types.is_date(kind):
        grid = Characters.of(text).grid(10)
        return text.cast(kind) if grid is not None and are_days(grid) else None
    if not pa.types.is_timestamp(kind):
        return None
    found = evidence(text)
    if found == LOCAL_TIME:
        return text.cast(pa.timestamp("us")).cast(kind)
    return text.cast(kind) if found == UTC_TIME else None
