"""The passes of an audit: what is to be counted, gathered from all expectations, then counted for all files by a few queries.

Their number follows from the expectations alone, never from the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from glue_etl.engine.audit.columns import quote
from glue_etl.engine.audit.scan import Scan

MOST_AGGREGATES = 150
"""Figures of one query: thousands of columns ask for tens of thousands. Planning takes DuckDB 0.6 ms for each; of 800, 1.2 ms."""

Figures = dict[int, dict[str, Any]]
"""By the file's number and the figure's name. A file without rows has none: counts are then 0, all else is null."""
_NOT_COMPUTED = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)
"""What DuckDB says of values and types; what it says of files and memory is the world's fault, and stops the audit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A metric of Great Expectations: made of these figures, in this way. Missing ones are None."""

    names: tuple[str, ...]
    made: Callable[..., Any]

    def of(self, figures: Mapping[str, Any]) -> Any:
        return self.made(*[figures.get(name) for name in self.names])


def counted(value: int | None) -> int:
    return int(value or 0)


def _parts(aggregates: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """At most MOST_AGGREGATES at a time, in order."""
    names = iter(aggregates)
    while part := list(islice(names, MOST_AGGREGATES)):
        yield {name: aggregates[name] for name in part}


@dataclass(slots=True)
class Passes:
    """The SQL of every figure, by the pass that counts it.

    `flat`: aggregates of the rows. `grouped`: aggregates of the groups of equal values, by their columns and the rows' filter;
    the group's size is `size`. `ordered`: aggregates of values beside the one before, `value` and `before`, by the SQL of the
    value and filter. `dependent`: aggregates that use figures of `flat`, by their names. `failed`: figures that
    DuckDB could not compute, and why.
    """

    scan: Scan
    flat: dict[str, str] = field(default_factory=dict)
    grouped: dict[tuple[tuple[str, ...], str], dict[str, str]] = field(default_factory=dict)
    ordered: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    dependent: dict[str, str] = field(default_factory=dict)
    decided: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @property
    def size(self) -> str:
        return self.scan.inner("size")

    def count(self, where: str) -> Wanted:
        """How many rows meet a condition."""
        return Wanted((self.aggregate(f"count(*) FILTER (WHERE {where})"),), counted)

    def aggregate(self, sql: str) -> str:
        """The name of a figure of the rows."""
        return self._add(self.flat, sql, ("flat",))

    def of_groups(self, columns: tuple[str, ...], where: str, sql: str, only_with: str = "") -> str:
        """The name of a figure of the groups of rows with equal values in `columns`.

        `only_with`: the name of a figure of fewer columns: where it is 0 or null in a file, so is this one, without a count.
        """
        self.decided[columns, where] = only_with
        return self._add(self.grouped.setdefault((columns, where), {}), sql, ("grouped", columns, where))

    def known(self, columns: tuple[str, ...], where: str, sql: str) -> str:
        """The name of a figure of groups, if it is counted already; else ""."""
        return self._known.get(("grouped", columns, where, sql), "")

    def of_neighbours(self, value: str, where: str, sql: str) -> str:
        """The name of a figure of values beside the ones before them."""
        return self._add(self.ordered.setdefault((value, where), {}), sql, ("ordered", value, where))

    def of_figures(self, sql: str) -> str:
        """The name of a figure of the rows that needs other figures, which its SQL calls by their names."""
        return self._add(self.dependent, sql, ("dependent",))

    def _add(self, branch: dict[str, str], sql: str, key: tuple[Any, ...]) -> str:
        name = self._known.setdefault((*key, sql), self.scan.inner(f"f{len(self._known)}"))
        branch[name] = sql
        return name

    def run(self) -> Figures:
        """Every figure of every file."""
        found: Figures = {}
        for part in _parts(self.flat):
            self._take(found, part, self._of_rows)
        for (columns, where), aggregates in sorted(self.grouped.items(), key=lambda item: len(item[0][0])):
            if (kept := self._undecided(found, columns, where)) is not None:
                self._take(found, aggregates, partial(self._of_groups, columns, kept))
        for (value, where), aggregates in self.ordered.items():
            self._take(found, aggregates, partial(self._of_neighbours, value, where))
        if self.dependent:
            self._take(found, self.dependent, partial(self._of_figures, found))
        return found

    def _of_rows(self, aggregates: Mapping[str, str]) -> str:
        return f"SELECT {self._listed(aggregates)} FROM {self.scan.relation} GROUP BY {self.scan.file}"

    def _listed(self, aggregates: Mapping[str, str]) -> str:
        return ", ".join([self.scan.file, *(f"{sql} AS {name}" for name, sql in aggregates.items())])

    def _undecided(self, found: Figures, columns: tuple[str, ...], where: str) -> str | None:
        """The filter of the rows whose groups must be counted; None where fewer columns decide it in every file."""
        name = self.decided[columns, where]
        if not name or name in self.failed:
            return where
        files = [file for file, figures in found.items() if figures.get(name)]
        return f"{self.scan.file} IN ({', '.join(map(str, files))}) AND ({where})" if files else None

    def _of_groups(self, columns: tuple[str, ...], where: str, aggregates: Mapping[str, str]) -> str:
        named = ", ".join([self.scan.file, *(quote(c) for c in columns)])
        groups = f"SELECT {named}, count(*) AS {self.size} FROM {self.scan.relation} WHERE {where} GROUP BY {named}"
        return f"SELECT {self._listed(aggregates)} FROM ({groups}) GROUP BY {self.scan.file}"

    def _of_neighbours(self, value: str, where: str, aggregates: Mapping[str, str]) -> str:
        file, row = self.scan.file, self.scan.row
        window = f"lag({value}) OVER (PARTITION BY {file} ORDER BY {row})"
        pairs = f"SELECT {file}, {value} AS value, {window} AS before FROM {self.scan.relation} WHERE {where}"
        return f"SELECT {self._listed(aggregates)} FROM ({pairs}) GROUP BY {file}"

    def _of_figures(self, found: Figures, aggregates: Mapping[str, str]) -> str:
        names = sorted({name for sql in self.dependent.values() for name in self.flat if name in sql})
        rows = [{self.scan.file: file, **{n: figures.get(n) for n in names}} for file, figures in found.items()]
        types = [pa.int64(), *[pa.float64()] * len(names)]
        known = self.scan.register_table(
            pa.Table.from_pylist(rows, pa.schema(zip((self.scan.file, *names), types, strict=True)))
        )
        joined = f"{self.scan.relation} JOIN {known} USING ({self.scan.file})"
        return f"SELECT {self._listed(aggregates)} FROM {joined} GROUP BY {self.scan.file}"

    def _take(self, found: Figures, aggregates: Mapping[str, str], written: Callable[[Mapping[str, str]], str]) -> None:
        """The figures of one query. One that DuckDB can't compute (a number too large, say) must not cost the others."""
        try:
            rows = self.scan.query(written(aggregates))
        except _NOT_COMPUTED as error:
            if len(aggregates) > 1:
                for name, sql in aggregates.items():
                    self._take(found, {name: sql}, written)
            else:
                self.failed.update(dict.fromkeys(aggregates, str(error).splitlines()[0][:200]))
            return
        for row in rows:
            found.setdefault(row.pop(self.scan.file), {}).update(row)
