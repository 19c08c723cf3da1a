"""A Spark DataFrame as a Parquet file on the driver, one partition after the other: no more than one is in its memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema

PACKED = "batch binary"


def write_frame(df: DataFrame, path: Path) -> pa.Schema:
    """Write all rows, in their order; the schema that they have there."""
    schema = to_arrow_schema(df.schema)
    with pq.ParquetWriter(path, schema) as writer:
        for row in df.mapInArrow(packed, PACKED).toLocalIterator():
            with pa.ipc.open_stream(row.batch) as reader:
                for batch in reader:
                    writer.write_table(pa.Table.from_batches([batch]).cast(schema))
    return schema


def packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each batch as one value, in Arrow's own form: a task's whole answer in a few rows."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], names=["batch"])
