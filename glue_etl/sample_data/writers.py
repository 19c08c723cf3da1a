"""Writes transactions in each of the known formats. The same rows give the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
from pyarrow import orc, parquet

from glue_etl.sample_data.transactions import Transaction

COLUMNS = tuple(field.name for field in fields(Transaction))
Batches = Iterable[list[Transaction]]
values_of: Callable[[Transaction], tuple[Any, ...]] = attrgetter(*COLUMNS)

ARROW_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("customer_id", pa.string()),
        ("transaction_date", pa.date32()),
        ("amount", pa.float64()),
        ("currency", pa.string()),
        ("note", pa.string()),
    ]
)

AVRO_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Transaction",
    "fields": [
        {"name": "id", "type": ["null", "long"]},
        {"name": "customer_id", "type": ["null", "string"]},
        {"name": "transaction_date", "type": ["null", {"type": "int", "logicalType": "date"}]},
        {"name": "amount", "type": ["null", "double"]},
        {"name": "currency", "type": "string"},
        {"name": "note", "type": ["null", "string"]},
    ],
}
# Avro's block marker is random by default, which would make two equal files differ.
SYNC_MARKER = b"glue-etl-pipelin"


def write_csv(path: Path, batches: Batches) -> None:
    """Header, LF line ends, quotes only where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for batch in batches:
            writer.writerows(_csv_row(row) for row in batch)


def _csv_row(row: Transaction) -> tuple[object, ...]:
    amount = None if row.amount is None else f"{row.amount:.2f}"
    return (row.id, row.customer_id, row.transaction_date, amount, row.currency, row.note)


def write_json(path: Path, batches: Batches) -> None:
    """One object a line; a missing value is null."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in _rows(batches):
            file.write(json.dumps(_document(row), default=str, ensure_ascii=False) + "\n")


def write_parquet(path: Path, batches: Batches) -> None:
    """One row group a batch, snappy."""
    with parquet.ParquetWriter(path, ARROW_SCHEMA, compression="snappy") as writer:
        for batch in batches:
            writer.write_table(_table(batch))


def write_orc(path: Path, batches: Batches) -> None:
    """Compressed with zlib, which every reader knows."""
    with orc.ORCWriter(str(path), compression="zlib") as writer:
        for batch in batches:
            writer.write(_table(batch))


def write_avro(path: Path, batches: Batches) -> None:
    """An object container file, deflate."""
    with path.open("wb") as file:
        records = (_document(row) for row in _rows(batches))
        fastavro.writer(file, AVRO_SCHEMA, records, codec="deflate", sync_marker=SYNC_MARKER)


def _document(row: Transaction) -> dict[str, Any]:
    return dict(zip(COLUMNS, values_of(row), strict=True))


def _rows(batches: Batches) -> Iterator[Transaction]:
    for batch in batches:
        yield from batch


def _table(batch: list[Transaction]) -> pa.Table:
    columns = zip(*map(values_of, batch), strict=True)
    return pa.table(
        [pa.array(list(values), field.type) for values, field in zip(columns, ARROW_SCHEMA, strict=True)], ARROW_SCHEMA
    )


WRITERS: dict[str, Callable[[Path, Batches], None]] = {
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
    "orc": write_orc,
    "avro": write_avro,
}
