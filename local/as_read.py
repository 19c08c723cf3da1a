"""A file as it is read, before anything is made of it: the source's own columns and text, as CSV.

Records with other numbers of cells than the header are there too, with the cells that they have.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.csv as pa_csv

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.delimited_records import Grammar, read_records
from glue_etl.engine.as_text import as_text
from glue_etl.engine.model import BadRecord, Chunk, FilePlan, Options
from glue_etl.engine.open import open_format
from glue_etl.engine.sources import LocalFile
from glue_etl.engine.stage import plan_file

_RAGGED = ("too_few_cells", "too_many_cells")
_WRITE = pa_csv.WriteOptions(include_header=False, quoting_style="needed")


def write_as_read(path: Path, target: TextIO) -> None:
    """Write the file's header, if it has one, and its records. Absent values are empty, empty texts are `""`.

    A file without any content has neither: nothing is written. Raises FileRejected for others that can't be read.
    """
    source = LocalFile(path.resolve())
    try:
        _, form = open_format(source)
        plan = plan_file(form, source, Options())
    except FileRejected as error:
        if error.code != "empty_file":
            raise
        return
    writer = csv.writer(target, lineterminator="\n")
    if _has_header(plan):
        writer.writerow(plan.schema.names)
    for piece in plan.pieces:
        for chunk in form.read(source, plan, piece):
            ragged = [bad for bad in chunk.bad if bad.code in _RAGGED]
            if ragged:
                target.writelines(_in_order(chunk, ragged, plan))
            else:
                target.write(_as_csv(chunk.rows))


def _has_header(plan: FilePlan) -> bool:
    dialect = _dialect(plan)
    return dialect is None or dialect.header > 0


def _dialect(plan: FilePlan) -> Any:
    """The dialect of delimited text; None for other formats."""
    return getattr(plan.how, "dialect", None)


def _as_csv(rows: pa.RecordBatch) -> str:
    if not len(rows):
        return ""
    text = pa.table([as_text(column) for column in rows.columns], names=[str(n) for n in range(rows.num_columns)])
    written = io.BytesIO()
    pa_csv.write_csv(text, written, _WRITE)
    return written.getvalue().decode()


def _in_order(chunk: Chunk, ragged: Sequence[BadRecord], plan: FilePlan) -> Iterator[str]:
    """The chunk's records as lines of CSV, those with other numbers of cells at their places."""
    places = chunk.locate(range(len(chunk.rows)))
    start = 0
    for bad in ragged:
        end = next((n for n in range(start, len(places)) if places[n].offset > bad.place.offset), len(places))  # type: ignore[operator]
        yield _as_csv(chunk.rows.slice(start, end - start))
        yield _written(_cells(bad, plan))
        start = end
    yield _as_csv(chunk.rows.slice(start))


def _cells(bad: BadRecord, plan: FilePlan) -> Sequence[str]:
    dialect = _dialect(plan)
    text = bad.place.raw.decode(dialect.encoding, "replace")
    grammar = Grammar(dialect.delimiter, dialect.quote, dialect.escape, dialect.skip_initial_space, dialect.comment)
    records = list(read_records(text, grammar, 1, len(text) + 1))
    return records[0].cells if records else ()


def _written(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def write_batches(batches: Iterator[pa.RecordBatch], target: TextIO) -> None:
    """Rows of a table as CSV with a header: ISO times, JSON for what has parts, nothing for null."""
    for number, batch in enumerate(batches):
        if not number:
            csv.writer(target, lineterminator="\n").writerow(batch.schema.names)
        target.write(_as_csv(batch))


def text_rows(batch: pa.RecordBatch) -> Iterator[list[str]]:
    """The values of each row as text, "" for null."""
    columns = [as_text(column).to_pylist() for column in batch.columns]
    for values in zip(*columns, strict=True):
        yield ["" if value is None else value for value in values]
