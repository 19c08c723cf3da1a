"""Transforms by time: what changes waits for the schedule, is made once for all that changed, and goes on as any other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from glue_etl.core.files.states import State
from glue_etl.core.transforming.due import DONE, RUNNING, STOPPED, WAITS
from glue_etl.steps.files.sweep import SweepReport
from glue_etl.steps.transforming.repairing import repair
from lambdas.sweep import handler
from tests.transforming.histories import World


def world() -> World:
    """Without faults; `copy` is made by time, `double` reads what it makes."""
    made = World(0, 0.0, "cron(0 6 * * ? *)")
    made.faults.calm = True
    return made


def upload(made: World, name: str, value: int, state: State = State.PUBLISHED) -> None:
    made.upload(f"data/incoming/sales/2024/03/05/{name}.csv", "05", "sales", value, state)


def part(made: World, transform: str) -> Any:
    return made.parts.items[f"transform#{transform}#2024-03-05"]


def its_time_comes(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule's event, as the function gets it; the rest of the sweep is another's test."""
    monkeypatch.setattr(handler, "services", lambda log: made.services())
    monkeypatch.setattr(handler, "sweep", lambda services: SweepReport())
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "test")
    monkeypatch.setattr(handler.metrics, "namespace", "test")
    context = SimpleNamespace(
        function_name="f", memory_limit_in_mb=1, invoked_function_arn="a:b:c:d:e:f:g", aws_request_id="r"
    )
    handler.lambda_handler({"transform": "copy"}, context)


def test_days_that_changed_wait_for_the_time_and_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    upload(made, "a", 1)
    upload(made, "b", 10)
    assert part(made, "copy").state == WAITS
    assert not [m for m in made.objects.bodies if "copied" in m], "nothing is made before its time"
    repair(made.services(), made.now.isoformat())
    assert part(made, "copy").state == WAITS, "the sweep's own rounds are not its time"

    its_time_comes(made, monkeypatch)
    assert part(made, "copy").state == RUNNING
    made.rest()
    assert (part(made, "copy").state, made.published("copied", "05")) == (
        DONE,
        {"data/incoming/copied/2024/03/05/copy.parquet": 11},
    )
    assert list(made.published("doubled", "05").values()) == [11], "what reads it is made when it arrives"

    runs = len(made.jobs.runs)
    its_time_comes(made, monkeypatch)
    assert len(made.jobs.runs) == runs, "where nothing changed nothing is made"


def test_what_comes_while_it_runs_waits_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    upload(made, "a", 1)
    its_time_comes(made, monkeypatch)
    upload(made, "b", 10)
    made.rest()
    assert part(made, "copy").state == WAITS
    assert list(made.published("copied", "05").values()) == [1]
    its_time_comes(made, monkeypatch)
    made.rest()
    assert list(made.published("copied", "05").values()) == [11]


def test_a_file_that_failed_stops_the_day_at_its_time_and_the_sweep_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    upload(made, "a", 1)
    upload(made, "b", 10, State.QUARANTINED)
    its_time_comes(made, monkeypatch)
    assert part(made, "copy").state == STOPPED
    assert repair(made.services(), made.now.isoformat()).stopped == 1


def test_the_sweep_tells_how_long_a_part_has_been_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    upload(made, "a", 1)
    its_time_comes(made, monkeypatch)
    since = part(made, "copy").updated_at
    made.now = made.now.replace(hour=9)
    done = repair(made.services(), since)
    assert part(made, "copy").state == RUNNING and done.oldest_seconds > 8 * 3600
