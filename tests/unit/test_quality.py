"""Scores, gates and reasons."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract, Expectation
from glue_etl.core.datasets.quality import Outcome, judge
from glue_etl.core.files.model import DIMENSIONS


def rule(
    dimension: str = "completeness", weight: float = 1, severity: str = "warning", **kwargs: object
) -> Expectation:
    return Expectation("expect_column_values_to_not_be_null", {"column": "id", **kwargs}, dimension, severity, weight)


def outcome(unexpected: int = 0, total: int = 10, success: bool | None = None, **of_rule: object) -> Outcome:
    met = unexpected == 0 if success is None else success
    return Outcome(rule(**of_rule), met, unexpected, total)  # type: ignore[arg-type]


outcomes = st.lists(
    st.builds(
        lambda total, share, success, dimension, weight, severity: Outcome(
            rule(dimension, weight, severity), success, round(total * share), total
        ),
        st.integers(0, 10**9),
        st.floats(0, 1),
        st.booleans(),
        st.sampled_from(DIMENSIONS),
        st.floats(0, 10),
        st.sampled_from(("critical", "warning", "info")),
    ),
    max_size=12,
)


@given(outcomes)
def test_every_score_is_between_0_and_100_and_all_five_are_there(found: list[Outcome]) -> None:
    verdict = judge(Contract("d"), found)
    assert set(verdict.scores) == set(DIMENSIONS)
    assert all(0 <= score <= 100 for score in (verdict.overall, *verdict.scores.values()))


@given(outcomes)
def test_order_of_expectations_does_not_matter(found: list[Outcome]) -> None:
    one, other = judge(Contract("d"), found), judge(Contract("d"), found[::-1])
    assert abs(one.overall - other.overall) < 1e-9
    assert one.passed == other.passed


@given(outcomes)
def test_without_gates_only_a_critical_failure_closes(found: list[Outcome]) -> None:
    critical = any(not o.success and o.expectation.severity == "critical" for o in found)
    assert judge(Contract("d"), found).passed is not critical


@given(outcomes, st.floats(0, 100), st.floats(0, 100))
def test_a_lower_gate_never_closes_what_a_higher_one_opened(found: list[Outcome], one: float, other: float) -> None:
    low, high = sorted((one, other))
    if judge(Contract("d", gates={"overall": high}), found).passed:
        assert judge(Contract("d", gates={"overall": low}), found).passed


@given(outcomes)
def test_overall_lies_between_the_measured_dimensions(found: list[Outcome]) -> None:
    verdict = judge(Contract("d"), found)
    measured = [verdict.scores[o.expectation.dimension] for o in found if o.expectation.weight > 0]
    if measured:
        assert min(measured) <= verdict.overall <= max(measured)


def test_a_score_is_the_weighted_mean_of_the_success_ratios() -> None:
    verdict = judge(Contract("d"), [outcome(5, 10, weight=3), outcome(0, 10, weight=1)])
    assert verdict.scores["completeness"] == 62.5


def test_a_dimension_that_nothing_measures_scores_100_and_lifts_nothing() -> None:
    verdict = judge(Contract("d"), [outcome(5, 10)])
    assert verdict.scores["accuracy"] == 100
    assert verdict.overall == 50


def test_weights_of_dimensions_count_in_the_overall_score() -> None:
    found = [outcome(10, 10), outcome(0, 10, dimension="validity")]
    assert judge(Contract("d", weights={"completeness": 1, "validity": 3}), found).overall == 75


def test_a_missed_gate_names_score_gate_and_the_worst_expectation() -> None:
    verdict = judge(Contract("d", gates={"completeness": 90}), [outcome(12, 40, mostly=0.95)])
    assert not verdict.passed
    assert verdict.reasons == (
        "completeness scored 70.0, below the gate of 90; worst: id: 12 of 40 values failed "
        "expect_column_values_to_not_be_null (mostly=0.95)",
    )


def test_a_score_just_below_its_gate_is_not_printed_as_the_gate() -> None:
    (reason,) = judge(Contract("d", gates={"completeness": 90}), [outcome(1001, 10000)]).reasons
    assert reason.startswith("completeness scored 89.99, below the gate of 90")


def test_a_critical_failure_closes_whatever_the_scores() -> None:
    verdict = judge(Contract("d"), [outcome(1, 10**6, severity="critical")])
    assert not verdict.passed
    assert verdict.overall > 99.9
    assert "critical expectation failed: id: 1 of 1000000" in verdict.reasons[0]


def test_a_critical_failure_is_told_once_though_it_misses_a_gate_too() -> None:
    verdict = judge(Contract("d", gates={"completeness": 90}), [outcome(12, 40, severity="critical")])
    assert verdict.reasons[0] == "completeness scored 70.0, below the gate of 90"
    assert sum("12 of 40" in reason for reason in verdict.reasons) == 1


def test_publish_with_warning_passes_with_the_reasons() -> None:
    verdict = judge(Contract("d", on_failure="publish_with_warning"), [outcome(1, 2, severity="critical")])
    assert verdict.passed
    assert verdict.reasons


def test_a_note_takes_the_place_of_figures() -> None:
    missing = replace(outcome(0, 0, success=False), note="column 'id' is not in the file")
    (failure,) = judge(Contract("d"), [missing]).failures
    assert failure.message == "id: column 'id' is not in the file (expect_column_values_to_not_be_null)"
