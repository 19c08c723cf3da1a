"""From an expectation to what is counted for it: a Check, which makes outcomes of figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.engine.audit.columns import NUMBERS, kind_of
from glue_etl.engine.audit.conditions import Scope, Unexpected, unexpected
from glue_etl.engine.audit.filters import row_filter
from glue_etl.engine.audit.judge import Asked, Judge, Metric, Questions, short
from glue_etl.engine.audit.metrics import wanted
from glue_etl.engine.audit.model import Impossible, NotCountable
from glue_etl.engine.audit.passes import Passes, Wanted
from glue_etl.engine.audit.spark_types import is_one_of, spark_type

_OF_TYPES = {
    "expect_column_values_to_be_of_type": "type_",
    "expect_column_type_to_be": "type_",
    "expect_column_values_to_be_in_type_list": "type_list",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation on the files of a batch: `metrics` by GX's names, counted or (known) told by the schema.

    `alone` says why it is judged file by file; `outcome` is there where the columns alone decide. `failing`: rows to keep.
    """

    rule: Expectation
    judge: Judge | None = None
    counted: Mapping[str, Wanted] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    alone: str = ""
    outcome: Outcome | None = None
    failing: Unexpected | None = None
    raised: Wanted | None = None

    def decide(self, figures: Mapping[str, Any]) -> Outcome:
        """The outcome in a file with these figures; NotCountable where they don't suffice."""
        if self.outcome is not None:
            return self.outcome
        if self.judge is None:
            raise NotCountable(self.alone)
        if self.raised is not None and self.raised.of(figures):
            return Outcome(self.rule, False, note="some values can't be looked at so: no text, or no JSON")
        return self.judge.decide({name: w.of(figures) for name, w in self.counted.items()}, self.known)


@dataclass(slots=True)
class Told:
    """What the columns of a batch tell, without a look at the rows, and what was asked of Great Expectations before."""

    schema: pa.Schema
    own: Sequence[str]
    questions: Questions = field(default_factory=Questions)
    _names: dict[bool, dict[str, Any]] = field(default_factory=dict)

    def metrics(self, rule: Expectation) -> dict[str, Any]:
        """Metrics of the schema. Expectations on the table's columns mean the data's own, not those that the pipeline adds."""
        of_table = rule.type.startswith("expect_table_column")
        if of_table not in self._names:
            own = set(self.own)
            names = [n for n in self.schema.names if not of_table or n in own]
            self._names[of_table] = {"table.columns": names, "table.column_count": len(names)}
        return self._names[of_table]


def plan(rule: Expectation, passes: Passes, scope: Scope, told: Told) -> Check:
    """How to judge `rule` on files of this schema, its figures added to the passes. BadContract: `rule` is none of GX's."""
    missing = [c for c in named_columns(rule) if c not in scope.columns]
    asked = told.questions.of(rule)
    if missing and rule.type != "expect_column_to_exist":
        return _failed(rule, f"column {missing[0]!r} is not in the file")
    try:
        if rule.type in _OF_TYPES:
            return Check(rule, outcome=_of_type(rule, told.schema))
        return _of_metrics(rule, asked, passes, scope, told.metrics(rule))
    except NotCountable as reason:
        return Check(rule, alone=str(reason))
    except Impossible as reason:
        return _failed(rule, str(reason))


def _failed(rule: Expectation, note: str) -> Check:
    return Check(rule, outcome=Outcome(rule, False, note=note[:300]))


def _of_type(rule: Expectation, schema: pa.Schema) -> Outcome:
    named, type_ = rule.kwargs[_OF_TYPES[rule.type]], schema.field(rule.kwargs["column"]).type
    names = named if isinstance(named, list | tuple) else [named]
    success = named is None or is_one_of(type_, names)
    return Outcome(rule, success, note="" if success else f"found {spark_type(type_)!r}")


def _of_metrics(rule: Expectation, asked: Asked, passes: Passes, scope: Scope, told: Mapping[str, Any]) -> Check:
    metrics = _needed(asked, rule)
    known = {name: told[m.metric_name] for name, m in metrics.items() if m.metric_name in told}
    counted = {name: wanted(m, passes, scope) for name, m in metrics.items() if name not in known}
    check = Check(rule, Judge(rule, asked.expectation, known=asked.known), counted, known)
    base = getattr(asked.expectation, "map_metric", None)
    failing = _failing(base, metrics, scope) if base else None
    raised = passes.count(failing.raised) if failing and failing.raised else None
    return replace(check, failing=failing, raised=raised)


def _needed(asked: Asked, rule: Expectation) -> dict[str, Metric]:
    try:
        return asked.needs(rule.kwargs.get("column"))
    except Exception as error:  # as in stock GX: what can't be asked for is a failed expectation
        raise Impossible(short(error, rule)) from error


def _failing(base: str, metrics: Mapping[str, Any], scope: Scope) -> Unexpected | None:
    """Its unexpected rows, each by itself; None where the expectation is about rows together."""
    metric = metrics[f"{base}.unexpected_count"]
    domain, values = dict(metric.metric_domain_kwargs), dict(metric.metric_value_kwargs or {})
    where = row_filter(domain, scope.columns)
    try:
        found = unexpected(base, domain, values, scope)
    except NotCountable:
        return None
    raised = f"({where}) AND {found.raised}" if found.raised else ""
    return Unexpected(found.looked_at, f"({where}) AND {found.where}", raised)


def row_by_row(rule: Expectation, scope: Scope) -> str | None:
    """SQL of the rows that fail `rule` each by itself; None where it is not about single rows, or only about some of them."""
    asked = Questions().of(rule)
    base = getattr(asked.expectation, "map_metric", None)
    if base is None or rule.type in _OF_TYPES or rule.kwargs.get("row_condition"):
        return None
    try:
        found = _failing(base, _needed(asked, rule), scope)
    except Impossible:
        return None
    return found.where if found else None


def named_columns(rule: Expectation) -> list[str]:
    """The columns that the expectation speaks of."""
    single = [rule.kwargs[k] for k in ("column", "column_A", "column_B") if k in rule.kwargs]
    return [*single, *rule.kwargs.get("column_list", [])]


def expand(rules: Iterable[Expectation], schema: pa.Schema, own: Sequence[str]) -> list[Expectation]:
    """An expectation on column "*" becomes one for each own column that it applies to; together they weigh what it weighs."""
    expanded: list[Expectation] = []
    mine = set(own)
    for rule in rules:
        if rule.kwargs.get("column") != "*":
            expanded.append(rule)
            continue
        names = [f.name for f in schema if f.name in mine and _APPLIES[rule.applies_to](kind_of(f.type))]
        expanded += [replace(rule, kwargs={**rule.kwargs, "column": n}, weight=rule.weight / len(names)) for n in names]
    return expanded


_APPLIES: dict[str, Callable[[str], bool]] = {
    "": lambda kind: True,
    "string": lambda kind: kind == "text",
    "numeric": lambda kind: kind in NUMBERS,
}
