"""Where the table begins: lines before it, rows of names, and how wide it is. The first table counts, whatever follows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from glue_etl.core.formats.cell_types import EMPTY, TYPED, cell_type
from glue_etl.core.formats.delimited_records import Grammar, Record, read_records
from glue_etl.core.formats.header_evidence import (
    VALUES,
    Column,
    columns_below,
    header_score,
    holds_known_names,
    looks_of_names,
)

_PREAMBLE_LOOKED_AT = 60
_BODY_LOOKED_AT = 100
_MOST_HEADER_ROWS = 4
_CELLS_LOOKED_AT = 1_000
_SURE = 1.0
_BELOW_TITLE = 0.3
_OTHER_DELIMITERS = (" ", ";", "\t", ",", "|")
_RULE = re.compile(r"\s*:?-{2,}:?\s*|\s*:-:\s*")
_LABEL = re.compile(r"[^\d\W][\w .()/-]{0,40}[:=]\s*\S?.*")


@dataclass(frozen=True, slots=True)
class Top:
    """`first`: index of the table's first record. `header`: how many of the records from there name columns.

    `names` are empty without a header. `score`: the header's evidence (see header_score). `strange`: the header is cut by
    another delimiter than the rows.
    """

    first: int
    header: int
    width: int
    names: tuple[str, ...]
    trailing: bool
    score: float
    strange: str = ""


def find_top(records: Sequence[Record], known: Collection[str] = ()) -> Top:
    """The top of the first table. `records`: the first ones of a text, blank ones too, comments not.

    `known`: names of the columns that such files are known to have, in any order; a first row of them is the header.
    """
    fields = fields_line(records)
    if fields is not None:
        names = tuple(" ".join(records[fields].cells).split()[1:])
        return Top(fields, 1, len(names), names, False, 1.0)
    width = table_width(records)
    if width < 2:
        return _one_column(records)
    first = _first_row(records, width)
    trailing = _is_trailing(records, first, width)
    named = width - trailing
    top = _with_header(records, first, named, trailing, known)
    return top if top.header else _strange_header(records, top) or top


def fields_line(records: Sequence[Record]) -> int | None:
    """The index of the `#Fields:` line of a web server's log (W3C extended, CloudFront), which names the columns; else None."""
    for index, record in enumerate(records[:_PREAMBLE_LOOKED_AT]):
        if record.cells[0].startswith("#Fields:"):
            names = len(" ".join(record.cells).split()) - 1
            rows = [len(row.cells) for row in records[index + 1 :] if not row.cells[0].startswith("#")]
            return index if rows and 2 * rows.count(names) > len(rows) else None
    return None


def table_width(records: Sequence[Record]) -> int:
    """How wide the first table is: the first width that is common among rows, else the commonest.

    Where no width is, names in the first line tell it: values that hold the delimiter, unquoted, make rows wider than that.
    """
    widths = Counter(len(record.cells) for record in records if not record.blank)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return min(1, len(widths))
    most = max(wide.values())
    top = next(record.cells for record in records if not record.blank)
    ragged = most < 0.6 * sum(widths.values()) and len(top) > 2 and _all_named(top)
    if ragged and sum(count for width, count in wide.items() if width >= len(top)) >= 0.9 * sum(widths.values()):
        return len(top)
    if most == 1:
        return max(wide)
    enough = {width for width, count in wide.items() if count == most or count >= max(4, 0.4 * most)}
    first = next(len(record.cells) for record in records if len(record.cells) in enough)
    labels = [r for r in records[:_PREAMBLE_LOOKED_AT] if len(r.cells) == first == 2 and _LABEL.match(r.cells[0])]
    return max(enough, key=lambda width: wide[width]) if len(labels) > 0.5 * wide[first] else first


def _first_row(records: Sequence[Record], width: int) -> int:
    """The index of the first record that is a row of the table."""
    narrow = _title_of_two_columns(records) if width == 2 else 0
    for index, record in enumerate(records[narrow:_PREAMBLE_LOOKED_AT], narrow):
        if not _is_before_table(record, width) and not _is_broken_off(records, index, width):
            return index
    return next((index for index, record in enumerate(records) if not record.blank), 0)


def _title_of_two_columns(records: Sequence[Record]) -> int:
    """How many first records are titles with an empty row and names below them, each with an empty second cell.

    Without both they could be rows that lack a value.
    """
    end = next((index for index, record in enumerate(records[:_PREAMBLE_LOOKED_AT]) if record.empty), 0)
    titles = [record.cells for record in records[:end]]
    if not all(len(cells) == 2 and cells[0].strip() and not cells[1].strip() for cells in titles):
        return 0
    rows = [record.cells for record in records[end : end + _BODY_LOOKED_AT] if not record.empty]
    return end if _are_names(rows) else 0


def _are_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows has names alone, above values that are none."""
    if len(rows) < 2 or len(rows[0]) != 2 or not _all_named(rows[0]):
        return False
    columns = columns_below([row for row in rows[1:] if len(row) == 2], 2)
    return any(column.typed and not column.fits(cell) for cell, column in zip(rows[0], columns, strict=False))


def _is_before_table(record: Record, width: int) -> bool:
    """Whether a record is a title, an empty row, or a pair of label and value, before a table so wide."""
    filled = [cell for cell in record.cells if cell.strip()]
    if not filled:
        return True
    if len(record.cells) >= width - 1 and len(record.cells) > 1:
        title = len(filled) == 1 and width >= 3 and cell_type(filled[0]) not in TYPED and record.cells[0].strip() != ""
        label = (
            len(filled) == 2
            and width >= 4
            and bool(_LABEL.fullmatch(filled[0] + ":"))
            and record.cells[0].endswith(":")
        )
        return title or label
    return len(filled) < max(2, (width + 1) // 2)


def _is_broken_off(records: Sequence[Record], index: int, width: int) -> bool:
    """Whether an empty line parts a record that is narrower than the table from the rest: a small table before it."""
    if len(records[index].cells) >= width:
        return False
    following = records[index + 1 : index + 20]
    gap = next((place for place, record in enumerate(following) if record.empty), None)
    return gap is not None and all(len(record.cells) < width for record in following[:gap])


def _is_trailing(records: Sequence[Record], first: int, width: int) -> bool:
    """Whether the last cell of each row is an empty one that no name belongs to."""
    rows = [record for record in records[first:] if len(record.cells) == width]
    full = [record for record in rows if not record.empty]
    if width < 2 or not full or len(full) < 2:
        return False
    last = [(record.cells[-1].strip(), record.cells[-2].strip(), width - 1 in record.quoted) for record in full]
    return not any(cell or quoted for cell, _, quoted in last) and any(before for _, before, _ in last)


def _strange_header(records: Sequence[Record], top: Top) -> Top | None:
    """The top with a line directly before the first row as its header, where another delimiter cuts it into as many names."""
    before = records[top.first - 1] if top.first else None
    if before is None or len(before.cells) != 1 or before.blank or top.width < 3:
        return None
    for delimiter in _OTHER_DELIMITERS:
        cut = next(read_records(before.cells[0], Grammar(delimiter), 1, _CELLS_LOOKED_AT))
        names = cut.cells
        kinds = {cell_type(name) for name in names}
        if len(names) != top.width or len(set(names)) != top.width or kinds & (VALUES | {EMPTY}):
            continue
        if delimiter != " " or cut.quoted or looks_of_names(names) > 0.45:  # a title of as many words is no header
            return replace(top, first=top.first - 1, header=1, names=names, score=0.5, strange=delimiter)
    return None


def _with_header(records: Sequence[Record], first: int, width: int, trailing: bool, known: Collection[str]) -> Top:
    rows = [record.cells for record in records[first:] if not record.blank]
    body = [row for row in rows[1 : 1 + _BODY_LOOKED_AT] if width <= len(row) <= width + trailing]
    rows_named = _are_rows_named(records[first], width, body)
    top = _fitted(rows[0], width, rows_named)
    if not body:
        single = not any(cell_type(cell) in VALUES for cell in top[:_CELLS_LOOKED_AT])
        return Top(first, int(single), len(top), top if single else (), trailing, 0.4 if single else -0.4)
    columns = columns_below(body[min(_MOST_HEADER_ROWS, len(body) // 3) :], width)
    score = max(header_score(top, columns, len(body)), _score_of_repeated(rows[0], top, body, width))
    if score < _BELOW_TITLE and _is_below_title(records[:first], top):
        score += _BELOW_TITLE
    if known and score < _SURE and holds_known_names(top, columns_below(body, width), known):
        score = _SURE
    if score < 0 or (score < 0.05 and not _all_named(top)):
        return Top(first, 0, width, (), trailing, score)
    if len(rows[0]) < width and not rows_named:
        return Top(first, 1, len(rows[0]), tuple(rows[0]), False, score)
    more = _more_header_rows([_fitted(row, width, rows_named) for row in rows[: _BODY_LOOKED_AT + 1]], top)
    names = _joined([top, *(_fitted(row, width, rows_named) for row in rows[1 : 1 + more])])
    return Top(first, 1 + more, width, names, trailing, score)


def _is_below_title(before: Sequence[Record], row: Sequence[str]) -> bool:
    """Whether lines of text stand before a row of different texts: a table with a title mostly names its columns too."""
    filled = [cell for cell in row[:_CELLS_LOOKED_AT] if cell.strip()]
    different = len(filled) > 1 and len(set(filled)) == len(filled) and not any(cell_type(c) in VALUES for c in filled)
    return different and any(not record.empty for record in before)


def _score_of_repeated(row: Sequence[str], top: Sequence[str], body: Sequence[Sequence[str]], width: int) -> float:
    """The header's evidence where files were put one behind the other: without the rows that repeat it, if they stand out."""
    others = [cells for cells in body if cells != row]
    if len(others) in (0, len(body)) or len(body) - len(others) > len(others):
        return -1.0
    columns = columns_below(others, width)
    clear = any(column.typed and not column.fits(cell) for cell, column in zip(top, columns, strict=False))
    return header_score(top, columns, len(others)) if clear and _all_named(top) else -1.0


def _all_named(row: Sequence[str]) -> bool:
    row = row[:_CELLS_LOOKED_AT]
    return all(cell.strip() and cell_type(cell) not in VALUES for cell in row) and len(set(row)) == len(row)


def _are_rows_named(top: Record, width: int, body: Sequence[Sequence[str]]) -> bool:
    """Whether the first column has no name because it names the rows, as R writes it: with texts, or under quoted names.

    Else nobody can tell which name is missing from a header that has too few.
    """
    if len(top.cells) != width - 1 or len(body) < 3:
        return False
    names = {cells[0] for cells in body}
    return len(names) == len(body) and (bool(top.quoted) or not all(cell_type(name) in VALUES for name in names))


def _fitted(row: Sequence[str], width: int, rows_named: bool) -> tuple[str, ...]:
    """Names as many as the columns: without one empty cell too many, wherever it stands, or with empty ones for the missing."""
    blank = [place for place, cell in enumerate(row) if not cell.strip()]
    if len(row) == width + 1 and (len(blank) == 1 or width in blank):
        surplus = blank[0] if len(blank) == 1 else width
        return (*row[:surplus], *row[surplus + 1 :])
    if len(row) == width - 1 and rows_named:
        return ("", *row)
    return (*row, *("" for _ in range(width - len(row))))


def _more_header_rows(rows: Sequence[tuple[str, ...]], top: tuple[str, ...]) -> int:
    """How many rows below the first one name columns too: repeats of it, and rows of text above columns of values."""
    more = 0
    while more < _MOST_HEADER_ROWS - 1 and more + 2 < len(rows):
        cells = rows[1 + more]
        if (
            cells != top
            and not _is_ruled(cells)
            and not _names_too(cells, top, columns_below(rows[2 + more :], len(top)))
        ):
            break
        more += 1
    return more


def _is_ruled(cells: Sequence[str]) -> bool:
    """Whether the row is the line that tables of Markdown have below their names."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(map(_RULE.fullmatch, filled))


def _names_too(cells: Sequence[str], top: Sequence[str], columns: Sequence[Column]) -> bool:
    """Whether a row has text above at least two columns of values, and a value above none."""
    typed = [place for place, column in enumerate(columns) if column.typed]
    if len(cells) != len(top):
        return False
    above = [cells[place] for place in typed if cells[place].strip()]
    if any(
        columns[place].fits(cells[place]) or cell_type(cells[place]) in VALUES
        for place in typed
        if cells[place].strip()
    ):
        return False
    named = [cell for cell in above if cell_type(cell) != EMPTY]
    if len(named) < 2 or len(named) < 0.5 * len(typed):
        return False
    return not any(cell in column.values for cell, column in zip(cells, columns, strict=False) if cell.strip())


def _joined(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    width = max(map(len, rows))
    cells = ((row[place] if place < len(row) else "" for row in rows) for place in range(width))
    return tuple(" ".join(cell for cell in column if cell and not _RULE.fullmatch(cell)) for column in cells)


def _one_column(records: Sequence[Record]) -> Top:
    """A table of one column; its blank lines may be values, so only those before it are no part of it."""
    first = next((index for index, record in enumerate(records) if not record.blank), 0)
    rows = [record.cells for record in records[first:] if not record.blank]
    if not rows:
        return Top(first, 0, 1, (), False, 0.0)
    top = tuple(rows[0])
    body = rows[1 : 1 + _BODY_LOOKED_AT]
    score = (
        header_score(top, columns_below(body, 1), len(body)) if body else float(cell_type(top[0]) not in VALUES) - 0.5
    )
    header = int(score > 0 or (score == 0 and cell_type(top[0]) not in VALUES))
    return Top(first, header, 1, top[:1] if header else (), False, score)
