"""When runs are not started any more, and when they are again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files import circuit
from glue_etl.core.files.circuit import (
    FAILURES_OPEN,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SYSTEMIC_OPENS,
    Circuit,
    is_systemic,
)

NOW = datetime(2030, 1, 5, 12, tzinfo=UTC)
EVENTS = st.lists(st.sampled_from(("systemic", "failed", "succeeded", "probe", "wait")), max_size=60)


def after(*systemic: bool, known: Circuit | None = None) -> Circuit:
    found = known or Circuit()
    for n, is_one in enumerate(systemic):
        found = circuit.failed(found, f"run {found.rev} {n}", is_one, "no capacity", NOW)
    return found


def test_it_opens_after_a_few_runs_that_failed_for_no_files_fault() -> None:
    assert not after(*[True] * (SYSTEMIC_OPENS - 1)).open
    opened = after(*[True] * SYSTEMIC_OPENS)
    assert (opened.open, opened.until) == (True, (NOW + FIRST_PAUSE).isoformat())


def test_it_opens_after_more_runs_that_failed_for_whatever_reason() -> None:
    assert not after(*[False] * (FAILURES_OPEN - 1)).open
    assert after(*[False] * FAILURES_OPEN).open


def test_a_run_that_succeeds_in_between_begins_the_count_anew() -> None:
    known = circuit.succeeded(after(*[True] * (SYSTEMIC_OPENS - 1)))
    assert not after(True, known=known).open


def test_the_same_end_told_twice_counts_once() -> None:
    once = circuit.failed(Circuit(), "jr_1", True, "x", NOW)
    assert circuit.failed(once, "jr_1", True, "x", NOW) is once


def test_while_it_is_open_one_run_may_start_when_the_pause_is_over() -> None:
    opened = after(*[True] * SYSTEMIC_OPENS)
    assert opened.places(5, NOW) == 0
    assert opened.places(5, NOW + FIRST_PAUSE) == 1
    assert opened.places(0, NOW + FIRST_PAUSE) == 0
    taken = circuit.probing(opened, NOW + FIRST_PAUSE)
    assert taken.places(5, NOW + FIRST_PAUSE) == 0
    assert circuit.probing(taken, NOW + FIRST_PAUSE) is taken
    assert circuit.succeeded(taken).places(5, NOW) == 5


@given(EVENTS)
def test_laws(events: list[str]) -> None:
    """Open only after failures; pauses never longer than the longest; a success closes; every change is one write."""
    known, now = Circuit(), NOW
    for n, event in enumerate(events):
        before, now = known, now + timedelta(minutes=7)
        if event in ("systemic", "failed"):
            known = circuit.failed(known, str(n), event == "systemic", "reason", now)
        elif event == "succeeded":
            known = circuit.succeeded(known)
            assert not known.open and known.failures == 0
        elif event == "probe":
            known = circuit.probing(known, now)
        assert known.rev - before.rev == int(known is not before)
        if known.open:
            assert known.failures >= SYSTEMIC_OPENS
            assert datetime.fromisoformat(known.until) <= now + LONGEST_PAUSE
        else:
            assert known.systemic < SYSTEMIC_OPENS and known.failures < FAILURES_OPEN


@pytest.mark.parametrize(
    "message",
    [
        "Error Category: IMPORT_ERROR; ModuleNotFoundError: No module named 'great_expectations'",
        "LAUNCH ERROR | File Not Found. Please refer logs for details.",
        "Resource unavailable",
        "The specified subnet does not have enough free addresses to satisfy the request.",
        "Job run failed: The job exceeded its maximum allowed concurrent runs",
        "Error Category: THROTTLING_ERROR; An error occurred (SlowDown)",
    ],
)
def test_what_glue_says_of_a_run_that_failed_for_its_surroundings(message: str) -> None:
    assert is_systemic(message, began=True)


# "Monitoring with AWS Glue Observability metrics", AWS Glue Developer Guide: the error categories, all of them.
CATEGORIES = (
    "COMPILATION", "CONNECTION", "DISK_NO_SPACE", "OUT_OF_MEMORY", "IMPORT", "INVALID_ARGUMENT", "PERMISSION",
    "RESOURCE_NOT_FOUND", "QUERY", "SYNTAX", "THROTTLING", "DATA_LAKE_FRAMEWORK", "UNSUPPORTED_OPERATION",
    "RESOURCES_ALREADY_EXISTS", "GLUE_INTERNAL_SERVICE", "GLUE_OPERATION_TIMEOUT", "GLUE_VALIDATION",
    "GLUE_JOB_BOOKMARK_VERSION_MISMATCH", "LAUNCH", "DYNAMODB", "GLUE", "LAKEFORMATION", "REDSHIFT", "S3",
    "SYSTEM_EXIT", "TIMEOUT", "UNCLASSIFIED_SPARK", "UNCLASSIFIED",
)  # fmt: skip
SURROUNDINGS = {"IMPORT", "LAUNCH", "THROTTLING", "GLUE_INTERNAL_SERVICE", "GLUE_VALIDATION"}


def test_of_glue_s_28_categories_five_are_no_files_fault() -> None:
    assert len(set(CATEGORIES)) == 28
    systemic = {
        c for c in CATEGORIES if is_systemic(f"Error Category: {c}_ERROR; Failed Line Number: 9; x", began=True)
    }
    assert systemic == SURROUNDINGS


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Error Category: OUT_OF_MEMORY_ERROR; ExecutorLostFailure (executor 3 exited caused by one of the running tasks)",
        "Error Category: PERMISSION_ERROR; An error occurred (AccessDenied) when calling the GetObject operation",
        "Error Category: UNCLASSIFIED_ERROR; An error occurred while calling o95.collectToPython",
    ],
)
def test_a_run_that_began_and_says_nothing_of_its_surroundings_may_have_failed_for_a_file(message: str) -> None:
    assert not is_systemic(message, began=True)
    assert is_systemic(message, began=False)
