"""Some of the rows that fail each expectation, with their places: one query for all files and expectations, bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.engine.audit.columns import literal, quote
from glue_etl.engine.audit.model import SAMPLE, FailingRow
from glue_etl.engine.audit.plan import Check, named_columns
from glue_etl.engine.audit.scan import Scan

LONGEST = 300
"""Characters that are kept of a value."""


@dataclass(frozen=True, slots=True)
class Failing:
    """An expectation that failed in a file, and the first rows that fail it."""

    rule: Expectation
    rows: tuple[FailingRow, ...]

    @property
    def columns(self) -> list[str]:
        """The columns whose values the rows tell."""
        return named_columns(self.rule)


def failing_rows(scan: Scan, failed: Mapping[int, Sequence[Check]]) -> dict[int, list[Failing]]:
    """By the files' numbers, the failing rows of the checks that failed there."""
    checks = list({id(c): c for found in failed.values() for c in found if _kept(c)}.values())
    files = sorted(number for number, found in failed.items() if any(_kept(c) for c in found))
    if not checks:
        return {}
    listed = ", ".join(f"{_first(scan, c)} AS {scan.inner(f's{n}')}" for n, c in enumerate(checks))
    wanted = f"{scan.file} IN ({', '.join(map(str, files))})"
    fails = " OR ".join(
        f"({c.failing.where})" for c in checks if c.failing
    )  # else values of all rows are made text first
    sql = f"SELECT {scan.file}, {listed} FROM {scan.relation} WHERE {wanted} AND ({fails}) GROUP BY {scan.file}"
    starts = _Starts(scan, files)
    found: dict[int, list[Failing]] = {}
    for row in scan.query(sql):
        number = row[scan.file]
        mine = [(n, c) for n, c in enumerate(checks) if any(c is f for f in failed[number])]
        found[number] = [_of(c, row[scan.inner(f"s{n}")] or (), starts) for n, c in mine]
    return found


def _kept(check: Check) -> bool:
    return check.failing is not None and BAD_ROW_COLUMN not in named_columns(check.rule)


def _first(scan: Scan, check: Check) -> str:
    values = ", ".join(f"left(CAST({quote(c)} AS VARCHAR), {LONGEST})" for c in named_columns(check.rule))
    failing = check.failing.where if check.failing else "FALSE"
    return f"min_by({{'row': {scan.row}, 'values': [{values}]}}, {scan.row}, {SAMPLE}) FILTER (WHERE {failing})"


def _of(check: Check, found: Sequence[Mapping[str, Any]], starts: _Starts) -> Failing:
    return Failing(check.rule, tuple(FailingRow(starts.row(f["row"]), tuple(f["values"])) for f in found))


class _Starts:
    """The number that the first row of each object has in its file."""

    def __init__(self, scan: Scan, files: Sequence[int]) -> None:
        self._scan = scan
        self._of: dict[int, int] = {}
        several = [n for n in files if len(scan.batch.files[n].paths) > 1]
        rows = self._rows([p for n in several for p in scan.batch.files[n].paths])
        first = 0
        for file in scan.batch.files:
            start = 0
            for path in file.paths:
                self._of[first] = start
                start += rows.get(path, 0)
                first += 1

    def _rows(self, paths: Sequence[str]) -> dict[str, int]:
        if not paths:
            return {}
        listed = ", ".join(literal(p) for p in paths)
        found = self._scan.query(f"SELECT file_name, num_rows FROM parquet_file_metadata([{listed}])")
        return {row["file_name"]: row["num_rows"] for row in found}

    def row(self, place: int) -> int:
        path, row = self._scan.place(place)
        return self._of[path] + row
