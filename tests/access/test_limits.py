"""Bounds of one question: its time, and the bytes of its answer."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from glue_etl.access import rows
from glue_etl.access.duck import Duck
from glue_etl.access.problems import Problem
from glue_etl.access.watchdog import Watchdog
from tests.access.world import World, deployed

ROWS = "/v1/datasets/texts/rows"


def test_a_question_that_takes_too_long_is_stopped_and_the_next_is_answered() -> None:
    with deployed() as world:
        table = pa.table({"n": pa.array(range(4))})
        world.publish("numbers", table, {"n": "bigint"})
        duck = Duck(world.estate.tables, world.estate.deployment.client("s3"), "", seconds=0.2)
        with pytest.raises(Problem) as stopped:
            duck._run("SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range * b.range = 7", ())
        assert (stopped.value.status, stopped.value.code) == (408, "too_slow")
        quick = World(replace(world.estate, backend=duck))
        assert len(quick.ask("POST", "/v1/datasets/numbers/rows", {}).json["rows"]) == 4


def test_a_watchdog_stops_what_is_overdue_once_and_nothing_that_has_ended() -> None:
    stopped = threading.Event()
    calls: list[int] = []

    def stop() -> None:
        calls.append(1)
        stopped.set()

    watchdog = Watchdog(stop, 0.05)
    for _ in range(20):
        with watchdog.watching():
            pass
    with watchdog.watching():
        assert stopped.wait(30)
    assert calls == [1]


def test_many_questions_are_watched_by_one_thread() -> None:
    watchdog = Watchdog(lambda: None, 60)
    before = threading.active_count()
    for _ in range(100):
        with watchdog.watching():
            assert threading.active_count() <= before + 1


def test_a_page_ends_where_its_bytes_do_and_a_row_that_is_no_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE_BYTES", 2_000)
    with deployed() as world:
        texts = [str(n) * 600 for n in range(9)]
        world.publish(
            "texts", pa.table({"n": pa.array(range(9)), "text": pa.array(texts)}), {"n": "bigint", "text": "string"}
        )
        asked: dict[str, Any] = {"columns": ["text"], "order": [{"column": "n"}]}
        seen: list[str] = []
        while True:
            page = world.ask("POST", ROWS, asked).json
            assert len(json.dumps(page["rows"])) <= 2_000 and len(page["rows"]) <= 3
            seen += [row[0] for row in page["rows"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        assert seen == texts
        monkeypatch.setattr(rows, "PAGE_BYTES", 500)
        refused = world.ask("POST", ROWS, {"columns": ["text"]})
        assert refused.status == 413 and refused.json["type"].endswith("row_too_large")
