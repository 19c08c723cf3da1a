"""What bench_ingest reads: transactions without a fault, as one CSV, as many small ones, and in the other formats."""

from __future__ import annotations

from pathlib import Path

import duckdb
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

SPARK_SCHEMA = (
    "id bigint, customer_id string, transaction_date date, amount decimal(18,2), merchant string, note string"
)
ROW_BYTES = 84
"""Bytes of a row as CSV, about."""
_ROWS = """
    SELECT i AS id, 'C' || (1000 + (hash(i) % 90000)) AS customer_id,
    (DATE '2021-01-01' + (hash(i + 1) % 1400)::INT)::DATE AS transaction_date,
    ((hash(i + 2) % 1000000 + 1) / 100)::DECIMAL(18, 2) AS amount,
    'merchant-' || lpad((hash(i + 3) % 5000)::VARCHAR, 4, '0') AS merchant,
    {note} AS note FROM range({first}, {last}) AS rows(i)
"""
NOTE = "'paid by card ending ' || lpad((hash(i + 4) % 10000)::VARCHAR, 4, '0')"
QUOTED_NOTE = """'said: "' || lpad((hash(i + 4) % 10000)::VARCHAR, 4, '0') || '",\n then paid,\n by card'"""
"""A note that stands in quotes, with a line break and a delimiter inside."""

_AVRO_FIELDS = [
    {"name": "id", "type": "long"},
    {"name": "customer_id", "type": "string"},
    {"name": "transaction_date", "type": {"type": "int", "logicalType": "date"}},
    {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}},
    {"name": "merchant", "type": "string"},
    {"name": "note", "type": "string"},
]


def rows(count: int, first: int = 1, note: str = NOTE) -> str:
    """SQL of so many transactions."""
    return _ROWS.format(first=first, last=first + count, note=note)


def write_csv(path: Path, count: int, first: int = 1, note: str = NOTE) -> None:
    _copy(rows(count, first, note), path, "FORMAT csv, HEADER true")


def write_many(folder: Path, files: int, rows_each: int) -> None:
    """So many small CSV files."""
    folder.mkdir()
    for number in range(files):
        write_csv(folder / f"transactions-{number:05d}.csv", rows_each, 1 + number * rows_each)


def write_json(path: Path, count: int) -> None:
    _copy(rows(count), path, "FORMAT json")


def write_parquet(path: Path, count: int) -> None:
    _copy(rows(count), path, "FORMAT parquet, COMPRESSION snappy")


def write_orc(path: Path, parquet: Path) -> None:
    """The same rows as an ORC of several stripes."""
    with pq.ParquetFile(parquet) as source, orc.ORCWriter(path, compression="zlib") as target:
        for batch in source.iter_batches(batch_size=256 * 1024):
            target.write(pa.Table.from_batches([batch]))


def write_avro(path: Path, parquet: Path) -> None:
    """The same rows as an Avro object container file."""
    schema = {"type": "record", "name": "transaction", "fields": _AVRO_FIELDS}
    with pq.ParquetFile(parquet) as source, path.open("wb") as target:
        rows = (row for batch in source.iter_batches(batch_size=64 * 1024) for row in batch.to_pylist())
        fastavro.writer(target, schema, rows, codec="snappy")


def _copy(sql: str, path: Path, options: str) -> None:
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"COPY ({sql}) TO '{path}' ({options})")
