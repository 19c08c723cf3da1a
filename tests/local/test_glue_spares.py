"""When the Glue runtime starts a waiting worker: with a server and a pool that the test plays."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from local.glue_runtime import runtime
from local.glue_runtime.execution import Ending
from local.glue_runtime.run_api import TakenRun
from local.glue_runtime.runtime import GlueRuntime

RUN = TakenRun({"Id": "jr_1", "JobName": "ingest"}, {"Name": "ingest", "Command": {"ScriptLocation": "s3://a/b.py"}})


class Steps:
    """The pool, the server and the executions of one runtime; `seen` is what was asked of them, in order."""

    def __init__(self, *answers: TakenRun | None) -> None:
        self.answers = list(answers)
        self.seen: list[str] = []
        self.running = threading.Event()

    def refill(self) -> None:
        self.seen.append("refill")

    def take(self, settings: Any) -> object:
        self.seen.append("take")
        return object()

    def next(self, wait: float) -> TakenRun | None:
        self.seen.append("look")
        return self.answers.pop(0)

    def run(self) -> Any:
        self.running.wait()
        return Ending("SUCCEEDED")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps(RUN, None, None, None)
    monkeypatch.setattr(runtime, "Execution", lambda *arguments: steps)
    return steps


def test_a_spare_starts_once_nothing_has_run_for_a_whole_look(steps: Steps, tmp_path: Path) -> None:
    glue = GlueRuntime("http://127.0.0.1:1", "us-east-1", tmp_path, threading.Event())
    glue._pool = glue._api = steps  # type: ignore[assignment]
    glue._take_one()
    glue._take_one()
    assert steps.seen == ["refill", "look", "take", "look"]
    steps.running.set()
    for thread in list(glue._active):
        thread.join()
    glue._take_one()
    assert steps.seen[4:] == ["look"]
    glue._take_one()
    assert steps.seen[5:] == ["refill", "look"]
