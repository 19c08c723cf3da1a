"""Sets of files: any number of transactions files, and the default set of `make run`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from glue_etl.core.formats.registry import FORMATS
from glue_etl.sample_data.transactions import SHAPE, Transaction, transactions, values_of
from glue_etl.sample_data.writers import WRITERS, Row

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: `rows` in each of `files`, whose formats take turns; `bad_share` is 0..1."""

    rows: int
    files: int = 1
    seed: int = 0
    bad_share: float = 0.0
    formats: Sequence[str] = FORMATS
    name: str = "transactions"


def generate(order: Order, folder: Path, progress: Progress = lambda rows: None) -> list[Path]:
    """Write the files of `order` into `folder`; `progress` is told of rows as they are made."""
    folder.mkdir(parents=True, exist_ok=True)
    width = max(len(str(order.files)), 3)
    paths = []
    for number in range(order.files):
        kind = order.formats[number % len(order.formats)]
        path = folder / f"{order.name}_{number + 1:0{width}}.{kind}"
        rows = transactions(order.seed, 1 + number * order.rows, order.rows, order.bad_share)
        WRITERS[kind](path, _rows(rows, progress), SHAPE)
        paths.append(path)
    return paths


def _rows(batches: Iterator[list[Transaction]], progress: Progress = lambda rows: None) -> Iterator[list[Row]]:
    for batch in batches:
        yield [values_of(row) for row in batch]
        progress(len(batch))


def default_set(folder: Path, seed: int = 0, rows: int = 200) -> list[Path]:
    """One good file in each format, one whose rows are mostly bad (quarantined), one that is no Parquet (rejected)."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_default_file(folder / f"transactions.{kind}", seed, rows, 0.0) for kind in FORMATS]
    paths.append(_default_file(folder / "transactions_bad.csv", seed, rows, 0.7))
    corrupt = folder / "transactions_corrupt.parquet"
    # The first half of a real file: what an upload that broke off leaves. Its footer, and so its schema, is missing.
    whole = (folder / "transactions.parquet").read_bytes()
    corrupt.write_bytes(whole[: len(whole) // 2])
    return [*paths, corrupt]


def _default_file(path: Path, seed: int, rows: int, bad_share: float) -> Path:
    WRITERS[path.suffix[1:]](path, _rows(transactions(seed, 1, rows, bad_share)), SHAPE)
    return path
