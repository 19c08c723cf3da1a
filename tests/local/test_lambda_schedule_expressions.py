"""When rate() and cron() fire next: AWS's own examples, and the corners of its cron."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from glue_etl.core.schedules import BadSchedule
from local.lambda_runtime.schedule_expressions import next_fire

SATURDAY_NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", datetime(2025, 3, 1, 12, 1)),
        ("rate(5 minutes)", datetime(2025, 3, 1, 12, 5)),
        ("rate(1 day)", datetime(2025, 3, 2)),
        ("cron(0 10 * * ? *)", datetime(2025, 3, 2, 10)),
        ("cron(15 12 * * ? *)", datetime(2025, 3, 1, 12, 15)),
        ("cron(0 18 ? * MON-FRI *)", datetime(2025, 3, 3, 18)),
        ("cron(0 8 1 * ? *)", datetime(2025, 4, 1, 8)),
        ("cron(0/15 * * * ? *)", datetime(2025, 3, 1, 12, 15)),
        ("cron(0/10 * ? * MON-FRI *)", datetime(2025, 3, 3, 0, 0)),
        ("cron(0/5 8-17 ? * MON-FRI *)", datetime(2025, 3, 3, 8, 0)),
        ("cron(0 0 L * ? *)", datetime(2025, 3, 31)),
        ("cron(0 0 ? * 6L *)", datetime(2025, 3, 28)),
        ("cron(0 0 ? * 2#1 *)", datetime(2025, 3, 3)),
        ("cron(0 9 1W * ? *)", datetime(2025, 3, 3, 9)),
        ("cron(0 0 29 2 ? *)", datetime(2028, 2, 29)),
        ("cron(0 0 1 JAN ? 2027)", datetime(2027, 1, 1)),
        ("cron(0 0 1 1 ? 2020)", None),
    ],
)
def test_next_fire_after_a_saturday_noon(expression: str, expected: datetime | None) -> None:
    assert next_fire(expression, SATURDAY_NOON) == (expected and expected.replace(tzinfo=UTC))


def test_rate_counts_from_its_anchor() -> None:
    anchor = datetime(2025, 3, 1, 11, 59, 30, tzinfo=UTC)
    assert next_fire("rate(1 minute)", SATURDAY_NOON, anchor=anchor) == datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)
    assert next_fire("rate(1 hour)", anchor, anchor=anchor) == datetime(2025, 3, 1, 12, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression", ["every day", "rate(0 minutes)", "cron(* * * * *)", "cron(0 0 1 * 1 *)", "at(2025-03-01)"]
)
def test_what_aws_refuses_is_refused(expression: str) -> None:
    with pytest.raises(BadSchedule):
        next_fire(expression, SATURDAY_NOON)
