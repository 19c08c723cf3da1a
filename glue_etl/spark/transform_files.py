"""Parquet in and out of transforms: frames of the objects that are published, and one file of the rows that come out.

Objects are fetched by Spark's tasks and read with PyArrow, so that files of other versions of a dataset's schema fit its columns
of today. The file that is written depends on the rows alone: sorted by all columns, the same writer, the same settings.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import DataType, MapType, NullType, StructType

from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.core.transforming.runs import Frame
from glue_etl.spark.store import Store

ROWS_A_GROUP = 100_000
_DAY = re.compile(r"/year=(\d{4})/month=(\d{2})/day=(\d{2})/")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was staged: its rows, and the digest of its bytes."""

    rows: int
    digest: str


def struct_of(spark: SparkSession, columns: Mapping[str, str]) -> StructType:
    """Columns and their Spark SQL types as a schema."""
    ddl = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
    return spark.createDataFrame([], ddl).schema


def read_frame(spark: SparkSession, store: Store, bucket: str, frame: Frame) -> DataFrame:
    """The rows of the frame's objects. Tasks raise ObjectGone where one is not there any more."""
    struct = struct_of(spark, frame.columns)
    if not frame.keys:
        return spark.createDataFrame([], struct)
    tasks = min(len(frame.keys), spark.sparkContext.defaultParallelism)
    keys = spark.createDataFrame([(f"s3://{bucket}/{key}",) for key in frame.keys], "uri string").repartition(tasks)
    return keys.mapInArrow(partial(_read, store, to_arrow_schema(struct)), struct)


def _read(store: Store, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for uris in batches:
        for uri in uris.column(0).to_pylist():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "object.parquet")
                store.get(uri, path)
                for batch in pq.ParquetFile(path).iter_batches():
                    yield _fitted(batch, schema, _day_of(uri))


def _day_of(uri: str) -> dict[str, str]:
    found = _DAY.search(uri)
    return dict(zip(PARTITION_COLUMNS, found.groups(), strict=True)) if found else {}


def _fitted(batch: pa.RecordBatch, schema: pa.Schema, day: Mapping[str, str]) -> pa.RecordBatch:
    """The batch with the dataset's columns: null where the file has none, the folder's year, month and day."""
    places = {name.lower(): n for n, name in enumerate(batch.schema.names)}

    def column(field: pa.Field) -> pa.Array:
        if field.name in day:
            return pa.array([day[field.name]] * batch.num_rows, field.type)
        place = places.get(field.name.lower())
        return pa.nulls(batch.num_rows, field.type) if place is None else batch.column(place).cast(field.type)

    return pa.RecordBatch.from_arrays([column(field) for field in schema], schema=schema)


def write_file(frame: DataFrame, store: Store, uri: str) -> Written:
    """All rows of the frame as one Parquet file at `uri`: the same rows make the same bytes."""
    whole = frame.select(
        *(
            F.col(f"`{f.name}`").cast("string") if isinstance(f.dataType, NullType) else F.col(f"`{f.name}`")
            for f in frame.schema
        )
    )
    schema = to_arrow_schema(whole.schema)
    write = partial(_write, store, uri, schema)
    kept = whole.repartition(1).sortWithinPartitions(*map(_sortable, whole.schema))
    found = kept.mapInArrow(write, "rows long, digest string").collect()
    if not found:  # Spark starts no task where it sees that there are no rows
        (nothing,) = write(iter(()))
        found = nothing.to_pylist()
    return Written(int(found[0]["rows"]), str(found[0]["digest"]))


def _sortable(field: Any) -> Any:
    column = F.col(f"`{field.name}`")
    return F.to_json(column) if _has_map(field.dataType) else column


def _has_map(kind: DataType) -> bool:
    inner = [getattr(kind, name) for name in ("elementType",) if hasattr(kind, name)]
    inner += [field.dataType for field in kind.fields] if isinstance(kind, StructType) else []
    return isinstance(kind, MapType) or any(map(_has_map, inner))


def _write(store: Store, uri: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    with tempfile.TemporaryDirectory() as folder:
        path, rows = Path(folder, "rows.parquet"), 0
        with pq.ParquetWriter(path, schema, compression="snappy") as writer:
            for group in _groups(batches, schema):
                rows += group.num_rows
                writer.write_table(group, row_group_size=ROWS_A_GROUP)
        store.put(path, uri)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    yield pa.RecordBatch.from_pylist(
        [{"rows": rows, "digest": digest}], pa.schema([("rows", pa.int64()), ("digest", pa.string())])
    )


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of about ROWS_A_GROUP rows: how Spark cuts its batches does not depend on anything but their number."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= ROWS_A_GROUP:
            yield pa.Table.from_batches(waiting).cast(schema)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting).cast(schema)
