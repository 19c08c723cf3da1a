"""The stub row of the health check, as a file of each format that the pipeline reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from glue_etl.sample_data.writers import WRITERS, Shape

ROW = ("test_1", "value_1")
_SHAPE = Shape(
    pa.schema([("id", pa.string()), ("value", pa.string()), ("timestamp", pa.timestamp("us", "UTC"))]),
    {
        "type": "record",
        "name": "HealthCheck",
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "value", "type": "string"},
            {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        ],
    },
)


def stub_files(now: datetime) -> Mapping[str, bytes]:
    """Format -> a file of it whose one row says that it was made `now` (with a time zone)."""
    with TemporaryDirectory() as folder:
        return {name: _written(Path(folder) / name, name, now) for name in WRITERS}


def _written(path: Path, name: str, now: datetime) -> bytes:
    WRITERS[name](path, [[(*ROW, now)]], _SHAPE)
    return path.read_bytes()
