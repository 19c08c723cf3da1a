"""The rows and questions of benchmarks.bench_api: 10,000 of 8 columns in 4 objects; each request filters, orders and takes 50."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

ROWS, OBJECTS = 10_000, 4
TYPES = {
    "id": "bigint", "customer": "string", "amount": "decimal(9,2)", "score": "double", "day_of": "date", "at": "timestamp",
    "good": "boolean", "note": "string",
}  # fmt: skip
DATASET = "transactions"


def rows_table() -> pa.Table:
    numbers = range(ROWS)
    return pa.table({
        "id": pa.array(numbers), "customer": pa.array([f"C{n % 997:06d}" for n in numbers]),
        "amount": pa.array([Decimal(n % 10_000) for n in numbers], pa.decimal128(9, 2)),
        "score": pa.array([n / 7 for n in numbers]),
        "day_of": pa.array([n % 20_000 for n in numbers], pa.int32()).cast(pa.date32()),
        "at": pa.array([n * 1_000_000 for n in numbers], pa.timestamp("us")), "good": pa.array([n % 3 == 0 for n in numbers]),
        "note": pa.array([f"a note on row {n}" for n in numbers]),
    })  # fmt: skip


def question(n: int) -> dict[str, Any]:
    return {
        "columns": ["id", "customer", "amount", "at"], "limit": 50, "order": [{"column": "amount", "descending": True}],
        "filters": [{"column": "customer", "operator": "ge", "value": f"C{n % 900:06d}"}],
    }  # fmt: skip


PEER_SQL = (
    """SELECT id, customer, amount, "at" FROM kept WHERE customer >= ? ORDER BY amount DESC NULLS LAST, id LIMIT 51"""
)
"""What `question` asks, as somebody would write it by hand for DuckDB."""
