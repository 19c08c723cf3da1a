"""Some columns of many Parquet objects, gathered in one file of this machine: read batch by batch, and no other column.

Keys are texts, so that a number is the same value whether a table has it as a bigint or as a decimal. What is held in memory is a
batch of rows, however many objects there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from glue_etl.core.errors import FileRejected, Transient
from glue_etl.engine.columnar_files import opened
from glue_etl.engine.model import ByteSource

BATCH_ROWS = 64 * 1024
_MOMENT = pa.timestamp("us")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns to gather: `keys` as texts, `moments` as times in UTC (null where a column has none)."""

    keys: tuple[str, ...]
    moments: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys((*self.keys, *self.moments)))

    @property
    def schema(self) -> pa.Schema:
        keys = [pa.field(key_name(name), pa.string()) for name in self.keys]
        moments = [pa.field(moment_name(name), _MOMENT) for name in self.moments]
        return pa.schema([("file", pa.int64()), ("row", pa.int64()), *keys, *moments])


def key_name(column: str) -> str:
    return f"k:{column}"


def moment_name(column: str) -> str:
    return f"t:{column}"


@dataclass(slots=True)
class Gathered:
    """A Parquet file of this machine with the columns of `wanted`, and of each row its file's number and its place in there.

    `lacking`: by the file's number the columns that it does not have, or that are no times where times are wanted.
    """

    path: Path
    wanted: Wanted
    lacking: dict[int, set[str]] = field(default_factory=dict)
    _rows: dict[int, int] = field(default_factory=dict)

    @contextmanager
    def writing(self) -> Iterator[pq.ParquetWriter]:
        with pq.ParquetWriter(self.path, self.wanted.schema, compression="zstd") as writer:
            yield writer

    def add(self, writer: pq.ParquetWriter, number: int, source: ByteSource) -> None:
        """Add an object of the file with this number. Raises Transient where the object has gone since it was listed."""
        try:
            content = pq.ParquetFile(opened(source))
            there = [name for name in self.wanted.columns if name in content.schema_arrow.names]
            for batch in content.iter_batches(BATCH_ROWS, columns=there):
                writer.write_table(self._table(number, batch))
        except FileRejected as error:
            raise Transient(f"a published object went away while the run looked at it: {error}") from error
        missing = set(self.wanted.columns) - set(there)
        moments = {
            name
            for name in self.wanted.moments
            if name in there and not _is_moment(content.schema_arrow.field(name).type)
        }
        if missing | moments:
            self.lacking.setdefault(number, set()).update(missing | moments)

    def _table(self, number: int, batch: pa.RecordBatch) -> pa.Table:
        first = self._rows.get(number, 0)
        self._rows[number] = first + batch.num_rows
        found: dict[str, pa.Array] = {
            "file": pa.repeat(pa.scalar(number, pa.int64()), batch.num_rows),
            "row": pa.array(range(first, first + batch.num_rows), pa.int64()),
        }
        names = set(batch.schema.names)
        for name in self.wanted.keys:
            found[key_name(name)] = text_of(batch.column(name)) if name in names else _nulls(batch, pa.string())
        for name in self.wanted.moments:
            usable = name in names and _is_moment(batch.column(name).type)
            found[moment_name(name)] = _moments(batch.column(name)) if usable else _nulls(batch, _MOMENT)
        return pa.table(found, self.wanted.schema)


def _nulls(batch: pa.RecordBatch, kind: pa.DataType) -> pa.Array:
    return pa.nulls(batch.num_rows, kind)


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _moments(values: pa.Array) -> pa.Array:
    if pa.types.is_date(values.type):
        return values.cast(_MOMENT)
    return values.cast(pa.timestamp("us", values.type.tz), safe=False).cast(_MOMENT)


def text_of(values: pa.Array) -> pa.Array:
    """Values as texts; numbers without zeros behind the point, so that 1.00 is 1."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
    texts = values.cast(pa.string())
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return pc.replace_substring_regex(texts, r"^(-?\d+)(?:\.0*|(\.\d*?[1-9])0+)$", r"\1\2")
    return texts


def gather(path: Path, wanted: Wanted, objects: Iterable[tuple[int, ByteSource]]) -> Gathered:
    """The wanted columns of these objects, each with the number of its file; objects of a file in their order."""
    gathered = Gathered(path, wanted)
    with gathered.writing() as writer:
        for number, source in objects:
            gathered.add(writer, number, source)
    return gathered


def reference_values(csv: Path, key: str) -> pa.Table:
    """The column `key` of a reference file, as texts. Raises KeyError where it has none of that name."""
    names: Sequence[str] = pa_csv.open_csv(csv).schema.names
    if key not in names:
        raise KeyError(key)
    options = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), include_columns=[key])
    table = pa_csv.read_csv(csv, convert_options=options)
    return pa.table({"k": table.column(key)})
