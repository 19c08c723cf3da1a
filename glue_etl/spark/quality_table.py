"""The quality table's Parquet, with the types that core/datasets/quality_table.py fixes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.quality_table import COLUMNS
from glue_etl.engine.spark_types import arrow_type

SCHEMA = pa.schema([(name, arrow_type(kind)) for name, kind, _ in COLUMNS])


def to_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as one Parquet object."""
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], SCHEMA), content)
    return content.getvalue()
