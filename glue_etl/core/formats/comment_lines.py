"""Lines between records that are comments: they begin with a mark and follow no table's pattern."""

from __future__ import annotations

from collections.abc import Sequence

from glue_etl.core.formats.delimited_records import Record
from glue_etl.core.formats.table_top import fields_line, table_width

_ANYWHERE = ("#", "//", "--")
_AT_THE_TOP = ("%", ";", "!")


def comment_prefix(records: Sequence[Record]) -> str:
    """The prefix of comment lines among the first records of a text, or "". A row as wide as the table is no comment."""
    if fields_line(records) is not None:
        return ""
    filled = [record for record in records if not record.blank]
    marks = [*_ANYWHERE, *(mark for mark in _AT_THE_TOP if filled and filled[0].cells[0].startswith(mark + " "))]
    return next((mark for mark in marks if _is_comment(mark, filled)), "")


def _is_comment(mark: str, records: Sequence[Record]) -> bool:
    marked = [
        index for index, record in enumerate(records) if record.cells[0].startswith(mark) and 0 not in record.quoted
    ]
    rows = [record for record in records if not record.cells[0].startswith(mark)]
    if not marked or not rows or (marked[0] > len(rows) - 1 and len(rows) > 1):
        return False
    width = table_width(rows)
    if width < 2:
        return (
            marked[0] == 0
            and len(marked) < len(rows)
            and all(records[index].cells[0].startswith(mark + " ") for index in marked)
        )
    return all(len(records[index].cells) < width for index in marked)
