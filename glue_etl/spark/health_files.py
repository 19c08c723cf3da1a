"""The stub row of the health check, as a file of each format that the pipeline reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

ROW = {"id": "test_1", "value": "value_1"}
_ARROW = pa.schema([("id", pa.string()), ("value", pa.string()), ("timestamp", pa.timestamp("us", "UTC"))])
_AVRO = {
    "type": "record",
    "name": "HealthCheck",
    "fields": [
        *({"name": name, "type": "string"} for name in ROW),
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}


def stub_files(now: datetime) -> Mapping[str, bytes]:
    """Format -> a file of it whose one row says that it was made `now` (with a time zone)."""
    return {name: write(now) for name, write in _WRITERS.items()}


def _csv(now: datetime) -> bytes:
    return f"id,value,timestamp\n{ROW['id']},{ROW['value']},{now.isoformat()}\n".encode()


def _json(now: datetime) -> bytes:
    return json.dumps({**ROW, "timestamp": now.isoformat()}).encode()


def _parquet(now: datetime) -> bytes:
    written = io.BytesIO()
    pq.write_table(_table(now), written)
    return written.getvalue()


def _orc(now: datetime) -> bytes:
    written = io.BytesIO()
    orc.write_table(_table(now), written)
    return written.getvalue()


def _avro(now: datetime) -> bytes:
    written = io.BytesIO()
    fastavro.writer(written, _AVRO, [{**ROW, "timestamp": now}])
    return written.getvalue()


def _table(now: datetime) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, "timestamp": now}], _ARROW)


_WRITERS: Mapping[str, Callable[[datetime], bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "orc": _orc,
    "avro": _avro,
}
