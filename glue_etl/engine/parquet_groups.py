"""Reads footers and row groups of Parquet with PyArrow. Runs in a process of its own (isolated).

PyArrow's accessors of metadata end the process on some damaged footers (seen with 22: "level histogram size mismatch").
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_etl.core.errors import FileRejected
from glue_etl.core.reasons import error_text
from glue_etl.engine.columnar_files import READ_AHEAD_BYTES, opened
from glue_etl.engine.columnar_types import has_nanoseconds, leaf_count
from glue_etl.engine.model import ByteSource

MOST_ROWS = 65536


@dataclass(frozen=True, slots=True)
class Footer:
    """`kinds`: PyArrow's types by the unit in which INT96 is read. `marks`: the logical type of each leaf, by name."""

    kinds: dict[str, pa.Schema]
    marks: tuple[str, ...]
    rows: tuple[int, ...]
    sizes: tuple[int, ...]
    promised: int
    metadata: dict[bytes, bytes]
    writer: str


@dataclass(frozen=True, slots=True)
class Exactness:
    """Whether all values are whole microseconds; whether all fit 64 bits of nanoseconds; whether some are INT96."""

    whole: bool = True
    fits: bool = True
    int96: bool = False

    def __add__(self, other: Exactness) -> Exactness:
        return Exactness(self.whole and other.whole, self.fits and other.fits, self.int96 or other.int96)


def footer(source: ByteSource) -> Iterator[pa.RecordBatch]:
    """One Footer."""
    with _reading("the footer"):
        file = _opened(source, "us")
        meta = file.metadata
        groups = [meta.row_group(n) for n in range(meta.num_row_groups)]
        found = Footer(
            {"us": file.schema_arrow, "ns": _opened(source, "ns").schema_arrow},
            tuple(_mark(file.schema.column(n)) for n in range(len(file.schema))),
            tuple(group.num_rows for group in groups),
            tuple(group.total_byte_size for group in groups),
            meta.num_rows,
            dict(meta.metadata or {}),
            str(meta.created_by),
        )
    yield _as_batch(found)


def _as_batch(value: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([pickle.dumps(value)])], ["value"])


def value_of(batches: Iterator[pa.RecordBatch]) -> Any:
    """The one value of a function that yields one."""
    (batch,) = batches
    return pickle.loads(batch.column(0)[0].as_py())


def _opened(source: ByteSource, int96: str) -> pq.ParquetFile:
    return pq.ParquetFile(
        opened(source),
        coerce_int96_timestamp_unit=int96,
        page_checksum_verification=True,
        buffer_size=READ_AHEAD_BYTES,
        pre_buffer=False,
    )


def _mark(column: pq.ColumnSchema) -> str:
    logical = str(column.logical_type.type)
    return logical if logical not in ("NONE", "UNKNOWN") else str(column.converted_type)


def groups(source: ByteSource, units: Sequence[int], int96: str, block_bytes: int) -> Iterator[pa.RecordBatch]:
    """The rows of numbered row groups, in batches of about `block_bytes` by what the row group says of its size."""
    with _reading("the footer"):
        file = _opened(source, int96)
    for unit in units:
        with _reading(f"row group {unit + 1}"):
            group = file.metadata.row_group(unit)
            row_bytes = max(1, group.total_byte_size // max(1, group.num_rows))
            rows, found = max(1, min(MOST_ROWS, block_bytes // row_bytes)), 0
            for batch in file.iter_batches(rows, [unit], use_threads=False):
                found += batch.num_rows
                yield batch
        if found != group.num_rows:
            raise FileRejected(
                "corrupt", f"Row group {unit + 1} promises {group.num_rows} rows, and {found} were read."
            )


def exactness(source: ByteSource, units: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """By column with nanoseconds (in the reading of INT96 as such): one dict of Exactness."""
    with _reading("the times"):
        fine, micro = _opened(source, "ns"), _opened(source, "us")
        leaves = _leaves(fine)
        found = {n: Exactness() for n, field in enumerate(fine.schema_arrow) if has_nanoseconds(field.type)}
        for unit in units:
            for n in found:
                for leaf in leaves[n]:
                    found[n] += _exactness(fine, micro, unit, leaf)
    yield _as_batch(found)


def _leaves(file: pq.ParquetFile) -> list[range]:
    """The numbers of each column's leaves: Parquet stores one column for each, in the order of the schema."""
    leaves, first = [], 0
    for field in file.schema_arrow:
        count = leaf_count(field.type)
        leaves.append(range(first, first + count))
        first += count
    return leaves


def _exactness(fine: pq.ParquetFile, micro: pq.ParquetFile, unit: int, leaf: int) -> Exactness:
    """PyArrow wraps INT96 beyond 64 bits of nanoseconds without a word, so both readings are compared, modulo 2**64."""
    int96 = fine.schema.column(leaf).physical_type == "INT96"
    exact = Exactness(int96=int96)
    for one, other in zip(_leaf_batches(fine, unit, leaf), _leaf_batches(micro, unit, leaf), strict=True):
        nano, us = _moments(one.column(0)), _moments(other.column(0))
        whole = bool((us * 1000 == nano).all()) if int96 else bool((nano % 1000 == 0).all())
        exact += Exactness(whole, not int96 or bool((us == nano // 1000).all()))
    return exact


def _leaf_batches(file: pq.ParquetFile, unit: int, leaf: int) -> Iterator[pa.RecordBatch]:
    """One leaf by its number: by name it may not be the only one."""
    read: Callable[..., Iterator[pa.RecordBatch]] = file.reader.iter_batches
    return read(MOST_ROWS, row_groups=[unit], column_indices=[leaf], use_threads=False)


def _moments(array: pa.Array) -> np.ndarray:
    """The numbers of all timestamps in a column of one leaf, without its nulls; none if the leaf is of another type."""
    while pa.types.is_nested(array.type):
        array = pc.struct_field(array, 0) if pa.types.is_struct(array.type) else array.flatten()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not pa.types.is_timestamp(array.type):
        return np.zeros(0, np.int64)
    return array.drop_null().view(pa.int64()).to_numpy()


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Whatever PyArrow finds wrong with a file, as the file's fault: the world's errors are Transient and pass."""
    try:
        yield
    except pa.ArrowNotImplementedError as error:
        reason = f"The Parquet file has at {what} what the pipeline can't read: {error_text(str(error))}."
        raise FileRejected("unsupported_type", reason) from error
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        OverflowError,
        IndexError,
        KeyError,
        TypeError,
        MemoryError,
    ) as error:
        raise FileRejected("corrupt", f"The Parquet file can't be read at {what}: {error_text(str(error))}.") from error
