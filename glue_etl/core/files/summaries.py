"""What the values of a column look like: counts, ends and shape, small enough to be kept for every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

BINS = 12
"""Bars of a histogram."""
QUANTILES = (5, 25, 50, 75, 95)
"""Percent."""
MOST_SUMMARISED = 50
"""Columns of a file that are summarised, the first ones: a result holds the summaries of up to a thousand files."""


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of one file. `type` is Spark SQL's; `distinct` is an estimate within a few percent.

    `least` and `greatest` are values as text ("" where there are none). Numbers, dates and times have `bins`: how many values lie
    in each of BINS equal parts from `low` to `high` (of dates and times in seconds since 1970). Columns of few values have
    `top`: each value, as text, with its count, the most frequent first. Of large files both are counted in a sample of the rows.
    `mean` is of numbers alone, all of them; `quantiles` too, those at QUANTILES, counted where `bins` are.
    """

    name: str
    type: str
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    least: str = ""
    greatest: str = ""
    low: float | None = None
    high: float | None = None
    bins: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    mean: float | None = None
    quantiles: tuple[float, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether its least, greatest and top values are text of rows, which people see only where a deployment says so."""
        return not self.bins and self.type not in ("boolean", "date", "timestamp") and not _is_number(self.type)

    def to_json(self) -> dict[str, Any]:
        """Without what it has not: most columns have either bins or top."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None, ())}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ColumnSummary:
        known = {name: document[name] for name in cls.__slots__ if name in document}
        top = tuple((str(value), int(count)) for value, count in document.get("top", ()))
        lists = {name: tuple(document.get(name, ())) for name in ("bins", "quantiles")}
        return cls(**{**known, **lists, "top": top})


def _is_number(type_: str) -> bool:
    return type_.startswith(("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"))
