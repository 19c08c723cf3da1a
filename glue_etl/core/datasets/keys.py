"""Which columns of a profile identify a row, and why that is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from glue_etl.core.datasets.profile import TEXT, TIME, ColumnProfile, Profile

SUPPORT = 25
"""Rows below which nothing is believed."""
BY_CHANCE = 10
"""Equal pairs that chance would have made, from which on their absence is no accident (it happens once in exp(10))."""
_WHOLE = ("tinyint", "smallint", "int", "bigint")
_UNITS = ((" 00:00:00", 86400), (":00:00", 3600), (":00", 60), ("", 1))
_NAMES = ("id", "key", "code", "uuid", "number")


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that are unique together. `sure`: it is no accident that they are. `evidence` is a sentence."""

    columns: tuple[str, ...]
    sure: bool
    evidence: str


def find_keys(profile: Profile) -> list[Key]:
    """The keys that a profile shows, the surest and smallest first; none of a few rows, none that holds a smaller one."""
    if profile.rows < SUPPORT:
        return []
    whole = {c.name: c for c in profile.columns if c.files == profile.files and not c.nulls}
    alone = [key for c in whole.values() for key in _alone(c)]
    together = [key for names, pairs in profile.keys.items() for key in _together(profile, names, pairs)]
    order = {name: place for place, name in enumerate(whole)}
    found: list[Key] = []
    for key in [*alone, *sorted(together, key=lambda k: (len(k.columns), sorted(order.get(n, 0) for n in k.columns)))]:
        if not any({*known.columns} <= {*key.columns} for known in found):
            found.append(key)
    return sorted(found, key=lambda k: (not k.sure, len(k.columns)))


def _alone(column: ColumnProfile) -> Iterator[Key]:
    if column.repeats or column.filled < SUPPORT:
        return
    seen = f"{column.filled:,} values, none twice in a file"
    pairs = _pairs_in_range(column)
    if pairs is not None:
        if pairs >= BY_CHANCE:
            yield Key(
                (column.name,),
                True,
                f"{seen}; values taken at random from their range would make {pairs:,} equal pairs",
            )
    elif column.family == TEXT:
        named = any(word in _NAMES for word in column.name.lower().replace("-", "_").split("_"))
        yield Key(
            (column.name,),
            named,
            f"{seen}" + ("; its name says so too" if named else "; texts may be unique by accident"),
        )


def _pairs_in_range(column: ColumnProfile) -> int | None:
    """Equal pairs that whole numbers or times would have, were they taken at random between the lowest and the highest.

    0 for fractions, which are different by accident; None for what has no range.
    """
    if not column.lowest:
        return None
    if column.family == TIME:
        values = _units_between([*map(str, column.lowest), *map(str, column.highest)])
    elif {*column.types} <= {*_WHOLE}:
        values = int(column.highest[0]) - int(column.lowest[0]) + 1
    else:
        return 0
    in_a_file = column.filled / column.files
    return int(column.files * in_a_file * (in_a_file - 1) / 2 / values)


def _units_between(times: list[str]) -> int:
    """Days, hours, minutes or seconds from the first to the last: the largest unit of which all of these times are whole ones."""
    unit = next((length for ending, length in _UNITS if all(t[10:].endswith(ending) or len(t) == 10 for t in times)), 1)
    moments = [datetime.fromisoformat(t) for t in times]
    return int((max(moments) - min(moments)).total_seconds()) // unit + 1


def _together(profile: Profile, names: tuple[str, ...], pairs: int) -> Iterator[Key]:
    if pairs >= BY_CHANCE:
        evidence = f"no two of {profile.rows:,} rows of a file are equal in them; chance alone would make {pairs:,} equal pairs"
        ordered = tuple(c.name for c in profile.columns if c.name in names)
        yield Key(ordered, True, evidence)
