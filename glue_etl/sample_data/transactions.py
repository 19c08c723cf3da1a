"""Rows of transactions from a seed, some of them bad on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from operator import attrgetter
from random import Random
from typing import Any

import pyarrow as pa

from glue_etl.sample_data.writers import Shape

FIRST_DAY = date(2023, 1, 1)
CURRENCIES = ("USD", "EUR", "GBP", "JPY")
NOTES = ("online", "in store", 'said "no receipt"', "Müller, Köln", "日本橋", "refund, partly", None)
BATCH = 20_000
"""Rows made at a time, so that memory does not grow with the file."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row. None where a value is missing."""

    id: int | None
    customer_id: str | None
    transaction_date: date | None
    amount: float | None
    currency: str
    note: str | None


SHAPE = Shape(
    pa.schema(
        [
            ("id", pa.int64()),
            ("customer_id", pa.string()),
            ("transaction_date", pa.date32()),
            ("amount", pa.float64()),
            ("currency", pa.string()),
            ("note", pa.string()),
        ]
    ),
    {
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
    },
    {"amount": "{:.2f}".format},
)
"""The columns of transactions in files of any format."""
values_of: Callable[[Transaction], tuple[Any, ...]] = attrgetter(*(field.name for field in fields(Transaction)))
"""A transaction as a row of that shape."""


def transactions(seed: int, first_id: int, rows: int, bad_share: float = 0.0) -> Iterator[list[Transaction]]:
    """`rows` transactions with ids from `first_id`, in batches; a `bad_share` of 0..1 of them breaks an expectation."""
    random = Random(f"{seed}/{first_id}")
    for start in range(0, rows, BATCH):
        batch = [_transaction(random, first_id + n) for n in range(start, min(start + BATCH, rows))]
        yield [_spoiled(random, row) if random.random() < bad_share else row for row in batch]


def _transaction(random: Random, number: int) -> Transaction:
    # Most purchases are small and a few are large: log-normal, as real ones are.
    amount = max(round(random.lognormvariate(3.5, 1.1), 2), 0.01)
    day = FIRST_DAY + timedelta(days=random.randrange(365))
    customer = f"C{random.randrange(1, 10_000):04}"
    return Transaction(number, customer, day, amount, random.choice(CURRENCIES), random.choice(NOTES))


_FAULTS: tuple[Callable[[Transaction], Transaction], ...] = (
    lambda row: replace(row, id=None),
    lambda row: replace(row, customer_id=None),
    lambda row: replace(row, transaction_date=None),
    lambda row: replace(row, amount=None),
    lambda row: replace(row, amount=-(row.amount or 1.0)),
    lambda row: replace(row, customer_id="unknown customer"),
)


def _spoiled(random: Random, row: Transaction) -> Transaction:
    return random.choice(_FAULTS)(row)
