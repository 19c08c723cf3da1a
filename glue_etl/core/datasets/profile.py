"""A profile: what is known of a dataset's values, from the files that were looked at. Small, JSON, and bounded.

Profiles are merged file by file, in any order and grouping, to the profile of all the files: what is kept is either a count, a
union, or an extreme, or it is given up as a whole once it grows beyond its bound. Uniqueness is meant within a file, as suites
mean it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any

Value = int | float | str
Counts = Mapping[str, int] | None
"""How often each text was seen; None where they are too many, or too long, to keep."""

VALUES_KEPT = 100
SHAPES_KEPT = 30
TEXT_KEPT = 80
"""Characters: a column with a longer value has none of its values kept."""
EXTREMES_KEPT = 10

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double")
NUMBER, TIME, TEXT, OTHER, MIXED = "number", "time", "text", "other", "mixed"


def family(types: Iterable[str]) -> str:
    """What the values of a column with these Spark types are to a profile: number, time, text, other, or mixed."""
    found = {_family(name) for name in types}
    return found.pop() if len(found) == 1 else MIXED if found else OTHER


def _family(name: str) -> str:
    if name in NUMBERS or name.startswith("decimal"):
        return NUMBER
    return {"date": TIME, "timestamp": TIME, "string": TEXT}.get(name, OTHER)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column. `types`: the Spark types seen, sorted. `rows` are those of the `files` that have it.

    `repeats`: values (not null) less distinct values of each file, added up. `lowest` and `highest`: the extreme values, the most
    extreme first, each as often as it stands there; times are ISO text. `values` and `shapes` are of text; a shape is a text with
    `a`, `A` and `9` for its ASCII letters and digits. `lengths`: characters of the shortest and the longest text.
    """

    name: str
    types: tuple[str, ...]
    files: int
    rows: int
    nulls: int
    repeats: int = 0
    lowest: tuple[Value, ...] = ()
    highest: tuple[Value, ...] = ()
    values: Counts = None
    shapes: Counts = None
    lengths: tuple[int, int] | None = None

    @property
    def filled(self) -> int:
        """Values that are not null."""
        return self.rows - self.nulls

    @property
    def family(self) -> str:
        return family(self.types)


@dataclass(frozen=True, slots=True)
class Profile:
    """A dataset, as `files` files of `rows` rows and `bad` bad records showed it; the columns in their order.

    `keys`: of the sets of columns that were tried, those without a null and without two equal rows in any file; each with the
    number of equal pairs that chance alone would make, if its columns had nothing to do with each other. `repeated`: rows less
    different rows of each file, added up; None where nobody compared them.
    """

    files: int = 0
    rows: int = 0
    bad: int = 0
    columns: tuple[ColumnProfile, ...] = ()
    keys: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    repeated: int | None = 0

    def to_json(self) -> dict[str, Any]:
        keys = [{"columns": list(names), "by_chance": pairs} for names, pairs in sorted(self.keys.items())]
        return {**asdict(self), "columns": [asdict(c) for c in self.columns], "keys": keys}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Profile:
        """The profile that was stored; of one that came through JSON, lists are tuples again."""
        columns = tuple(_column(each) for each in document["columns"])
        keys = {tuple(each["columns"]): each["by_chance"] for each in document["keys"]}
        return cls(document["files"], document["rows"], document["bad"], columns, keys, document["repeated"])


def _column(document: Mapping[str, Any]) -> ColumnProfile:
    lists = {name: tuple(document[name]) for name in ("types", "lowest", "highest")}
    lengths = tuple(document["lengths"]) if document["lengths"] else None
    return ColumnProfile(**{**document, **lists, "lengths": lengths})


def merged(profiles: Iterable[Profile]) -> Profile:
    """The profile of all their files together."""
    return reduce(merge, profiles, Profile())


def merge(one: Profile, other: Profile) -> Profile:
    """The profile of the files of both. Columns are in the order of `one`, then those that only `other` has."""
    if not one.files or not other.files:
        return one if one.files else other
    mine, theirs = ({c.name: c for c in p.columns} for p in (one, other))
    columns = [merge_columns(c, theirs[c.name]) if c.name in theirs else c for c in one.columns]
    columns += [c for c in other.columns if c.name not in mine]
    keys = {names: pairs + other.keys[names] for names, pairs in one.keys.items() if names in other.keys}
    repeated = None if one.repeated is None or other.repeated is None else one.repeated + other.repeated
    return Profile(one.files + other.files, one.rows + other.rows, one.bad + other.bad, tuple(columns), keys, repeated)


def merge_columns(one: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    """The same column of the files of both."""
    types = tuple(sorted({*one.types, *other.types}))
    comparable = family(types) in (NUMBER, TIME)
    is_text = family(types) == TEXT
    return ColumnProfile(
        name=one.name,
        types=types,
        files=one.files + other.files,
        rows=one.rows + other.rows,
        nulls=one.nulls + other.nulls,
        repeats=one.repeats + other.repeats,
        lowest=_extremes(one.lowest, other.lowest, False) if comparable else (),
        highest=_extremes(one.highest, other.highest, True) if comparable else (),
        values=_together(one.values, other.values, VALUES_KEPT) if is_text else None,
        shapes=_together(one.shapes, other.shapes, SHAPES_KEPT) if is_text else None,
        lengths=_lengths(one.lengths, other.lengths) if is_text else None,
    )


def _extremes(one: tuple[Value, ...], other: tuple[Value, ...], largest: bool) -> tuple[Value, ...]:
    return tuple(sorted([*one, *other], reverse=largest)[:EXTREMES_KEPT])


def _together(one: Counts, other: Counts, most: int) -> Counts:
    if one is None or other is None:
        return None
    counts = {text: one.get(text, 0) + other.get(text, 0) for text in sorted({*one, *other})}
    return counts if len(counts) <= most else None


def _lengths(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
