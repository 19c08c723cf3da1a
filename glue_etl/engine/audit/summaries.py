"""Summaries of columns: counts and ends ride along with the audit's own pass, shapes take one query more for all files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from glue_etl.core.files.summaries import BINS, QUANTILES, ColumnSummary
from glue_etl.engine.audit.columns import NUMBERS, Column
from glue_etl.engine.audit.passes import Figures, Passes
from glue_etl.engine.audit.scan import Scan
from glue_etl.engine.spark_types import spark_type

FEW_VALUES = 12
"""A column of at most so many values is shown by its values, each with its count."""
SHAPED_ROWS = 100_000
"""Of a file with more rows, the shape is that of about so many, taken by chance but always the same."""
LONGEST = 60
"""Characters that are kept of a value."""
_MOMENTS = ("date", "timestamp", "local timestamp")
_MEASURED = (*NUMBERS, *_MOMENTS)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted of a column: a figure's name by what it says. `known`: what it has in each file without a count."""

    column: Column
    figures: Mapping[str, str]
    known: Mapping[int, Mapping[str, Any]]

    def of(self, number: int, figures: Mapping[str, Any]) -> dict[str, Any]:
        return {what: figures.get(name) for what, name in self.figures.items()} | dict(self.known.get(number, {}))

    def wants_bins(self, found: Mapping[str, Any]) -> bool:
        low, high = found.get("low"), found.get("high")
        return low is not None and high is not None and low < high

    def ends(self, found: Mapping[str, Any]) -> tuple[float | None, float | None]:
        """Between which the values are to be counted in bins; of values that are to be counted each, any first one."""
        if self.wants_bins(found):
            return found["low"], found["high"]
        return (0.0 if self.wants_values(found) else None), None

    def wants_values(self, found: Mapping[str, Any]) -> bool:
        return self.column.kind in ("text", "boolean") and 0 < (found.get("distinct") or 0) <= FEW_VALUES


@dataclass(frozen=True, slots=True)
class _Shape:
    """A column of a file: pairs of a bin or a value and its count, and of numbers their quantiles."""

    counts: Any = None
    quantiles: Sequence[float] | None = None


class Summaries:
    """The summaries of some columns of a batch. The figures join the passes at once; `of` is for when they are counted."""

    def __init__(self, passes: Passes, scan: Scan, names: Sequence[str]) -> None:
        self._scan = scan
        columns = [scan.columns[name] for name in names if name in scan.columns]
        self._counted = [self._counted_of(column, passes) for column in columns]
        self._rows = passes.aggregate("count(*)")

    def _counted_of(self, column: Column, passes: Passes) -> _Counted:
        """Ends that every file knows already are not counted again."""
        files = {number: file.ends for number, file in enumerate(self._scan.batch.files) if file.paths}
        known = all(column.name in ends for ends in files.values())
        names = {what: passes.aggregate(sql) for what, sql in _figures(column, not known).items()}
        return _Counted(
            column, names, {n: _told(column, *ends[column.name]) for n, ends in files.items()} if known else {}
        )

    def of(self, figures: Figures) -> dict[int, tuple[ColumnSummary, ...]]:
        """By the file's number, its columns in order; a file without rows has its columns all the same."""
        numbers = range(len(self._scan.batch.files))
        shapes = self._shapes(figures)
        return {
            number: tuple(
                self._summary(counted, number, figures.get(number, {}), shapes.get(number, {}).get(place, _Shape()))
                for place, counted in enumerate(self._counted)
            )
            for number in numbers
        }

    def _summary(self, counted: _Counted, number: int, figures: Mapping[str, Any], shape: _Shape) -> ColumnSummary:
        found, column = counted.of(number, figures), counted.column
        bins: tuple[int, ...] = ()
        top: tuple[tuple[str, int], ...] = ()
        if shape.counts and column.kind in _MEASURED:
            counts = dict(shape.counts)
            bins = tuple(counts.get(place, 0) for place in range(BINS))
        elif shape.counts:
            top = tuple(sorted(shape.counts, key=lambda pair: (-pair[1], pair[0])))
        rows, values = figures.get(self._rows) or 0, found["values"] or 0
        return ColumnSummary(
            name=column.name,
            type=_type_name(self._scan.batch.schema.field(column.name).type),
            rows=rows,
            nulls=rows - values,
            distinct=min(found.get("distinct") or 0, values),
            least=found.get("least") or "",
            greatest=found.get("greatest") or "",
            low=found["low"] if bins else None,
            high=found["high"] if bins else None,
            bins=bins,
            top=top,
            mean=_finite(found.get("mean")),
            quantiles=tuple(shape.quantiles or ()) if bins else (),
        )

    def _shapes(self, figures: Figures) -> dict[int, dict[int, _Shape]]:
        """By file and column's place its shape: one query, none where no column has a shape."""
        wanted = dict(self._wanted(figures))
        if not wanted:
            return {}
        facts, inner = self._facts(figures, wanted), self._scan.inner
        asked = {inner(f"s{place}"): sql for place, sql in wanted.items()}
        asked |= {inner(f"q{place}"): self._quantiles(place) for place in wanted}
        listed = ", ".join(f"{sql} AS {name}" for name, sql in asked.items())
        file = self._scan.file
        kept = f"hash({self._scan.row}) % {inner('every')} = 0"
        joined = f"{self._scan.relation} JOIN {facts} USING ({file})"
        sql = f"SELECT {file}, {listed} FROM {joined} WHERE {kept} GROUP BY {file}"
        return {
            row[file]: {place: _Shape(row[inner(f"s{place}")], row[inner(f"q{place}")]) for place in wanted}
            for row in self._scan.query(sql)
        }

    def _quantiles(self, place: int) -> str:
        """Of numbers, the values at QUANTILES."""
        column = self._counted[place].column
        at = ", ".join(f"{percent / 100}" for percent in QUANTILES)
        return f"quantile_cont({_position(column)}, [{at}])" if column.kind in NUMBERS else "NULL"

    def _wanted(self, figures: Figures) -> Iterator[tuple[int, str]]:
        """The SQL of each column that has a shape in some file."""
        for place, counted in enumerate(self._counted):
            found = [counted.of(number, each) for number, each in figures.items()]
            low, high = (self._scan.inner(f"{end}{place}") for end in ("low", "high"))
            if any(map(counted.wants_bins, found)):
                share = f"floor(({_position(counted.column)} - {low}) / ({high} - {low}) * {BINS})"
                last = BINS - 1
                yield place, f"histogram(CASE WHEN {share} >= {last} THEN {last} ELSE CAST({share} AS TINYINT) END)"
            elif any(map(counted.wants_values, found)):
                text = f"left(CAST({counted.column.sql} AS VARCHAR), {LONGEST})"
                yield place, f"histogram({text}) FILTER (WHERE {low} IS NOT NULL)"

    def _facts(self, figures: Figures, wanted: Mapping[int, str]) -> str:
        """A table with a row a file: the ends of each column whose shape is wanted there, null elsewhere, and of how many rows
        one is looked at.
        """
        every = [-(-(each.get(self._rows) or 1) // SHAPED_ROWS) for each in figures.values()]
        columns: dict[str, Any] = {
            self._scan.file: pa.array(list(figures), pa.int64()),
            self._scan.inner("every"): pa.array(every, pa.uint64()),
        }
        for place in wanted:
            counted = self._counted[place]
            ends = [counted.ends(counted.of(number, each)) for number, each in figures.items()]
            for side, name in enumerate(("low", "high")):
                columns[self._scan.inner(f"{name}{place}")] = pa.array([end[side] for end in ends], pa.float64())
        return self._scan.register_table(pa.table(columns))


def _figures(column: Column, with_ends: bool) -> dict[str, str]:
    """SQL by what it says; only whether it is null of what has no order."""
    found = {"values": f"count({column.sql})"}
    if column.kind not in (*_MEASURED, "text", "boolean"):
        return found
    found["distinct"] = f"approx_count_distinct({column.sql})"
    if with_ends:
        found |= {
            name: f"left(CAST({which}({column.sql}) AS VARCHAR), {LONGEST})"
            for name, which in (("least", "min"), ("greatest", "max"))
        }
    if column.kind in NUMBERS:
        found["mean"] = f"avg({column.number})"
    if with_ends and column.kind in _MEASURED:
        found |= {name: _end(column, f"{which}({column.sql})") for name, which in (("low", "min"), ("high", "max"))}
    return found


def _finite(mean: float | None) -> float | None:
    return mean if mean is not None and math.isfinite(mean) else None


def _told(column: Column, low: Any, high: Any) -> dict[str, Any]:
    """The same of ends that are known: as DuckDB would write them, and where they lie."""
    said = {"least": str(low)[:LONGEST], "greatest": str(high)[:LONGEST]}
    return said | ({"low": _place(low), "high": _place(high)} if column.kind in _MEASURED else {})


def _place(end: Any) -> float:
    """Of a date its seconds since 1970."""
    return (end - date(1970, 1, 1)).total_seconds() if isinstance(end, date) else float(end)


def _end(column: Column, extreme: str) -> str:
    """Where the least or greatest value lies: of the value itself where that is possible, so that nothing is computed a row."""
    if column.kind in _MOMENTS:
        return f"CASE WHEN isfinite({extreme}) THEN epoch({extreme}) END"
    return (
        f"{extreme} FILTER (WHERE isfinite({column.sql}))" if column.kind == "float" else f"CAST({extreme} AS DOUBLE)"
    )


def _position(column: Column) -> str:
    """Where a value lies on a line, as DOUBLE; null for what is not finite."""
    if column.kind in _MOMENTS:
        return f"CASE WHEN isfinite({column.sql}) THEN epoch({column.sql}) END"
    if column.kind == "float":
        return f"CASE WHEN isfinite({column.sql}) THEN CAST({column.sql} AS DOUBLE) END"
    return f"CAST({column.sql} AS DOUBLE)"


def _type_name(type_: pa.DataType) -> str:
    try:
        return spark_type(type_)
    except KeyError:  # a type that no table of ours holds, in a frame of the user's own
        return str(type_)
