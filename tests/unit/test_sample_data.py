"""Sample data: known content, the same bytes for a seed, readable in every format, bad where it was ordered bad."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import fastavro
import pytest
from pyarrow import ArrowInvalid, orc, parquet

from glue_etl.core.formats.registry import FORMATS
from glue_etl.sample_data.generate import Order, default_set, generate
from glue_etl.sample_data.transactions import BATCH, SHAPE, Transaction, transactions
from glue_etl.sample_data.writers import WRITERS


def read(path: Path) -> list[dict[str, object]]:
    """What an independent reader finds."""
    match path.suffix:
        case ".csv":
            return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        case ".json":
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        case ".parquet":
            return parquet.read_table(path).to_pylist()
        case ".orc":
            return orc.ORCFile(path).read().to_pylist()
        case _:
            with path.open("rb") as file:
                return list(fastavro.reader(file))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_holds_the_same_rows(tmp_path: Path, kind: str):
    (path,) = generate(Order(rows=50, formats=(kind,), bad_share=0.3), tmp_path)
    (expected,) = list(transactions(0, 1, 50, 0.3))
    assert [comparable(row) for row in read(path)] == [comparable(as_dict(row)) for row in expected]


def as_dict(row: Transaction) -> dict[str, object]:
    return {name: getattr(row, name) for name in tuple(SHAPE.arrow.names)}


def comparable(row: dict[str, object]) -> list[str]:
    values = ("" if row[name] is None else row[name] for name in tuple(SHAPE.arrow.names))
    return [f"{value:.2f}" if isinstance(value, float) else str(value) for value in values]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_seed_decides_every_byte(tmp_path: Path, kind: str):
    folders = [tmp_path / name for name in ("once", "again", "other")]
    made = [
        generate(Order(rows=30, files=2, seed=seed, formats=(kind,)), folder)
        for folder, seed in zip(folders, (7, 7, 8), strict=True)
    ]
    once, again, other = [[path.read_bytes() for path in paths] for paths in made]
    assert once == again
    assert once[0] != other[0]
    assert once[0] != once[1]


def test_formats_take_turns_and_ids_never_repeat(tmp_path: Path):
    paths = generate(Order(rows=10, files=7), tmp_path)
    assert [path.suffix[1:] for path in paths] == [*FORMATS, "csv", "json"]
    ids = [int(str(row["id"])) for path in paths for row in read(path)]
    assert ids == list(range(1, 71))


def test_more_rows_than_one_batch_are_all_written(tmp_path: Path):
    told: list[int] = []
    (path,) = generate(Order(rows=BATCH + 1, formats=("parquet",)), tmp_path, told.append)
    assert parquet.read_metadata(path).num_rows == BATCH + 1 == sum(told)


def test_the_share_of_bad_rows_is_what_was_ordered():
    def bad(share: float) -> int:
        return sum(is_bad(row) for batch in transactions(1, 1, 10_000, share) for row in batch)

    assert bad(0.0) == 0
    assert 2_800 < bad(0.3) < 3_200
    assert bad(1.0) == 10_000


def is_bad(row: Transaction) -> bool:
    missing = None in (row.id, row.customer_id, row.transaction_date, row.amount)
    return missing or (row.amount or 0) < 0 or not str(row.customer_id).startswith("C")


def test_good_dates_are_of_one_year():
    dates = [row.transaction_date for batch in transactions(3, 1, 1000) for row in batch]
    assert all(day and date(2023, 1, 1) <= day <= date(2023, 12, 31) for day in dates)


def test_the_default_set_has_each_format_one_bad_and_one_corrupt_file(tmp_path: Path):
    paths = default_set(tmp_path)
    assert [path.name for path in paths[:5]] == [f"transactions.{kind}" for kind in FORMATS]
    assert [len(read(path)) for path in paths[:6]] == [200] * 6
    with pytest.raises(ArrowInvalid, match="magic bytes not found in footer"):
        parquet.read_table(paths[6])
    assert set(WRITERS) == set(FORMATS)
