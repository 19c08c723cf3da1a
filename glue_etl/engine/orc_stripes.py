"""Reads stripes of ORC with PyArrow. Runs in a process of its own (isolated): liborc may end it on a damaged file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import orc

from glue_etl.engine.columnar_files import opened
from glue_etl.engine.model import ByteSource

ROWS = 65536


def schema(source: ByteSource) -> Iterator[pa.RecordBatch]:
    """One value: the file's types as PyArrow writes a schema. (It can't make empty arrays of unions.)"""
    serialized = orc.ORCFile(opened(source)).schema.serialize().to_pybytes()
    yield pa.RecordBatch.from_arrays([pa.array([serialized])], ["schema"])


def stripes(source: ByteSource, units: Sequence[int], rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of numbered stripes, in batches of at most `rows`."""
    file = orc.ORCFile(opened(source))
    for unit in units:
        batch = file.reader.read_stripe(unit, columns=None)
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)
