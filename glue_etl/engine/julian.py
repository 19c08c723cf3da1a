"""Dates before 1582-10-15 in files of programs that counted them in the Julian calendar: they keep their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from glue_etl.engine.columnar_types import Shape

_LEGACY = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")
_VERSION = b"org.apache.spark.version"
GREGORIAN_MS = -12_219_292_800_000
"""1582-10-15, the first day of the Gregorian calendar, in milliseconds from 1970."""
NOTICE = (
    "was written with the hybrid Julian calendar: its dates before 1582-10-15 are given with the year, month and day they "
    "had there; timestamps are as they are stored"
)
_GREGORIAN_DAY = -141_427
_EPOCH_JULIAN_DAY = 2_440_588


def with_julian_dates(shape: Shape) -> Shape:
    """The shape in which all dates are taken as days of the hybrid calendar."""
    if shape.given == pa.date32():
        return replace(shape, rule="julian")
    return replace(shape, inner=tuple(with_julian_dates(inner) for inner in shape.inner))


def proleptic_days(days: np.ndarray) -> np.ndarray:
    """Days from 1970 of the hybrid calendar as those of the proleptic Gregorian date with the same year, month and day.

    A 29th of February that only the Julian calendar has becomes the 1st of March, as in Spark.
    """
    old = days < _GREGORIAN_DAY
    return np.where(old, _gregorian(*_julian_date(np.where(old, days, 0).astype(np.int64))), days)


def _julian_date(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, month and day in the Julian calendar (E. G. Richards' algorithm; years and months begin in March)."""
    count = days + _EPOCH_JULIAN_DAY + 32_082
    years = (4 * count + 3) // 1461
    rest = count - 1461 * years // 4
    months = (5 * rest + 2) // 153
    return years - 4800 + months // 10, months + 3 - 12 * (months // 10), rest - (153 * months + 2) // 5 + 1


def _gregorian(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    early = (14 - month) // 12
    years, months = year + 4800 - early, month + 12 * early - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400 - 32_045
    return number - _EPOCH_JULIAN_DAY


def calendar_notice(metadata: Mapping[bytes, bytes], schema: pa.Schema) -> tuple[str, ...]:
    """A sentence if a Parquet file's metadata says that Spark wrote its dates in the Julian calendar, and it has some."""
    old = metadata.get(_VERSION, b"3").split(b".")[0] in (b"1", b"2")
    if not (old or any(key in metadata for key in _LEGACY)):
        return ()
    return (f"the file {NOTICE}",) if has_dates(schema) else ()


def has_dates(schema: pa.Schema) -> bool:
    """Whether a date or a timestamp is anywhere in the schema."""
    return any(_is_date(field.type) for field in schema)


def _is_date(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_is_date(kind.field(n).type) for n in range(kind.num_fields))
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))
