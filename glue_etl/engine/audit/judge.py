"""Great Expectations as the judge: it says what an expectation needs, and decides on the figures. It never counts here.

Imported late: the import takes seconds. Private names of GX are used here and in alone.py; the version is pinned, and tests
compare with stock validations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.errors import BadContract
from glue_etl.core.reasons import error_text, row_text
from glue_etl.engine.audit.importing import import_expectations

RUNTIME: dict[str, Any] = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": False}


def build(rule: Expectation) -> Any:
    """The GX expectation itself; a BadContract says what is wrong with its type or arguments."""
    import_expectations()
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    try:
        return get_expectation_impl(rule.type)(**rule.kwargs)
    except GreatExpectationsError as error:
        known = ", ".join(sorted(n for n in list_registered_expectation_implementations() if n[:20] == rule.type[:20]))
        raise BadContract(f"Great Expectations knows no {rule.type!r}. Similar: {known or 'none'}") from error
    except (TypeError, ValueError) as error:
        raise BadContract(f"{rule.type} with {dict(rule.kwargs)!r}: {' '.join(str(error).split())[:300]}") from error


def needs(expectation: Any, engine: Any = None) -> dict[str, Any]:
    """The metrics that the expectation wants to see, by the names under which it looks for them."""
    return dict(expectation.get_validation_dependencies(engine, RUNTIME).metric_configurations)


_BY_NAME = ("expect_column_to_exist",)
"""Expectations that look at the column's name themselves."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that GX asks for: its name, what it is counted on, and how."""

    metric_name: str
    metric_domain_kwargs: Mapping[str, Any]
    metric_value_kwargs: Mapping[str, Any]

    def of_column(self, before: Any, now: Any) -> Metric:
        """The same of another column."""
        domain = self.metric_domain_kwargs
        return replace(self, metric_domain_kwargs={**domain, "column": now}) if domain.get("column") == before else self


@dataclass(slots=True)
class Asked:
    """An expectation as GX made it for one column, with what it needs: the same for every column of a "*".

    GX takes milliseconds for each: thousands of columns must not ask thousands of times.
    """

    column: Any
    expectation: Any
    known: dict[str, Outcome] = field(default_factory=dict)
    _metrics: dict[str, Metric] | None = None

    def needs(self, column: Any) -> dict[str, Metric]:
        """The metrics that the expectation wants of this column, by the names under which it looks for them."""
        if self._metrics is None:
            self._metrics = {
                name: Metric(m.metric_name, dict(m.metric_domain_kwargs), dict(m.metric_value_kwargs or {}))
                for name, m in needs(self.expectation).items()
            }
        return {name: metric.of_column(self.column, column) for name, metric in self._metrics.items()}


class Questions:
    """What was asked of GX already, by type and arguments without the column."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def of(self, rule: Expectation) -> Asked:
        """The rule as GX knows it. Raises BadContract."""
        apart = rule.type in _BY_NAME
        key = repr((rule.type, sorted((k, v) for k, v in rule.kwargs.items() if apart or k != "column")))
        if key not in self._asked:
            self._asked[key] = Asked(rule.kwargs.get("column"), build(rule))
        return self._asked[key]


@dataclass(slots=True)
class Judge:
    """GX's decision on one expectation; equal figures are judged once. `decisions` counts the calls of GX.

    `known`: what was decided already on figures of expectations that differ by their column alone.
    """

    rule: Expectation
    expectation: Any
    engine: Any = None
    decisions: int = 0
    known: dict[str, Outcome] = field(default_factory=dict)

    def decide(self, counted: Mapping[str, Any], told: Mapping[str, Any] | None = None) -> Outcome:
        """The outcome that follows from the figures, and from what the schema tells (the same for all that share `known`)."""
        key = repr(sorted(counted.items()))
        if key not in self.known:
            self.decisions += 1
            self.known[key] = self._decide({**(told or {}), **counted})
        return replace(self.known[key], expectation=self.rule)

    def _decide(self, metrics: Mapping[str, Any]) -> Outcome:
        try:
            found = self.expectation._validate(
                dict(metrics), runtime_configuration=RUNTIME, execution_engine=self.engine
            )
        except Exception as error:  # noqa: BLE001  as in stock GX: what can't be judged is a failed expectation
            return Outcome(self.rule, False, note=short(error, self.rule))
        success = bool(found["success"] if isinstance(found, dict) else found.success)
        unexpected, total = _counts(self.expectation, metrics)
        return Outcome(self.rule, success, unexpected, total, "" if success or total else _observed(self.rule, found))


def _counts(expectation: Any, metrics: Mapping[str, Any]) -> tuple[int, int]:
    """Unexpected values, and values in all (nulls don't count where the expectation ignores them)."""
    base = getattr(expectation, "map_metric", None)
    unexpected = metrics.get(f"{base}.unexpected_count") if base else None
    rows = metrics.get("table.row_count") or 0
    if unexpected is None or not rows:
        return 0, 0
    filtered = metrics.get(f"{base}.filtered_row_count")
    nulls = metrics.get("column_values.nonnull.unexpected_count") or 0
    itself = base == "column_values.nonnull"
    return int(unexpected), int(filtered if filtered is not None else rows if itself else rows - nulls)


_ABOUT_NO_VALUE = (
    "expect_table_", "expect_column_mean", "expect_column_sum", "expect_column_stdev", "expect_column_proportion",
    "expect_column_unique_value_count", "expect_column_kl_divergence", "unexpected_rows_expectation",
)  # fmt: skip
"""Expectations whose observed value is a count or a figure over many rows. Of the others (a maximum, say) it is a row's."""


def _observed(rule: Expectation, found: Any) -> str:
    result = found.get("result") if isinstance(found, dict) else found.result
    value = (result or {}).get("observed_value")
    if value is None:
        return ""
    told = repr(value)[:200]
    return f"found {told if rule.type.startswith(_ABOUT_NO_VALUE) else row_text(told)}"


def short(error: BaseException, rule: Expectation) -> str:
    """The error's first line. What it quotes, or ends with after a colon, may be a value of the file, and is marked.

    What the rule itself says is known to whoever reads it: column names, limits.
    """
    text = str(error).strip()
    line = (text.splitlines()[0] if text else type(error).__name__)[:300]
    told = error_text(line, _said_by(rule))
    return _ENDS_WITH_VALUE.sub(lambda found: row_text(found[0]), told) if isinstance(error, ValueError) else told


_ENDS_WITH_VALUE = re.compile(r"(?<=: )[^\u2039\u203a:]+$")


def _said_by(rule: Expectation) -> set[str]:
    values = (v for value in rule.kwargs.values() for v in (value if isinstance(value, list | tuple) else [value]))
    return {str(value) for value in values}
