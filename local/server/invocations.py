"""Invocations of Lambda functions that wait for, or are with, a runtime. Retries asynchronous ones as AWS does.

An invocation leaves this queue only with a result: one whose runtime dies is handed out again if it is asynchronous,
and answered with an error if its caller waits (the caller knows whether to repeat it).
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# AWS waits one minute, then two. Seconds serve a developer's machine; the variable gives AWS's own.
RETRY_SECONDS = tuple(float(s) for s in os.environ.get("LOCAL_CLOUD_RETRY_SECONDS", "1,2").split(","))


RETRIES = 2


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation. `function_error` is None, "Handled" or "Unhandled"."""

    payload: str
    function_error: str | None = None


@dataclass
class Invocation:
    """One call of a function. `asynchronous` ones are retried and leave dead letters."""

    region: str
    function: str
    payload: str
    asynchronous: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt: int = 1
    due: float = 0.0
    runtime: str | None = None
    outcome: Outcome | None = None
    submitted: float = field(default_factory=time.time)

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "region": self.region,
            "function": self.function,
            "payload": self.payload,
        }


class Invocations:
    """The open invocations. `finished` is called once for every asynchronous one, with its last outcome."""

    def __init__(self, finished: Callable[[Invocation, Outcome], None]) -> None:
        self._open: dict[str, Invocation] = {}
        self._changed = threading.Condition()
        self._finished = finished

    def submit(self, invocation: Invocation) -> Invocation:
        with self._changed:
            self._open[invocation.id] = invocation
            self._changed.notify_all()
        return invocation

    def await_taken(self, invocation: Invocation, seconds: float) -> bool:
        """False if no runtime came for it: then it is withdrawn."""
        with self._changed:
            taken = self._changed.wait_for(lambda: invocation.runtime or invocation.outcome, timeout=seconds)
            if not taken:
                self._open.pop(invocation.id, None)
            return bool(taken)

    def await_outcome(self, invocation: Invocation) -> Outcome:
        with self._changed:
            self._changed.wait_for(lambda: invocation.outcome is not None)
        assert invocation.outcome is not None
        return invocation.outcome

    def take(self, wait: float, runtime: str) -> Invocation | None:
        """The next one that is due; it now belongs to `runtime`."""
        deadline = time.monotonic() + wait
        with self._changed:
            while True:
                waiting = [i for i in self._open.values() if i.runtime is None]
                due = next((i for i in waiting if i.due <= time.time()), None)
                if due is not None:
                    due.runtime = runtime
                    self._changed.notify_all()
                    return due
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(min([left, *(max(i.due - time.time(), 0.0) for i in waiting)]))

    def give_back(self, invocation: Invocation) -> None:
        """It was taken, but could not be handed over."""
        with self._changed:
            invocation.runtime = None
            self._changed.notify_all()

    def complete(self, identifier: str, outcome: Outcome) -> None:
        with self._changed:
            invocation = self._open.get(identifier)
            if invocation is None:
                return
            if not self._again(invocation, outcome):
                del self._open[identifier]
                invocation.outcome = outcome
            self._changed.notify_all()
        if invocation.outcome is not None and invocation.asynchronous:
            self._finished(invocation, outcome)

    def runtime_lost(self, runtime: str) -> None:
        lost = Outcome('{"Message": "The Lambda runtime was lost."}', "Runtime.Lost")
        for invocation in [i for i in self._open.values() if i.runtime == runtime]:
            if not invocation.asynchronous:
                self.complete(invocation.id, lost)
        with self._changed:
            for invocation in self._open.values():
                if invocation.runtime == runtime:
                    invocation.runtime = None
            self._changed.notify_all()

    def _again(self, invocation: Invocation, outcome: Outcome) -> bool:
        failed = outcome.function_error is not None
        if not (invocation.asynchronous and failed and invocation.attempt <= RETRIES):
            return False
        invocation.due = time.time() + RETRY_SECONDS[min(invocation.attempt, len(RETRY_SECONDS)) - 1]
        invocation.attempt += 1
        invocation.runtime = None
        return True
