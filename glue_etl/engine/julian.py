"""Dates before 1582-10-15 in files of programs that counted them in the Julian calendar: said, never silently shifted."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

_LEGACY = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")
_VERSION = b"org.apache.spark.version"
GREGORIAN_MS = -12_219_292_800_000
"""1582-10-15, the first day of the Gregorian calendar, in milliseconds from 1970."""
NOTICE = (
    "was written with the hybrid Julian calendar: dates before 1582-10-15 are given as the days that are stored, "
    "which the proleptic Gregorian calendar names differently"
)


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
