"""Plants defects of five kinds in a table; which columns can have them is read from all of its data, never from a draft."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

from tests.contracts.public_data import Table

NULLS = ("", "NA")
KINDS = ("nulls", "duplicates", "outliers", "new category", "wrong format")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


def planted_rows(rows: int) -> int:
    """Rows that a defect hits: one in a hundred, at least ten."""
    return max(10, rows // 100)


def places_of(whole: Table, kind: str) -> list[int]:
    """The columns in which a defect of the kind is one; for duplicates [0], or nothing where rows are equal without a defect."""
    if kind == "duplicates":
        return [0] if len({*map(tuple, whole.rows)}) == len(whole.rows) else []
    return [place for place in range(len(whole.header)) if _CAN[kind]([row[place] for row in whole.rows])]


def _is_whole(values: Sequence[str]) -> bool:
    return not any(value in NULLS for value in values)


def _present(values: Sequence[str]) -> list[str]:
    return [value for value in values if value not in NULLS]


def _is_number(values: Sequence[str]) -> bool:
    present = _present(values)
    try:
        [float(value) for value in present]
    except ValueError:
        return False
    return len(set(present)) > 1


def _is_day(values: Sequence[str]) -> bool:
    return all(_DAY.fullmatch(value) for value in _present(values))


def _is_measure(values: Sequence[str]) -> bool:
    """Numbers, unless they number the rows."""
    return _is_number(values) and len(set(values)) < len(values)


def _is_category(values: Sequence[str]) -> bool:
    present = _present(values)
    if _is_number(values) or _is_day(values):
        return False
    return 1 < len(set(present)) <= 30 and min(Counter(present).values()) >= 20


def _has_format(values: Sequence[str]) -> bool:
    if _is_number(values) or _is_day(values) or _is_category(values):
        return True
    return len({_form(value) for value in _present(values)}) == 1


def _form(text: str) -> str:
    classes = ("9" if c.isdigit() else "a" if c.islower() else "A" if c.isupper() else c for c in text)
    return "".join(c for c, _ in groupby(classes))


_CAN: dict[str, Callable[[Sequence[str]], bool]] = {
    "nulls": _is_whole,
    "outliers": _is_measure,
    "new category": _is_category,
    "wrong format": _has_format,
}


def plant(table: Table, kind: str, place: int, seed: int) -> Table:
    """The table with one defect: some rows changed in one column, or there twice."""
    chance = random.Random(f"{kind} {seed}")
    hit = sorted(chance.sample(range(len(table.rows)), min(planted_rows(len(table.rows)), len(table.rows))))
    rows = list(table.rows)
    if kind == "duplicates":
        return Table(table.header, [*rows, *(rows[n] for n in hit)])
    change = _change(kind, [row[place] for row in rows], chance)
    for n in hit:
        rows[n] = [*rows[n][:place], change(rows[n][place]), *rows[n][place + 1 :]]
    return Table(table.header, rows)


def _change(kind: str, values: list[str], chance: random.Random) -> Callable[[str], str]:
    if kind == "nulls":
        return lambda value: ""
    if kind == "new category":
        word = chance.choice(["Unknown", "other", "XX", "Atlantis", "zz top"])
        return lambda value: word
    if kind == "outliers":
        outlier = _outlier([float(v) for v in _present(values)], chance, all("." not in v for v in values))
        return lambda value: outlier
    return _misformed(values, chance)


def _outlier(numbers: list[float], chance: random.Random, whole: bool) -> str:
    """A thousandfold, a value a hundred ranges away on either side, or the like of a sentinel."""
    low, high = min(numbers), max(numbers)
    spread = high - low
    found = chance.choice(
        [high + 100 * spread, low - 100 * spread, 1000 * (high + spread), -999999999.0 - 100 * spread]
    )
    return str(int(found)) if whole else f"{found:.1f}"


def _misformed(values: list[str], chance: random.Random) -> Callable[[str], str]:
    if _is_number(values):
        return chance.choice(
            [lambda v: f"{v} kg", lambda v: "12,5,1", lambda v: "n.a.", lambda v: f"#{v}", lambda v: "1O0"]
        )
    if _is_day(values):
        return chance.choice(
            [lambda v: "31/12/2012", lambda v: "12-31-12", lambda v: "Dec 31 2012", lambda v: f"{v} ?"]
        )
    return chance.choice([lambda v: f"{v}\u00b7", lambda v: f"<{v}>", lambda v: f"{v};", lambda v: f"\u00e9{v}"])
