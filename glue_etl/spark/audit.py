"""Judges every file of a staged frame by its dataset's suite, in one pass over the data.

Great Expectations decides what is counted (checks.py) and whether the figures are a success (its own `_validate`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_etl.core.contracts import Expectation
from glue_etl.core.quality import Outcome
from glue_etl.spark.checks import RUNTIME, Check, Counts, expand, failing_rows, named_columns, open_engine, plan, resolve
from glue_etl.spark.names import FILE, PROBLEM

LOG = logging.getLogger(__name__)


def audit(frame: DataFrame, rules: Iterable[Expectation], own_columns: Sequence[str]) -> Audited:
    """What each of `rules` finds in each file of `frame`. `own_columns` are the data's own, that "*" stands for."""
    counts = Counts(open_engine(frame), frame)
    fields = [f for f in frame.schema.fields if f.name in own_columns]
    checks = [plan(rule, counts, own_columns) for rule in expand(rules, fields)]
    counts.frames[""] = frame
    counts.columns.setdefault("", {})["rows"] = F.count(F.lit(1))
    return Audited(frame, checks, counts.collect())


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

    def __init__(self, frame: DataFrame, checks: list[Check], figures: Mapping[str, Mapping[str, Any]]) -> None:
        self._frame = frame
        self._checks = checks
        self._figures = figures
        self._of_nothing: list[Outcome] | None = None

    def rows(self, file: str) -> int:
        return int(self._figures.get(file, {}).get("rows", 0))

    def outcomes(self, file: str) -> list[Outcome]:
        """The outcome of each expectation in one file; a file without rows is judged as an empty frame."""
        if file in self._figures:
            return [self._judge(check, file) for check in self._checks]
        if self._of_nothing is None:
            self._of_nothing = [judge_alone(check, self._frame.where("false")) for check in self._checks]
        return self._of_nothing

    def _judge(self, check: Check, file: str) -> Outcome:
        if check.note:
            return Outcome(check.rule, False, note=check.note)
        if check.alone:
            LOG.info("%s has no row condition: file %s is judged by a validation of its own", check.rule.type, file)
            return judge_alone(check, self._frame.where(F.col(FILE) == file))
        figures = self._figures[file]
        return decide(check, {**check.known, **{name: figures.get(key) for name, key in check.counted.items()}})


def judge_alone(check: Check, frame: DataFrame) -> Outcome:
    """The stock way: every metric computed on the frame of one file alone."""
    if check.note:
        return Outcome(check.rule, False, note=check.note)
    engine = open_engine(frame)
    try:
        known = dict(check.known)
        return decide(check, {n: known[n] if n in known else resolve(engine, m) for n, m in check.metrics.items()})
    except Exception as error:  # whatever a metric can't do with these values is, as in stock GX, a failed expectation
        return Outcome(check.rule, False, note=_short(error))


def decide(check: Check, metrics: Mapping[str, Any]) -> Outcome:
    """GX's own decision on the figures, as an outcome."""
    try:
        found = check.expectation._validate(metrics=dict(metrics), runtime_configuration=RUNTIME, execution_engine=None)
    except Exception as error:  # the same: GX reports an exception as a failure
        return Outcome(check.rule, False, note=_short(error))
    success = bool(found["success"] if isinstance(found, dict) else found.success)
    unexpected, total = _counts(check, metrics)
    observed = "" if success or total else _observed(found)
    return Outcome(check.rule, success, unexpected, total, observed)


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
