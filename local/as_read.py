"""A file as it is read, before anything is made of it: the source's own columns and text, as CSV.

Bad records of delimited text are there too, with the cells that they have by a lenient rule: a quote closes a cell only where
a delimiter or the line's end follows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.csv as pa_csv

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.delimited_records import Grammar, read_records
from glue_etl.core.formats.dialect import Dialect, unwrap
from glue_etl.engine.as_text import as_text
from glue_etl.engine.model import BadRecord, ByteSource, Chunk, FilePlan, Options
from glue_etl.engine.open import open_format
from glue_etl.engine.stage import plan_file

_WRITE = pa_csv.WriteOptions(include_header=False, quoting_style="needed")


def write_as_read(source: ByteSource, target: TextIO) -> int:
    """Write the file's header, if it has one, and its records. Absent values are empty, empty texts are `""`.

    Gives how many bad records have no cells that could be written: those of other formats than delimited text.
    A file without any content has neither header nor records: nothing is written. Raises FileRejected for others that can't
    be read.
    """
    try:
        _, form = open_format(source)
        plan = plan_file(form, source, Options())
    except FileRejected as error:
        if error.code != "empty_file":
            raise
        return 0
    writer = csv.writer(target, lineterminator="\n")
    if _has_header(plan):
        writer.writerow(plan.schema.names)
    left_out = 0
    for piece in plan.pieces:
        for chunk in form.read(source, plan, piece):
            if chunk.bad and _dialect(plan):
                target.writelines(_in_order(chunk, plan))
            else:
                target.write(_as_csv(chunk.rows))
                left_out += len(chunk.bad)
    return left_out


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


def _in_order(chunk: Chunk, plan: FilePlan) -> Iterator[str]:
    """The chunk's records as lines of CSV, bad ones at their places."""
    places = chunk.locate(range(len(chunk.rows)))
    start = 0
    for bad in chunk.bad:
        end = next((n for n in range(start, len(places)) if places[n].offset > bad.place.offset), len(places))  # type: ignore[operator]
        yield _as_csv(chunk.rows.slice(start, end - start))
        yield _written(_records(bad, _dialect(plan)))
        start = end
    yield _as_csv(chunk.rows.slice(start))


def _records(bad: BadRecord, dialect: Dialect) -> Iterator[Sequence[str]]:
    """The cells of a bad record; of several where a quote that is never closed holds them together."""
    text = bad.place.raw.decode(dialect.encoding, "replace").rstrip("\r\n")
    text = unwrap(text) if dialect.wrapped else text
    grammar = Grammar(dialect.delimiter, dialect.quote, dialect.escape, dialect.skip_initial_space)
    return (record.cells for record in read_records(text, grammar, len(text) + 1, len(text) + 1))


def _written(records: Iterable[Sequence[str]]) -> str:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(records)
    return lines.getvalue()


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
