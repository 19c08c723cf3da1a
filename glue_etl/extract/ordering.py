"""The order of a stream's rows, so that an interrupted pull goes on exactly behind the last landed row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

NULLS, VALUES = "nulls", "values"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull of a window stands. `phase`: rows without a cursor value come first, in the first window.

    `after`: the last row's values of the ordering columns, as text; None at the phase's start. `until`: the highest cursor
    value when the window began, which bounds it.
    """

    phase: str
    after: tuple[str, ...] | None = None
    until: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"phase": self.phase, "after": list(self.after) if self.after else None, "until": self.until}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Place:
        after = document["after"]
        return cls(document["phase"], tuple(after) if after else None, document["until"])

    def behind(self, values: Sequence[str]) -> Place:
        return replace(self, after=tuple(values))


Pair = tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]


def behind(pairs: Sequence[Pair]) -> sa.ColumnElement[bool]:
    """Rows behind the given one, in the order of its columns. So written that an index on them is used in every dialect."""
    (column, value), *others = pairs
    if not others:
        return column > value
    return sa.and_(column >= value, sa.or_(column > value, behind(others)))


def whole_groups(values: Sequence[Any]) -> int:
    """How many rows of a block, given by their ordering values, may be let go: all before the last group of equal ones.

    Only behind a whole group can a pull go on: the next rows may be equal to the last ones in the columns that order them.
    """
    last = len(values)
    while last and values[last - 1] == values[-1]:
        last -= 1
    return last
