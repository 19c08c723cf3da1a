"""Stock Great Expectations on the rows of one file, by its pandas engine: for what one pass over all files can't count.

Slow, and the columns of the file must fit in memory: such expectations are reported.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.engine.audit.judge import RUNTIME, Judge, build, needs, short


def judge_alone(rule: Expectation, rows: pa.Table) -> Outcome:
    """The stock way: every metric computed on this table alone."""
    from great_expectations.execution_engine import PandasExecutionEngine

    expectation = build(rule)
    engine = PandasExecutionEngine()
    engine.load_batch_data("file", rows.to_pandas())
    try:
        metrics = {name: _resolved(engine, metric) for name, metric in needs(expectation, engine).items()}
    except Exception as error:  # noqa: BLE001  as in stock GX: a metric that can't be computed is a failed expectation
        return Outcome(rule, False, note=short(error))
    return Judge(rule, expectation, engine).decide(metrics)


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
