"""What doctor says of transforms: which part, why, and what to do."""

from __future__ import annotations

from glue_etl.core.operating.diagnosis import STUCK_SECONDS, TransformWork, Work, at_work


def said(**found: TransformWork) -> list[str]:
    work = Work(queues={}, open_files={}, newest={}, oldest={}, failed_streams={}, transforms=found)
    return [f"{finding.problem} -> {finding.remedy}" for finding in at_work(work)]


def test_a_transform_at_rest_or_at_work_is_no_finding():
    assert said(revenue=TransformWork(), orders=TransformWork(seconds=STUCK_SECONDS)) == []


def test_parts_that_stopped_are_told_with_the_latest_and_the_way_on():
    [told] = said(revenue=TransformWork(stopped={"2024-01-30": "old", "2024-01-31": "a.csv of sales is QUARANTINED"}))
    assert told.startswith(
        "2 parts of transform revenue stopped; the last, 2024-01-31: a.csv of sales is QUARANTINED -> "
    )
    assert "`glue-etl transform show revenue`" in told and "--anyway" in told


def test_a_part_that_fails_and_one_that_does_not_move_are_told():
    failing, stuck = said(revenue=TransformWork(failing={"2024-01-31": "out of memory"}, seconds=2 * STUCK_SECONDS))
    assert failing.startswith("1 part of transform revenue failed when last tried") and "out of memory" in failing
    assert stuck.startswith("a part of transform revenue has been due, or in a run, for 2.0 hours")
