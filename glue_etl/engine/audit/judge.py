"""Great Expectations as the judge: it says what an expectation needs, and decides on the figures. It never counts here.

Imported late: the import takes seconds. Private names of GX are used here and in alone.py; the version is pinned, and tests
compare with stock validations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.errors import BadContract
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


@dataclass(slots=True)
class Judge:
    """GX's decision on one expectation; equal figures are judged once. `decisions` counts the calls of GX."""

    rule: Expectation
    expectation: Any
    engine: Any = None
    decisions: int = 0
    _known: dict[str, Outcome] = field(default_factory=dict)

    def decide(self, metrics: Mapping[str, Any]) -> Outcome:
        """The outcome that follows from the metrics."""
        key = repr(sorted(metrics.items()))
        if key not in self._known:
            self.decisions += 1
            self._known[key] = self._decide(metrics)
        return self._known[key]

    def _decide(self, metrics: Mapping[str, Any]) -> Outcome:
        try:
            found = self.expectation._validate(
                dict(metrics), runtime_configuration=RUNTIME, execution_engine=self.engine
            )
        except Exception as error:  # noqa: BLE001  as in stock GX: what can't be judged is a failed expectation
            return Outcome(self.rule, False, note=short(error))
        success = bool(found["success"] if isinstance(found, dict) else found.success)
        unexpected, total = _counts(self.expectation, metrics)
        return Outcome(self.rule, success, unexpected, total, "" if success or total else _observed(found))


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


def _observed(found: Any) -> str:
    result = found.get("result") if isinstance(found, dict) else found.result
    value = (result or {}).get("observed_value")
    return f"found {value!r}"[:200] if value is not None else ""


def short(error: BaseException) -> str:
    """The error's first line."""
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:300]
