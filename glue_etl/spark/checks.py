"""Asks Great Expectations what each expectation of a suite counts, without letting it count.

For an expectation GX names the metrics it needs, and for most of them it can give a Spark column instead of a number
(`<metric>.aggregate_fn`, `<metric>.condition`): those can be counted for all files in one pass. Metrics that can't be had so
(medians, quantiles, z-scores, values in order) leave their expectation to be judged file by file.
Private names of GX are used here and nowhere else; the version is pinned, and tests compare with stock validations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import great_expectations.expectations.core  # noqa: F401  (registers every expectation and metric)
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.exceptions import GreatExpectationsError, MetricProviderError
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.registry import (
    get_expectation_impl,
    get_metric_provider,
    list_registered_expectation_implementations,
)
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validation_graph import ValidationGraph
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.errors import BadContract
from glue_etl.spark.names import FILE

RUNTIME = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": False}
SCHEMA_METRICS = ("table.columns", "table.column_types", "table.column_count")
_FREE = (".condition", ".map", ".aggregate_fn", "metric_partial_fn")
_UNIQUE = ("column_values.unique", "compound_columns.unique")
_IGNORED = {
    "both_values_are_missing": True,
    "all_values_are_missing": True,
    "either_value_is_missing": False,
    "any_value_is_missing": False,
}


class NotCountable(Exception):
    """The metric needs jobs of its own: its expectation is judged file by file."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation on one frame: `metrics` are what GX needs to judge it, by their names there.

    `counted` are the ids of those that one pass can count for all files, `known` those that the schema tells. With neither
    (`alone`), each file is judged by itself; `note` says why it can't be judged at all.
    """

    rule: Expectation
    expectation: Any = None
    metrics: Mapping[str, MetricConfiguration] = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    note: str = ""


def open_engine(frame: DataFrame) -> SparkDFExecutionEngine:
    engine = SparkDFExecutionEngine(persist=False, spark=frame.sparkSession)
    engine.load_batch_data("frame", frame)
    return engine


def resolve(engine: SparkDFExecutionEngine, metric: MetricConfiguration) -> Any:
    """The metric's value, computed on the engine's whole frame by as many jobs as it takes."""
    graph = _graph(engine, metric)
    resolved, _ = graph.resolve(runtime_configuration=RUNTIME, show_progress_bars=False)
    return resolved[metric.id]


def resolve_free(engine: SparkDFExecutionEngine, metric: MetricConfiguration) -> Any:
    """The metric's value, if it follows from columns and schema without a job; else NotCountable."""
    graph = _graph(engine, metric)
    needed = {m.id: m for edge in graph.edges for m in (edge.left, edge.right) if m is not None}
    resolved: dict[Any, Any] = {m.id: None for m in needed.values() if m.metric_name == "table.row_count"}
    for m in needed.values():
        if m.id not in resolved and m.metric_name not in SCHEMA_METRICS and not m.metric_name.endswith(_FREE):
            raise NotCountable(metric.metric_name)
    # Every map metric lists the row count among its needs, and none looks at it.
    graph._resolve(metrics=resolved, runtime_configuration=RUNTIME, show_progress_bars=False)
    return resolved[metric.id]


def _graph(engine: SparkDFExecutionEngine, metric: MetricConfiguration) -> ValidationGraph:
    graph = ValidationGraph(execution_engine=engine)
    graph.build_metric_dependency_graph(metric_configuration=metric, runtime_configuration=RUNTIME)
    return graph


@dataclass(slots=True)
class Counts:
    """The columns to be counted in one pass, by the frame that they are counted on (rows may be filtered)."""

    engine: SparkDFExecutionEngine
    frame: DataFrame
    frames: dict[str, DataFrame] = field(default_factory=dict)
    columns: dict[str, dict[str, Column]] = field(default_factory=dict)
    names: dict[tuple[Any, ...], str] = field(default_factory=dict)
    grouped: list[DataFrame] = field(default_factory=list)

    def add(self, metric: MetricConfiguration) -> str:
        """Takes a metric into the pass; returns the name that its figure will have."""
        key = tuple(str(part) for part in metric.id)
        if key not in self.names:
            name = f"m{len(self.names)}"
            self._take(metric, name)
            self.names[key] = name
        return self.names[key]

    def _take(self, metric: MetricConfiguration, name: str) -> None:
        base, _, kind = metric.metric_name.rpartition(".")
        if kind == "filtered_row_count":
            self._count_rows(self._condition(metric, base)[1], F.lit(True), name)
        elif kind != "unexpected_count":
            column, domain, _ = resolve_free(self.engine, _renamed(metric, f"{metric.metric_name}.aggregate_fn"))
            self._aggregate(column, domain, name)
        elif base in _UNIQUE:
            self._count_repeated(self._condition(metric, base)[1], name)
        elif _spans_rows(f"{base}.condition", self.engine):
            raise NotCountable(metric.metric_name)
        else:
            condition, domain = self._condition(metric, base)
            self._count_rows(domain, condition, name)

    def _condition(self, metric: MetricConfiguration, base: str) -> tuple[Column, dict[str, Any]]:
        """What GX calls unexpected in a row, and the domain in which it looks."""
        condition, domain, accessor = resolve_free(self.engine, _renamed(metric, f"{base}.condition"))
        return condition, {**domain, **accessor}

    def _aggregate(self, column: Column, domain: Mapping[str, Any], name: str) -> None:
        filters = {
            k: v for k, v in domain.items() if v and k in ("row_condition", "filter_conditions", "condition_parser")
        }
        key = (
            json.dumps(filters, default=repr, sort_keys=True)
            if "row_condition" in filters or "filter_conditions" in filters
            else ""
        )
        self.frames.setdefault(key, self.engine.get_domain_records(filters) if key else self.frame)
        self.columns.setdefault(key, {})[name] = column

    def _count_rows(self, domain: Mapping[str, Any], condition: Column, name: str) -> None:
        """Rows that meet the condition, less those that GX leaves out of a comparison of several columns."""
        self._aggregate(F.count(F.when(condition & ~_ignored(domain), 1)), domain, name)

    def _count_repeated(self, domain: dict[str, Any], name: str) -> None:
        """Rows whose values occur more than once in their file: what GX's window over the values finds, without sorting."""
        columns = domain.get("column_list") or [domain["column"]]
        groups = (
            self.engine.get_domain_records(domain)
            .groupBy(FILE, *[F.col(c) for c in columns])
            .agg(F.count(F.lit(1)).alias("n"))
        )
        self.grouped.append(
            groups.groupBy(FILE).agg(F.sum(F.when(F.col("n") > 1, F.col("n")).otherwise(0)).alias(name))
        )

    def collect(self) -> dict[str, dict[str, Any]]:
        """The figures by file and name: one job for everything."""
        branches = [
            self.frames[k].groupBy(FILE).agg(*[c.alias(n) for n, c in cs.items()]) for k, cs in self.columns.items()
        ]
        found: dict[str, dict[str, Any]] = {}
        for row in _union([*branches, *self.grouped]).collect():
            found.setdefault(row[FILE], {}).update(_figures(row))
        return found

    def collect_of_nothing(self) -> dict[str, Any]:
        """The figures of a frame without rows, by name."""
        frames = [(self.frames[k].where("false"), columns) for k, columns in self.columns.items()]
        rows = [frame.agg(*[c.alias(n) for n, c in columns.items()]).collect()[0] for frame, columns in frames]
        return {name: value for row in rows for name, value in _figures(row).items()}


def _figures(row: Row) -> dict[str, Any]:
    return {n: convert_to_json_serializable(v) for n, v in row.asDict().items() if n != FILE and v is not None}


def _spans_rows(condition: str, engine: SparkDFExecutionEngine) -> bool:
    _, function = get_metric_provider(condition, engine)
    return getattr(function, "metric_fn_type", None) != MetricPartialFunctionTypes.MAP_CONDITION_FN


def _union(frames: list[DataFrame]) -> DataFrame:
    union = frames[0]
    for frame in frames[1:]:
        union = union.unionByName(frame, allowMissingColumns=True)
    return union


def _ignored(domain: Mapping[str, Any]) -> Column:
    """Which rows GX leaves out of a comparison of several columns (see its get_domain_records)."""
    every = _IGNORED.get(str(domain.get("ignore_row_if")))
    names = domain.get("column_list") or [domain.get("column_A"), domain.get("column_B")]
    ignored = F.lit(every is True)
    for name in names if every is not None else ():
        missing = F.col(str(name)).isNull()
        ignored = ignored & missing if every else ignored | missing
    return ignored


def _renamed(metric: MetricConfiguration, name: str) -> MetricConfiguration:
    return MetricConfiguration(name, metric.metric_domain_kwargs, metric.metric_value_kwargs)


def plan(rule: Expectation, counts: Counts, own_columns: Iterable[str]) -> Check:
    """How to judge `rule` on the frame of `counts`."""
    missing = [c for c in named_columns(rule) if c not in counts.frame.columns]
    if missing and rule.type != "expect_column_to_exist":
        return Check(rule, note=f"column {missing[0]!r} is not in the file")
    expectation = build(rule)
    metrics = expectation.get_validation_dependencies(counts.engine, RUNTIME).metric_configurations
    check = Check(rule, expectation, metrics)
    try:
        known = {
            n: _known(counts.engine, m, rule, own_columns)
            for n, m in metrics.items()
            if m.metric_name in SCHEMA_METRICS
        }
        counted = {n: counts.add(m) for n, m in metrics.items() if m.metric_name not in SCHEMA_METRICS}
        return replace(check, counted=counted, known=known)
    except (NotCountable, MetricProviderError):
        return replace(check, alone=True)
    except GreatExpectationsError as error:
        return replace(check, note=str(error).strip().splitlines()[0][:300])


def _known(engine: SparkDFExecutionEngine, metric: MetricConfiguration, rule: Expectation, own: Iterable[str]) -> Any:
    """A metric of the schema. Expectations on the table's columns mean the data's own, not those that the pipeline adds."""
    value = resolve_free(engine, metric)
    if not rule.type.startswith("expect_table_column"):
        return value
    if metric.metric_name == "table.column_count":
        return len(list(own))
    return [c for c in value if (c["name"] if isinstance(c, dict) else c) in own]


def failing_rows(engine: SparkDFExecutionEngine, rule: Expectation) -> Column | None:
    """The condition that GX calls unexpected in a row; None where the expectation is not about single rows."""
    expectation = build(rule)
    base = getattr(expectation, "map_metric", None)
    if base is None or _spans_rows(f"{base}.condition", engine) or rule.kwargs.get("row_condition"):
        return None
    try:
        metrics = expectation.get_validation_dependencies(engine, RUNTIME).metric_configurations
        column, domain, accessor = resolve_free(
            engine, _renamed(metrics[f"{base}.unexpected_count"], f"{base}.condition")
        )
    except (NotCountable, GreatExpectationsError, KeyError):
        return None
    return None if domain.get("filter_conditions") else column & ~_ignored({**domain, **accessor})


def build(rule: Expectation) -> Any:
    """The GX expectation itself; a BadContract says what is wrong with its type or arguments."""
    try:
        return get_expectation_impl(rule.type)(**rule.kwargs)
    except GreatExpectationsError as error:
        known = ", ".join(sorted(n for n in list_registered_expectation_implementations() if n[:20] == rule.type[:20]))
        raise BadContract(f"Great Expectations knows no {rule.type!r}. Similar: {known or 'none'}") from error
    except (TypeError, ValueError) as error:
        raise BadContract(f"{rule.type} with {dict(rule.kwargs)!r}: {' '.join(str(error).split())[:300]}") from error


def named_columns(rule: Expectation) -> list[str]:
    single = [rule.kwargs[k] for k in ("column", "column_A", "column_B") if k in rule.kwargs]
    return [*single, *rule.kwargs.get("column_list", [])]


def expand(rules: Iterable[Expectation], fields: Iterable[T.StructField]) -> list[Expectation]:
    """An expectation on column "*" becomes one for each column that it applies to; together they weigh what it weighs."""
    expanded: list[Expectation] = []
    for rule in rules:
        if rule.kwargs.get("column") != "*":
            expanded.append(rule)
            continue
        names = [f.name for f in fields if _applies(rule.applies_to, f.dataType)]
        expanded += [replace(rule, kwargs={**rule.kwargs, "column": n}, weight=rule.weight / len(names)) for n in names]
    return expanded


def _applies(applies_to: str, kind: T.DataType) -> bool:
    wanted = {"string": T.StringType, "numeric": T.NumericType}.get(applies_to, T.DataType)
    return isinstance(kind, wanted)
