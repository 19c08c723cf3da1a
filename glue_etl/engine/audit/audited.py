"""The audit of a run's files, and what it found."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import duckdb
import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import BAD_ROW_COLUMN, Outcome
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.engine.audit.alone import QUERY_TYPE, judge_alone, judge_query
from glue_etl.engine.audit.columns import columns_of, quote
from glue_etl.engine.audit.conditions import Scope
from glue_etl.engine.audit.model import Batch, FileRows, Limits, NotCountable, Slow
from glue_etl.engine.audit.passes import Figures, Passes
from glue_etl.engine.audit.plan import Check, Told, expand, named_columns, plan
from glue_etl.engine.audit.samples import Failing, failing_rows
from glue_etl.engine.audit.scan import Scan, open_duckdb, with_bad_rows
from glue_etl.engine.audit.summaries import Summaries

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Audited:
    """What was found, by file. `queries` counts DuckDB's passes over the rows: it does not grow with the files."""

    queries: int = 0
    decisions: int = 0
    slow: list[Slow] = field(default_factory=list)
    _rows: dict[str, int] = field(default_factory=dict)
    _outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    _failing: dict[str, list[Failing]] = field(default_factory=dict)
    _summaries: dict[str, tuple[ColumnSummary, ...]] = field(default_factory=dict)

    def rows(self, file: str) -> int:
        """Staged rows."""
        return self._rows[file]

    def outcomes(self, file: str) -> list[Outcome]:
        """The outcome of each expectation, in the suite's order; a file without rows is judged as an empty table."""
        return self._outcomes[file]

    def failing(self, file: str) -> list[Failing]:
        """Of each failed expectation on rows some failing rows, the first ones."""
        return self._failing.get(file, [])

    def summary(self, file: str) -> tuple[ColumnSummary, ...]:
        """The summaries of as many of the data's own columns as were asked for, in their order."""
        return self._summaries.get(file, ())


def audit(
    files: Mapping[str, FileRows],
    rules: Sequence[Expectation],
    own_columns: Sequence[str],
    limits: Limits | None = None,
    summarised: int = 0,
) -> Audited:
    """What each of `rules` finds in each file. `own_columns` are the data's own, that "*" stands for; the first `summarised` of
    them are summarised, with the rows that were staged.

    Files with equal columns and types are counted together: the queries grow with the rules and the kinds of files, not with the
    files. A BadContract is a rule that Great Expectations does not know.
    """
    audited = Audited()
    with open_duckdb(limits or Limits()) as connection:
        for batch in batches(files):
            _audit_batch(connection, batch, rules, own_columns, audited, summarised)
    return audited


def batches(files: Mapping[str, FileRows]) -> list[Batch]:
    """The files by their columns, constants and `_problem` among them."""
    found: dict[tuple[pa.Schema, tuple[str, ...]], list[str]] = {}
    for file, rows in files.items():
        constants = [pa.field(name, value.type) for name, value in rows.constants.items()]
        problem = [] if BAD_ROW_COLUMN in rows.schema.names else [pa.field(BAD_ROW_COLUMN, pa.string())]
        schema = pa.schema([*(pa.field(f.name, f.type) for f in rows.schema), *constants, *problem])
        found.setdefault((schema, tuple(rows.constants)), []).append(file)
    return [Batch(tuple(ids), [files[i] for i in ids], schema) for (schema, _), ids in found.items()]


def _audit_batch(
    connection: duckdb.DuckDBPyConnection,
    batch: Batch,
    rules: Sequence[Expectation],
    own: Sequence[str],
    audited: Audited,
    summarised: int,
) -> None:
    staged = _Look(Scan(connection, batch))
    bad = _Look(with_bad_rows(staged.scan)) if any(f.problems for f in batch.files) else staged
    expanded = expand(rules, batch.schema, own)
    told = Told(batch.schema, own)
    checks = [(look, look.check(rule, told)) for rule in expanded for look in (bad if _of_problem(rule) else staged,)]
    summaries = staged.summaries(own[:summarised])
    for look in {id(x): x for x in (staged, bad)}.values():
        look.count()
    failed: dict[int, list[Check]] = {}
    for number, file in enumerate(batch.ids):
        outcomes = [look.outcome(check, number) for look, check in checks]
        audited._outcomes[file] = outcomes
        audited._rows[file] = staged.rows(number)
        failed[number] = [
            c for (look, c), o in zip(checks, outcomes, strict=True) if not o.success and not look.broken(c)
        ]
    if summarised:
        told_of = staged.summarised(summaries)
        audited._summaries |= {batch.ids[number]: found for number, found in told_of.items()}
    for number, kept in failing_rows(staged.scan, failed).items():
        audited._failing[batch.ids[number]] = kept
    for look in {id(x): x for x in (staged, bad)}.values():
        audited.slow += look.slow()
        audited.queries += look.scan.queries
    audited.decisions += sum(c.judge.decisions for _, c in checks if c.judge)


def _of_problem(rule: Expectation) -> bool:
    return bool(rule.kwargs.get("column") == BAD_ROW_COLUMN)


class _Look:
    """The checks of one relation, and their figures."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self._passes = Passes(scan)
        self._scope = Scope(columns_of(scan.batch.schema), scan.register_look, scan.takes_pattern)
        self._count = self._passes.count("TRUE")
        self._figures: Figures = {}
        self._slow: dict[int, tuple[Expectation, str, int]] = {}

    def check(self, rule: Expectation, told: Told) -> Check:
        return plan(rule, self._passes, self._scope, told)

    def summaries(self, names: Sequence[str]) -> Summaries:
        """To be asked before the count, and told by `summarised` after it."""
        return Summaries(self._passes, self.scan, names)

    def summarised(self, summaries: Summaries) -> dict[int, tuple[ColumnSummary, ...]]:
        return summaries.of(self._figures)

    def count(self) -> None:
        self._figures = self._passes.run()

    def rows(self, number: int) -> int:
        return int(self._count.of(self._figures.get(number, {})))

    def outcome(self, check: Check, number: int) -> Outcome:
        try:
            if reason := self.broken(check):
                raise NotCountable(reason)
            return check.decide(self._figures.get(number, {}))
        except NotCountable as reason:
            _, _, files = self._slow.get(id(check), (check.rule, "", 0))
            self._slow[id(check)] = (check.rule, str(reason), files + 1)
            return self._alone(check.rule, number)

    def _alone(self, rule: Expectation, number: int) -> Outcome:
        if rule.type == QUERY_TYPE:
            return judge_query(rule, partial(self._rows_of_query, number))
        return judge_alone(rule, self._table(rule, number))

    def _rows_of_query(self, number: int, query: str) -> int:
        """How many rows a query of the suite's own finds in one file, which it calls {batch}."""
        listed = ", ".join(quote(n) for n in self.scan.columns)
        rows = self.scan.rows_with(self.scan.columns)  # the suite's own text may say anything
        batch = f"(SELECT {listed} FROM {rows} WHERE {self.scan.file} = {number})"
        return int(self.scan.query(f"SELECT count(*) AS n FROM ({query.replace('{batch}', batch)})")[0]["n"])

    def broken(self, check: Check) -> str:
        """Why DuckDB could not compute a figure of the check; "" where it could."""
        names = {name for wanted in check.counted.values() for name in wanted.names}
        return next((reason for name, reason in self._passes.failed.items() if name in names), "")

    def _table(self, rule: Expectation, number: int) -> pa.Table:
        names = named_columns(rule) if not rule.kwargs.get("row_condition") else []
        listed = ", ".join(quote(n) for n in names or self.scan.columns)
        where = f"WHERE {self.scan.file} = {number} ORDER BY {self.scan.row}"
        return self.scan.table(f"SELECT {listed} FROM {self.scan.relation} {where}")

    def slow(self) -> list[Slow]:
        for rule, reason, files in self._slow.values():
            why = reason.partition(": ")[0]  # what follows in an error of DuckDB's may be a value
            LOG.warning("%s on %s: each file by itself (%d): %s", rule.type, rule.column or "the table", files, why)
        return [Slow(*found) for found in self._slow.values()]
