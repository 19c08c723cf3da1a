"""Whether text that nobody calls CSV is a table. How a table is read, dialect.py finds out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from glue_etl.core.formats.cell_types import INTEGER, NUMBER, cell_type

DELIMITERS = (",", ";", "\t", "|", "\x01")
_RECORDS_JUDGED = 100
_LINES_JUDGED = 2000  # a bound for files of nothing but line breaks
_AGREEMENT = 0.9
_SPACED_RECORDS = 3  # fewer lines of equally many words may be prose
_LEADING_BLANK_LINES = re.compile(r"(?:[ \t]*[\r\n])+")


def is_table(content: str, whole: bool) -> bool:
    """Whether text is a table beyond doubt: two columns, two records, 9 of 10 as wide as the first, by any delimiter.

    By blanks only where all records are as wide and a column is of numbers: words stand in lines too.
    `whole`: the text does not go on, so its last record is not cut off.
    """
    blank = _LEADING_BLANK_LINES.match(content)
    lines = list(islice(io.StringIO(content[blank.end() :] if blank else content, newline=""), _LINES_JUDGED))
    return any(_agree(_judged(lines, delimiter, whole)) for delimiter in DELIMITERS) or _is_spaced(lines, whole)


def _is_spaced(lines: list[str], whole: bool) -> bool:
    kept = lines if whole or (lines and lines[-1].endswith(("\n", "\r"))) else lines[:-1]
    records = [cells for cells in (line.split() for line in kept) if cells][:_RECORDS_JUDGED]
    if len(records) < _SPACED_RECORDS or len(records[0]) < 2 or len({len(cells) for cells in records}) > 1:
        return False
    columns = zip(*records[1:], strict=True)
    return any(all(cell_type(cell) in (INTEGER, NUMBER) for cell in column) for column in columns)


def _agree(widths: list[int]) -> bool:
    if len(widths) < 2 or widths[0] < 2:
        return False
    return sum(width == widths[0] for width in widths) >= _AGREEMENT * len(widths)


def _judged(lines: list[str], delimiter: str, whole: bool) -> list[int]:
    """The widths of the first records, without one that the end of the text may cut off: in a line, or between quotes."""
    widths = list(islice(_widths(lines, delimiter), _RECORDS_JUDGED))
    reached = len(widths) < _RECORDS_JUDGED and not whole
    cut = reached and widths and (widths[-1] == 0 or not lines[-1].endswith(("\n", "\r")))
    return widths[:-1] if cut else widths


def _widths(lines: list[str], delimiter: str) -> Iterator[int]:
    """The number of fields of each record that is not blank; 0 of one with a stray quote."""
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield 0
        else:
            if len(record) > 1 or any(field.strip() for field in record):
                yield len(record)
