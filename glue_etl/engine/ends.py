"""The least and greatest values of columns, from the statistics in the footers of the Parquet that the engine writes.

Of whole numbers, dates and texts alone: there a footer says exactly what a look at every value would, and PyArrow gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.files.summaries import MOST_SUMMARISED

Ends = Mapping[str, tuple[Any, Any]]
"""Least and greatest value by the column's name; only of columns of which they are known."""


def ends_of(footer: pq.FileMetaData, schema: pa.Schema) -> Ends:
    """The ends of the first columns of an object, as many as a summary has."""
    if footer.num_columns != len(schema):
        return {}  # a nested column has many in the footer, or none
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    found = {}
    for place in range(min(len(schema), MOST_SUMMARISED)):
        field = schema.field(place)
        known = [group.column(place).statistics for group in groups] if _is_exact(field.type) else []
        if known and all(each is not None and each.has_min_max for each in known):
            with suppress(OverflowError):  # of dates that Python has not, from the year 10000 on: they are counted then
                found[field.name] = min(each.min for each in known), max(each.max for each in known)
    return found


def _is_exact(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_string(kind))


def merged(all_: Sequence[Ends]) -> Ends:
    """The ends of the objects together, of columns of which each one has them."""
    if not all_:
        return {}
    names = [name for name in all_[0] if all(name in each for each in all_)]
    return {name: (min(each[name][0] for each in all_), max(each[name][1] for each in all_)) for name in names}
