"""Stock Great Expectations on the rows of one file, by its pandas engine: for what one pass over all files can't count.

Slow, and the columns of the file must fit in memory: such expectations are reported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.engine.audit.judge import RUNTIME, Judge, build, needs, short

QUERY_TYPE = "unexpected_rows_expectation"
_QUERY = "unexpected_rows_query"


def judge_alone(rule: Expectation, rows: pa.Table) -> Outcome:
    """The stock way: every metric computed on this table alone."""
    from great_expectations.execution_engine import PandasExecutionEngine

    expectation = build(rule)
    engine = PandasExecutionEngine()
    engine.load_batch_data("file", rows.to_pandas())
    try:
        metrics = {name: _resolved(engine, metric) for name, metric in needs(expectation, engine).items()}
    except Exception as error:  # noqa: BLE001  as in stock GX: a metric that can't be computed is a failed expectation
        return Outcome(rule, False, note=short(error, rule))
    return Judge(rule, expectation, engine).decide(metrics)


def judge_query(rule: Expectation, rows: Callable[[str], int]) -> Outcome:
    """A query of the suite's own, which pandas can't run: DuckDB counts the rows that it finds in this file."""
    query = str(rule.kwargs["unexpected_rows_query"])
    try:
        found = rows(query)
    except duckdb.Error as error:
        return Outcome(rule, False, note=f"the query can't be run: {short(error, rule)}")
    return Judge(rule, build(rule)).decide({f"{_QUERY}.row_count": found, f"{_QUERY}.table": []})


def _resolved(engine: Any, metric: Any) -> Any:
    from great_expectations.validator.validation_graph import ValidationGraph

    graph = ValidationGraph(execution_engine=engine)
    graph.build_metric_dependency_graph(metric_configuration=metric, runtime_configuration=RUNTIME)
    resolved, failed = graph.resolve(runtime_configuration=RUNTIME, show_progress_bars=False)
    if metric.id not in resolved:
        raise ValueError(_reason(failed, metric))
    return resolved[metric.id]


def _reason(failed: dict[Any, Any], metric: Any) -> str:
    for found in failed.values():
        for told in found.get("exception_info", ()):
            return str(getattr(told, "exception_message", told))
    return f"{metric.metric_name} can't be computed"
