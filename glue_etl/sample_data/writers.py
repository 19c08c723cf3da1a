"""Writes rows in each of the known formats. The same rows give the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
from pyarrow import orc, parquet

Row = tuple[Any, ...]
Batches = Iterable[Sequence[Row]]
# Avro's block marker is random by default, which would make two equal files differ.
SYNC_MARKER = b"glue-etl-pipelin"


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns with their types. `texts`: how a column's values stand in CSV, where str() would not do."""

    arrow: pa.Schema
    avro: Mapping[str, Any]
    texts: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)

    def table(self, batch: Sequence[Row]) -> pa.Table:
        columns = zip(*batch, strict=True)
        return pa.table([pa.array(list(c), f.type) for c, f in zip(columns, self.arrow, strict=True)], self.arrow)

    def documents(self, batches: Batches) -> Iterator[dict[str, Any]]:
        for batch in batches:
            for row in batch:
                yield dict(zip(self.arrow.names, row, strict=True))


def write_csv(path: Path, batches: Batches, shape: Shape) -> None:
    """Header, LF line ends, quotes only where needed."""
    special = [(shape.arrow.names.index(name), text) for name, text in shape.texts.items()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(shape.arrow.names)
        for batch in batches:
            writer.writerows(_cells(row, special) for row in batch)


def _cells(row: Row, special: Sequence[tuple[int, Callable[[Any], str]]]) -> Sequence[object]:
    cells = list(row)
    for place, text in special:
        if cells[place] is not None:
            cells[place] = text(cells[place])
    return cells


def write_json(path: Path, batches: Batches, shape: Shape) -> None:
    """One object a line; a missing value is null."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for document in shape.documents(batches):
            file.write(json.dumps(document, default=str, ensure_ascii=False) + "\n")


def write_parquet(path: Path, batches: Batches, shape: Shape) -> None:
    """One row group a batch, snappy."""
    with parquet.ParquetWriter(path, shape.arrow, compression="snappy") as writer:
        for batch in batches:
            writer.write_table(shape.table(batch))


def write_orc(path: Path, batches: Batches, shape: Shape) -> None:
    """Compressed with zlib, which every reader knows."""
    with orc.ORCWriter(str(path), compression="zlib") as writer:
        for batch in batches:
            writer.write(shape.table(batch))


def write_avro(path: Path, batches: Batches, shape: Shape) -> None:
    """An object container file, deflate."""
    with path.open("wb") as file:
        fastavro.writer(file, shape.avro, shape.documents(batches), codec="deflate", sync_marker=SYNC_MARKER)


WRITERS: dict[str, Callable[[Path, Batches, Shape], None]] = {
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
    "orc": write_orc,
    "avro": write_avro,
}
