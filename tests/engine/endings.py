"""What the engine makes of one file: opened by its content, planned, typed, staged to Parquet, and read back as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import ENRICHMENT_COLUMNS
from glue_etl.engine.enrich import Origin
from glue_etl.engine.open import open_format
from glue_etl.engine.sources import InMemory
from glue_etl.engine.stage import Staged, stage_file

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ending:
    """`columns`: "name: type" of each. `rows`: the values as text, None for null. `bad`: "line/offset code: reason | raw bytes".

    `told`: the sentences for people, or why the file is rejected ("code: reason").
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    bad: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def ending_of(name: str, content: bytes, folder: Path) -> Ending:
    """The whole path of a file, in this process, without a contract."""
    source = InMemory(name, content)
    try:
        kind, form = open_format(source)
        done = stage_file(form, source, Contract("default"), Origin("s3://raw/a", "b-1", kind, "test", NOW), folder)
    except FileRejected as error:
        return Ending(told=(f"{error.code}: {error.reason}",))
    columns = tuple(f"{column.name}: {column.type}" for column in done.table.columns)
    return Ending(columns, tuple(_rows(done)), tuple(_bad(done)), done.told)


def _rows(done: Staged) -> Iterator[tuple[str | None, ...]]:
    for piece in done.pieces:
        if piece.rows:
            rows = pq.read_table(piece.rows).drop_columns(list(ENRICHMENT_COLUMNS))
            columns = [column.to_pylist() for column in rows.columns]
            yield from (tuple(map(_text, row)) for row in zip(*columns, strict=True))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _bad(done: Staged) -> Iterator[str]:
    for piece in done.pieces:
        for row in pq.read_table(piece.bad).to_pylist() if piece.bad else ():
            raw = row["raw"] if row["raw"] is not None else f"hex {row['raw_hex']}"
            yield f"{row['line']}/{row['byte_offset']} {row['code']}: {row['reason']} | {raw}"
