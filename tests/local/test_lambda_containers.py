"""When a function's container is started ahead of its first invocation: with containers that the test plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.lambda_runtime import containers
from local.lambda_runtime.container import Result
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import Function


class Played:
    """A container that is always ready; `started` lists all."""

    started: list[Played]
    alive = True
    last_used = 0.0

    def __init__(self, function: Function, *_: object) -> None:
        self.function = function
        self.closed = False
        self.started.append(self)

    def invoke(self, payload: str, request_id: str | None = None) -> Result:
        return Result(payload, None)

    def close(self) -> None:
        self.closed = True


def function(revision: str = "1", concurrency: int | None = None) -> Function:
    return Function("f", "arn", "1", "app.handler", 3, 128, {}, "code", revision, concurrency, "us-east-1")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Containers:
    Played.started = []
    monkeypatch.setattr(containers, "Container", Played)
    monkeypatch.setattr(Containers, "_environment", lambda self, function: {})
    return Containers(None, "http://127.0.0.1:1", tmp_path)  # type: ignore[arg-type]


def test_the_first_invocation_takes_the_container_that_was_made_ready(played: Containers) -> None:
    played.initialise(function())
    played.initialise(function())
    assert not played.used.is_set()
    assert played.invoke(function(), "1").payload == "1"
    assert played.used.is_set()
    played.initialise(function())
    assert len(Played.started) == 1


def test_one_that_was_made_ready_for_other_code_is_not_used(played: Containers) -> None:
    played.initialise(function("1"))
    played.invoke(function("2"), "1")
    assert [(each.function.revision, each.closed) for each in Played.started] == [("1", True), ("2", False)]


def test_a_function_that_may_not_run_gets_none(played: Containers) -> None:
    played.initialise(function(concurrency=0))
    assert Played.started == []


def test_none_is_made_ready_once_all_have_ended(played: Containers) -> None:
    played.close()
    played.initialise(function())
    assert Played.started == []
