"""Looks a bounded sample of a file's rows over for columns of persons: some hundred different values of each column at most."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from glue_etl.core.datasets.personal import BIRTH_DATE, NAME, Looks, looks_like, named_kind
from glue_etl.engine.as_text import as_text
from glue_etl.engine.spark_types import spark_type

ROWS, VALUES, COLUMNS = 200, 100, 300
"""The first rows that are looked at, different values of a column, and the first columns."""
_CHECKED = re.compile(r"@|\d[\d ()./-]{5,}\d|[A-Z]{2}\d{2}|\d{7}|[A-Z]{6}\d{2}")
"""What each value that passes a check has in it: a column without it is not looked at one by one."""


def scan(rows: pa.Table, names: Sequence[str]) -> dict[str, Looks]:
    """Columns that look like persons', with what they look like."""
    found = {}
    for name in names[:COLUMNS]:
        column = rows.column(name)
        kind = column.type
        if _may_be(kind) and (looks := _looks(name, column.slice(0, ROWS))):
            found[name] = looks
    return found


def _may_be(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_int64(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    )


def _looks(name: str, column: pa.ChunkedArray) -> Looks | None:
    said = named_kind(name)
    if said in (NAME, BIRTH_DATE) or _is_checked(column.type):
        different = column.combine_chunks().unique().drop_null()[:VALUES]
        values = as_text(different).to_pylist()
        if said in (NAME, BIRTH_DATE) or _CHECKED.search("\n".join(values)):
            return looks_like(name, spark_type(column.type), values)
    return None


def _is_checked(kind: pa.DataType) -> bool:
    return not (pa.types.is_date(kind) or pa.types.is_timestamp(kind))
