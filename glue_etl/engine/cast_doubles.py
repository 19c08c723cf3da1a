"""Doubles as decimals, whole: fast where a double is printed with at most 15 digits that the decimal holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_DIGITS = 15
"""A double gives every decimal number of so many digits back: the shortest text of the nearest double is that number."""
_EXACT_POWER = 22
"""10 to this is the largest power of ten that is a double."""


def cast_doubles(column: pa.Array, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """The column as decimals, and the rows that are for another to look at: they are null in it, as rows without a value are."""
    values = column.fill_null(0.0).to_numpy(zero_copy_only=False)
    absent = column.is_null().to_numpy(zero_copy_only=False)
    if kind.scale > _EXACT_POWER or kind.byte_width != 16:
        return pa.nulls(len(column), kind), np.flatnonzero(~absent)
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.rint(values * 10.0**kind.scale)
        fits = (np.abs(whole) < 10.0 ** min(_DIGITS, kind.precision)) & (whole / 10.0**kind.scale == values)
    return _decimals(np.where(fits, whole, 0).astype(np.int64), kind, fits & ~absent), np.flatnonzero(~fits & ~absent)


def _decimals(whole: np.ndarray, kind: pa.DataType, present: np.ndarray) -> pa.Array:
    """Decimals of these whole numbers of their last digit; null where they are not `present`."""
    halves = np.empty((len(whole), 2), np.int64)
    halves[:, 0] = whole
    np.right_shift(whole, 63, out=halves[:, 1])
    valid = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(kind, len(whole), [valid, pa.py_buffer(halves)])
