"""Whether the first row of a table names its columns: by the types below it, and by what names look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glue_etl.core.formats.cell_types import CODE, DATE, EMPTY, INTEGER, NUMBER, TIME, TRUTH, TYPED, cell_type

_USUAL_NAMES = frozenset(
    re.findall(
        r"\w+",
        "id key code name first_name last_name title type kind status state date time day month year timestamp created updated "
        "city country region zip postcode address street phone email user customer product item sku price cost amount total sum "
        "quantity qty count value number no nr description comment notes note text category group lat lon latitude longitude url "
        "datum ort land wert betrag preis anzahl nom prix ville pays nombre fecha precio label version index source target",
    )
)
_NUMERIC = frozenset((INTEGER, NUMBER))
VALUES = frozenset((INTEGER, NUMBER, DATE, TIME))
"""Kinds that names have only by exception (years)."""
_NUMBERED_NAME = re.compile(r"(.*\D)(\d+)")
_SEPARATED_NAME = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z]+(?:_[A-Z0-9]+)+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_COLUMNS_LOOKED_AT = 400
_MARK = re.compile(r"\W")
_FEWEST_KNOWN = 2
_FEWEST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """What the cells of a column have in common: `kind` of nearly all of them, or ""; whether they repeat; their length."""

    kind: str
    filled: int
    values: frozenset[str]
    length: int
    shapes: frozenset[str]

    @classmethod
    def of(cls, cells: Sequence[str]) -> Column:
        """The column of the cells below a row; empty ones tell nothing."""
        kinds = [kind for kind in map(cell_type, cells) if kind != EMPTY]
        if set(kinds) <= _NUMERIC and len(set(kinds)) > 1:
            kinds = [NUMBER] * len(kinds)
        common, count = Counter(kinds).most_common(1)[0] if kinds else ("", 0)
        lengths = {len(cell.strip()) for cell in cells if cell.strip()}
        length = lengths.pop() if len(lengths) == 1 and len(kinds) > 2 else 0
        shapes = frozenset(map(_shape, cells)) if common == CODE else frozenset()
        return cls(common if count >= 0.9 * len(kinds) else "", len(kinds), frozenset(cells), length, shapes)

    @property
    def typed(self) -> bool:
        """Whether its cells are of a kind that names hardly look like."""
        return self.kind in TYPED and self.filled > 0

    def fits(self, cell: str) -> bool:
        """Whether a cell is of this column's kind."""
        kind = cell_type(cell)
        if kind == CODE == self.kind:
            diverse = len(self.shapes) > max(3, 0.2 * self.filled)  # such as hashes
            return _shape(cell) in self.shapes or (diverse and self.length in (0, len(cell.strip())))
        if kind == TRUTH == self.kind:  # "n" is a truth where others are letters too, not above "true" and "false"
            return (len(cell.strip()) == 1) in {len(value.strip()) == 1 for value in self.values if value.strip()}
        return kind == self.kind or {kind, self.kind} <= _NUMERIC


def _shape(cell: str) -> str:
    """A code with its letters as a or A and its digits as 0, however many."""
    return re.sub(r"[^\W\d_]+", lambda word: "A" if word.group().isupper() else "a", re.sub(r"\d+", "0", cell.strip()))


def columns_below(rows: Sequence[Sequence[str]], width: int) -> list[Column]:
    """The first columns of some rows."""
    return [
        Column.of([row[place] for row in rows if place < len(row)]) for place in range(min(width, _COLUMNS_LOOKED_AT))
    ]


def header_score(row: Sequence[str], columns: Sequence[Column], rows: int) -> float:
    """Above 0: the row names the columns; below: it is one of the rows. Near 0: nothing tells."""
    votes = [_vote(cell, column, rows) for cell, column in zip(row, columns, strict=False)]
    if _counts_up(row, columns):
        votes = [abs(vote) for vote in votes]
    return sum(votes) / max(1, len(votes)) + looks_of_names(row)


def _vote(cell: str, column: Column, rows: int) -> float:
    if not column.filled:
        return 0.0
    if not cell.strip():
        return -0.2
    if column.typed:
        return -1.2 if column.fits(cell) else (0.3 if cell_type(cell) in VALUES else 1.0)
    if cell_type(cell) in VALUES:
        return -0.5
    if cell in column.values:
        return -0.8
    repeats = rows >= 6 and len(column.values) <= rows / 2
    alike = column.length == len(cell.strip())
    length = (0.4 if not alike else -0.2 if column.length < 8 else -0.6) if column.length else 0.0
    return 0.4 * repeats + length


def looks_of_names(row: Sequence[str]) -> float:
    """What the row's own cells tell: usual names, and cells that can't be names."""
    cells = [cell.strip() for cell in row[:_COLUMNS_LOOKED_AT] if cell.strip()]
    if not cells:
        return -1.0
    usual = sum(_is_usual(cell) for cell in cells) / len(cells)
    repeated = 1 - len(set(cells)) / len(cells)
    typed = sum(cell_type(cell) in VALUES for cell in cells) / len(cells)
    long = sum(len(cell) > 80 for cell in cells) / len(cells)
    return min(0.6, usual) - 0.5 * repeated - 0.4 * typed - 0.2 * long


def _is_usual(cell: str) -> bool:
    plain = re.sub(r"[\s-]+", "_", cell.lower().strip("#*: "))
    return plain in _USUAL_NAMES or plain.endswith(("_id", "_name", "_date")) or bool(_SEPARATED_NAME.fullmatch(cell))


def holds_known_names(row: Sequence[str], columns: Sequence[Column], known: Collection[str]) -> bool:
    """Whether a first row is the header for certain: at least half of its cells are names that the table is known to have.

    No cell may be a value by its kind or stand in the rows below it, and one known name must be no usual value ("n"). A file may
    bring columns that its table does not have yet. Names are compared without regard to case and marks: tables change both.
    """
    plain = [_plain(cell) for cell in row]
    names = {_plain(name) for name in known}
    found = [cell for cell, name in zip(row, plain, strict=True) if name in names]
    if len(found) < max(_FEWEST_KNOWN, len(plain) / 2) or all(cell_type(cell) in {*TYPED, EMPTY} for cell in found):
        return False
    if len(set(plain)) < len(plain) or any(not cell.strip() or cell_type(cell) in VALUES for cell in row):
        return False
    return not any(cell in column.values for cell, column in zip(row, columns, strict=False))


def _plain(name: str) -> str:
    return _MARK.sub("_", name.strip().lower())


def _counts_up(row: Sequence[str], columns: Sequence[Column]) -> bool:
    """Years over columns of other values, or names with numbers, one after the other across the row; or places from 0 on."""
    row = row[:_COLUMNS_LOOKED_AT]
    if _are_places(row, columns):
        return True
    years = [int(cell) for cell in row if _YEAR.fullmatch(cell.strip())]
    if len(years) >= max(2, 0.4 * len(row)):
        below = [value for column in columns for value in column.values if value]
        different = [year for place, year in enumerate(years) if not place or years[place - 1] != year]
        return _steps_evenly(different) and sum(bool(_YEAR.fullmatch(value)) for value in below) < 0.2 * len(below)
    numbered = [match.groups() for match in map(_NUMBERED_NAME.fullmatch, row) if match]
    alike = len({prefix for prefix, _ in numbered}) == 1 and len(numbered) >= max(3, 0.6 * len(row))
    return alike and _steps_evenly([int(number[-9:]) for _, number in numbered])


def _are_places(row: Sequence[str], columns: Sequence[Column]) -> bool:
    """0, 1, 2 ... as libraries of data frames name columns, above values of which some are no whole numbers."""
    if len(row) < _FEWEST_PLACES or [cell.strip() for cell in row] != [str(place) for place in range(len(row))]:
        return False
    others = [column for column in columns if column.filled and column.kind != INTEGER]
    return len(others) >= 0.5 * len(columns)


def _steps_evenly(numbers: Sequence[int]) -> bool:
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 and 0 not in steps
