"""From what each expectation found in a file to the file's verdict: scores by dimension, gates, reasons.

A dimension that no expectation measures scores 100, because a gate must not close on what nobody looked at; but it has no
part in the overall score, because what nobody looked at must not lift it either.
Scores count what was drawn from a profile too; gates look only at what somebody chose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from glue_etl.core.datasets.contracts import Contract, Expectation
from glue_etl.core.files.model import DIMENSIONS, Failure, SampleRow, Verdict

PERFECT = 100.0
BAD_ROW_COLUMN = "_problem"
"""What is wrong with a row that can't be in the table (null: nothing): a column that only the audit sees."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one expectation found in one file: `unexpected` of `total` values, and whether that is a success.

    `total` is 0 where there was nothing to count (no rows, or an expectation on the table as a whole): then the
    ratio is all or nothing. `note` says why it could not be judged as written (a missing column, say). `samples` are some of
    the rows that fail it.
    """

    expectation: Expectation
    success: bool
    unexpected: int = 0
    total: int = 0
    note: str = ""
    samples: tuple[SampleRow, ...] = ()

    @property
    def ratio(self) -> float:
        """The share of the values that are as expected, 0..1."""
        if self.total <= 0:
            return 1.0 if self.success else 0.0
        return 1.0 - min(max(self.unexpected, 0), self.total) / self.total


def judge(contract: Contract, outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict on one file. It passes unless a gate is missed or a critical expectation failed."""
    found = tuple(outcomes)
    chosen = tuple(o for o in found if not o.expectation.drawn)
    measured = Measured().plus(found)
    gated = Measured().plus(chosen) if len(chosen) < len(found) else measured
    failures = (*(o for o in chosen if not o.success), *(o for o in found if o.expectation.drawn and not o.success))
    return _verdict(contract, measured, gated, tuple(map(_failure, failures)))


def extend(contract: Contract, verdict: Verdict, outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict as if these outcomes, none of a drawn suite, had been among those that it was judged by."""
    found = tuple(outcomes)
    measured = Measured(verdict.scores, verdict.weights)
    gated = Measured(verdict.gated["scores"], verdict.gated["weights"]) if verdict.gated else measured
    chosen, drawn = ([f for f in verdict.failures if f.drawn is kind] for kind in (False, True))
    failures = (*chosen, *(_failure(o) for o in found if not o.success), *drawn)
    both = measured.plus(found)
    return _verdict(contract, both, gated.plus(found) if verdict.gated else both, failures)


@dataclass(frozen=True, slots=True)
class Measured:
    """Scores by dimension, and how much measured each: the sum of its expectations' weights."""

    scores: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    def plus(self, outcomes: tuple[Outcome, ...]) -> Measured:
        scores = {dimension: self.scores.get(dimension, PERFECT) for dimension in DIMENSIONS}
        weights = dict(self.weights)
        for dimension, more in _weights(outcomes).items():
            before = weights.get(dimension, 0.0)
            scores[dimension] = _mean([(scores[dimension], before), (score_dimension(dimension, outcomes), more)])
            weights[dimension] = before + more
        return Measured(scores, weights)

    def overall(self, contract: Contract) -> float:
        """The mean of the dimensions that something measured, each with the contract's weight."""
        weighed = [(self.scores[d], contract.weights.get(d, 1.0)) for d in DIMENSIONS if self.weights.get(d)]
        return _mean(weighed) if _weighs(weighed) else PERFECT


def _verdict(contract: Contract, measured: Measured, gated: Measured, failures: tuple[Failure, ...]) -> Verdict:
    chosen = tuple(failure for failure in failures if not failure.drawn)
    scores = {"overall": gated.overall(contract), **gated.scores}
    reasons = (*_missed_gates(scores, contract.gates, chosen), *_critical(chosen))
    passed = not reasons or contract.on_failure == "publish_with_warning"
    apart = {} if gated is measured else {"scores": gated.scores, "weights": gated.weights}
    return Verdict(passed, measured.overall(contract), measured.scores, failures, reasons, measured.weights, apart)


def _weights(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """By dimension the sum of the weights of what measured it."""
    found: dict[str, float] = {}
    for each in outcomes:
        if each.expectation.weight > 0:
            found[each.expectation.dimension] = found.get(each.expectation.dimension, 0.0) + each.expectation.weight
    return found


def score_dimension(dimension: str, outcomes: Iterable[Outcome]) -> float:
    """0..100: the mean of the success ratios of the dimension's expectations, each with its weight."""
    weighed = [(o.ratio, o.expectation.weight) for o in outcomes if o.expectation.dimension == dimension]
    return _mean(weighed) * 100 if _weighs(weighed) else PERFECT


def score_overall(scores: Mapping[str, float], outcomes: Iterable[Outcome], weights: Mapping[str, float]) -> float:
    """0..100: the mean of the dimensions that something measured, each with the contract's weight."""
    measured = {o.expectation.dimension for o in outcomes if o.expectation.weight > 0}
    weighed = [(scores[d], weights.get(d, 1.0)) for d in DIMENSIONS if d in measured]
    return _mean(weighed) if _weighs(weighed) else PERFECT


def _weighs(weighed: list[tuple[float, float]]) -> bool:
    return sum(weight for _, weight in weighed) > 0


def _mean(weighed: list[tuple[float, float]]) -> float:
    """The weighted mean, kept between the smallest and the largest value in spite of rounding."""
    counted = [(value, weight) for value, weight in weighed if weight > 0]
    mean = sum(value * weight for value, weight in counted) / sum(weight for _, weight in counted)
    return min(max(mean, min(value for value, _ in counted)), max(value for value, _ in counted))


def _failure(outcome: Outcome) -> Failure:
    rule = outcome.expectation
    counts = (outcome.unexpected, outcome.total)
    said = explain(outcome)
    return Failure(rule.type, rule.dimension, rule.severity, rule.column, *counts, said, outcome.samples, rule.drawn)


def explain(outcome: Outcome) -> str:
    """What the outcome means, for a person: `customer_id: 12 of 40 values failed expect_..., which allows at most 5 %`."""
    rule = outcome.expectation
    subject = rule.column or "the file"
    if outcome.note:
        return f"{subject}: {outcome.note} ({rule.type}){_limits(rule)}"
    if rule.column == BAD_ROW_COLUMN and outcome.total:
        return f"{outcome.unexpected} of {outcome.total} rows are broken or don't fit their columns{_limits(rule)}"
    if not outcome.total:
        return f"{subject}: failed {rule.type}{_limits(rule)}"
    return f"{subject}: {outcome.unexpected} of {outcome.total} values failed {rule.type}{_limits(rule)}"


def _limits(rule: Expectation) -> str:
    """The expectation's own settings, as far as they fit a line: a person sees at once which limit was crossed."""
    hidden = ("column", "column_A", "column_B", "column_list", *(_OF_ROWS if rule.drawn else ()))
    text = ", ".join(f"{k}={v!r}" for k, v in sorted(rule.kwargs.items()) if k not in hidden and v is not None)
    return f" ({text if len(text) <= 160 else text[:157] + '...'})" if text else ""


_OF_ROWS = ("value_set", "regex")
"""What a drawn expectation has from the texts of rows."""


def _missed_gates(scores: Mapping[str, float], gates: Mapping[str, float], failures: tuple[Failure, ...]) -> list[str]:
    return [
        f"{name} scored {_shown(scores[name], gate)}, below the gate of {gate:g}{_worst(name, failures)}"
        for name, gate in gates.items()
        if scores[name] < gate
    ]


def _shown(score: float, gate: float) -> str:
    """One decimal, unless that would print a score just below the gate as the gate itself."""
    rounded = f"{score:.1f}"
    return rounded if float(rounded) < gate else f"{score:.6g}"


def _worst(name: str, failures: tuple[Failure, ...]) -> str:
    mine = [f for f in failures if name in ("overall", f.dimension)]
    worst = max(mine, key=lambda f: f.unexpected / f.total if f.total else 1.0, default=None)
    # A critical one has a reason of its own.
    return "" if worst is None or worst.severity == "critical" else f"; worst: {worst.message}"


def _critical(failures: tuple[Failure, ...]) -> list[str]:
    return [f"critical expectation failed: {f.message}" for f in failures if f.severity == "critical"]
