"""Puts the rows of many published Parquet objects together, in the objects' order, and counts them on both sides.

Nothing is cast: only objects with the same columns of the same types come together, so that readers find in the copy what they
found before. Of a dataset whose columns change from file to file more objects are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from glue_etl.engine.write import PartWriter


@dataclass(frozen=True, slots=True)
class Together:
    """`rows` of the objects that were read; `paths` of those that were written, with the rows that their footers tell."""

    rows: int
    paths: tuple[Path, ...]
    path_rows: tuple[int, ...]


def compact(objects: Sequence[Path], folder: Path) -> Together:
    """The rows of all objects in as few as their columns allow, below `folder`. Holds a few row groups in memory."""
    alike: dict[str, list[Path]] = {}
    rows = 0
    for path in objects:
        with pq.ParquetFile(path) as file:
            rows += file.metadata.num_rows
            alike.setdefault(str(file.schema_arrow.remove_metadata()), []).append(path)
    written = [_write(paths, folder / f"{n:05d}.snappy.parquet") for n, paths in enumerate(alike.values())]
    left = [path for path in written if path.exists()]
    return Together(rows, tuple(left), tuple(pq.read_metadata(path).num_rows for path in left))


def _write(objects: Sequence[Path], target: Path) -> Path:
    with PartWriter(target) as writer:
        for path in objects:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    writer.write(file.read_row_group(group))
    return target
