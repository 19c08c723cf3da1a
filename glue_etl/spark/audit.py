"""Judges every file of a staged frame by its dataset's suite, in one pass over the data.

Great Expectations decides what is counted (checks.py) and whether the figures are a success (its own `_validate`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.spark.checks import (
    RUNTIME,
    Check,
    Counts,
    expand,
    failing_rows,
    named_columns,
    open_engine,
    plan,
    resolve,
)
from glue_etl.spark.names import FILE, PROBLEM

LOG = logging.getLogger(__name__)


def audit(
    frame: DataFrame, rules: Iterable[Expectation], own_columns: Sequence[str], also: Mapping[str, Column] | None = None
) -> Audited:
    """What each of `rules` finds in each file of `frame`, and the aggregates `also`, by name.

    `own_columns` are the data's own, that "*" stands for.
    """
    counts = Counts(open_engine(frame), frame)
    fields = [f for f in frame.schema.fields if f.name in own_columns]
    checks = [plan(rule, counts, own_columns) for rule in expand(rules, fields)]
    counts.frames[""] = frame
    counts.columns.setdefault("", {}).update({"rows": F.count(F.lit(1)), **(also or {})})
    return Audited(counts, checks)


def mark_failing(frame: DataFrame, rules: Iterable[Expectation], own_columns: Sequence[str]) -> DataFrame:
    """`_problem` also where a row by itself fails a critical expectation (that a value is unique is not a row's affair)."""
    engine = open_engine(frame)
    fields = [f for f in frame.schema.fields if f.name in own_columns]
    critical = [r for r in expand(rules, fields) if r.severity == "critical" and PROBLEM not in named_columns(r)]
    failing = [(rule, failing_rows(engine, rule)) for rule in critical]
    texts = [F.when(column, f"{rule.column}: fails {rule.type}") for rule, column in failing if column is not None]
    found = F.concat_ws("; ", *texts)
    return frame.withColumn(PROBLEM, F.coalesce(F.col(PROBLEM), F.when(found != "", found))) if texts else frame


class Audited:
    """The figures of one audit, and the outcomes that follow from them."""

    def __init__(self, counts: Counts, checks: list[Check]) -> None:
        self._counts = counts
        self._checks = checks
        self._figures = counts.collect()
        self._of_nothing: list[Outcome] | None = None

    def rows(self, file: str) -> int:
        return int(self._figures.get(file, {}).get("rows", 0))

    def figure(self, file: str, name: str) -> Any:
        """An aggregate that was asked for besides; None where the file has no rows."""
        return self._figures.get(file, {}).get(name)

    def outcomes(self, file: str) -> list[Outcome]:
        """The outcome of each expectation in one file; a file without rows is judged as an empty frame."""
        if file in self._figures:
            return [self._judge(check, self._figures[file], F.col(FILE) == file) for check in self._checks]
        if self._of_nothing is None:
            figures = self._counts.collect_of_nothing()
            self._of_nothing = [self._judge(check, figures, F.lit(False)) for check in self._checks]
        return self._of_nothing

    def _judge(self, check: Check, figures: Mapping[str, Any], mine: Column) -> Outcome:
        if check.note:
            return Outcome(check.rule, False, note=check.note)
        if check.alone:
            LOG.info("%s needs a look at each file by itself", check.rule.type)
            return judge_alone(check, self._counts.frame.where(mine))
        counted = {name: figures.get(key) for name, key in check.counted.items()}
        return decide(check, {**check.known, **counted}, self._counts.engine)


def judge_alone(check: Check, frame: DataFrame) -> Outcome:
    """The stock way: every metric computed on the frame of one file alone."""
    engine = open_engine(frame)
    try:
        metrics = {n: check.known[n] if n in check.known else resolve(engine, m) for n, m in check.metrics.items()}
    except Exception as error:  # noqa: BLE001  as in stock GX: a metric that can't be computed is a failed expectation
        return Outcome(check.rule, False, note=_short(error))
    return decide(check, metrics, engine)


def decide(check: Check, metrics: Mapping[str, Any], engine: Any) -> Outcome:
    """GX's own decision on the figures, as an outcome."""
    try:
        found = check.expectation._validate(dict(metrics), runtime_configuration=RUNTIME, execution_engine=engine)
    except Exception as error:  # noqa: BLE001  the same
        return Outcome(check.rule, False, note=_short(error))
    success = bool(found["success"] if isinstance(found, dict) else found.success)
    unexpected, total = _counts(check, metrics)
    return Outcome(check.rule, success, unexpected, total, "" if success or total else _observed(found))


def _counts(check: Check, metrics: Mapping[str, Any]) -> tuple[int, int]:
    """Unexpected values, and values in all (nulls don't count where the expectation ignores them)."""
    unexpected = metrics.get(f"{check.expectation.map_metric}.unexpected_count") if _is_map(check) else None
    rows = metrics.get("table.row_count") or 0
    if unexpected is None or not rows:
        return 0, 0
    filtered = metrics.get(f"{check.expectation.map_metric}.filtered_row_count")
    nulls = metrics.get("column_values.nonnull.unexpected_count") or 0
    itself = check.expectation.map_metric == "column_values.nonnull"
    return int(unexpected), int(filtered if filtered is not None else rows if itself else rows - nulls)


def _is_map(check: Check) -> bool:
    return bool(getattr(check.expectation, "map_metric", None))


def _observed(found: Any) -> str:
    result = found.get("result") if isinstance(found, dict) else found.result
    value = (result or {}).get("observed_value")
    return f"found {value!r}"[:200] if value is not None else ""


def _short(error: BaseException) -> str:
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:300]
