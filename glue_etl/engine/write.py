"""Writes staged rows and bad records as Parquet, one object a piece, and counts from the footers what was written.

Spark, Athena and DuckDB read them: times are microseconds in UTC, decimals are stored as whole numbers where they fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.engine.ends import Ends, ends_of
from glue_etl.engine.model import MIB, BadRecord

ROW_GROUP_BYTES = 64 * MIB
PAGE_BYTES = MIB
_CALENDAR = {"org.apache.spark.version": "3.5.6"}
"""Spark takes dates before 1582-10-15 as Gregorian from a writer of version 3 and above, and refuses a file that does not say."""
_BAD_SCHEMA = pa.schema(
    [
        ("source_file", pa.string()),
        ("line", pa.int64()),
        ("byte_offset", pa.int64()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
        ("raw_hex", pa.string()),
    ]
)
"""Bad records: `line` and `byte_offset` as in Place; the record is in `raw`, or in `raw_hex` where its bytes are no text."""
_LONGEST_RAW = MIB


_SMALL_BYTES = 4 * MIB
"""Rows up to this become a Parquet object in memory, which is then written at once: that costs fewer calls of the system."""


class PartWriter:
    """Rows in order into one Parquet object, in row groups of about 64 MiB; no rows: no object."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._sink: pa.BufferOutputStream | None = None
        self._waiting: list[pa.Table] = []
        self._bytes = 0

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._end()

    def close(self) -> None:
        """Writes what waits, and the footer."""
        self._flush()
        self._end()

    def _end(self) -> None:
        if self._writer:
            self._writer.close()
        if self._sink:
            self._path.write_bytes(self._sink.getvalue())

    def write(self, rows: pa.Table) -> None:
        if not len(rows):
            return
        self._waiting.append(rows)
        self._bytes += rows.nbytes
        if self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        group = pa.concat_tables(self._waiting)
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._bytes <= _SMALL_BYTES:
                self._sink = pa.BufferOutputStream()
            self._writer = _writer(self._sink or self._path, group.schema)
        self._writer.write_table(group, row_group_size=max(1, len(group)))
        self._waiting, self._bytes = [], 0


def _writer(target: Path | pa.BufferOutputStream, schema: pa.Schema) -> pq.ParquetWriter:
    writer = pq.ParquetWriter(
        target, schema, compression="snappy", data_page_size=PAGE_BYTES, coerce_timestamps="us", store_schema=False,
        store_decimal_as_integer=True,
    )  # fmt: skip
    writer.add_key_value_metadata(_CALENDAR)
    return writer


def bad_table(bad: Sequence[BadRecord], source_file: str, with_raw: bool = True) -> pa.Table:
    """Bad records as rows of their table; `with_raw`: with the records themselves."""
    texts = [_as_text(record.place.raw) for record in bad]
    if not with_raw:
        return (
            bad_table(bad, source_file)
            .drop_columns(["raw", "raw_hex"])
            .append_column("raw", pa.nulls(len(bad), pa.string()))
            .append_column("raw_hex", pa.nulls(len(bad), pa.string()))
        )
    columns = [
        [source_file] * len(bad),
        [record.place.line for record in bad],
        [record.place.offset for record in bad],
        [record.code for record in bad],
        [record.reason for record in bad],
        texts,
        [
            record.place.raw[:_LONGEST_RAW].hex() if text is None else None
            for record, text in zip(bad, texts, strict=True)
        ],
    ]
    return pa.table(columns, schema=_BAD_SCHEMA)


def _as_text(raw: bytes) -> str | None:
    """The bytes as text where they are UTF-8; a record of more than 1 MiB is cut, at a whole character."""
    text = (
        raw[:_LONGEST_RAW].decode("utf-8", "ignore" if len(raw) > _LONGEST_RAW else "strict") if _is_utf8(raw) else None
    )
    return None if text is None or "\0" in text else text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Written:
    """What a Parquet object holds by its own footer: rows, columns as Arrow reads them (None: there is no object), and ends."""

    rows: int = 0
    schema: pa.Schema | None = None
    ends: Ends = field(default_factory=dict)


def written_at(path: Path) -> Written:
    if not path.exists():
        return Written()
    with pq.ParquetFile(path) as file:
        return Written(file.metadata.num_rows, file.schema_arrow, ends_of(file.metadata, file.schema_arrow))
