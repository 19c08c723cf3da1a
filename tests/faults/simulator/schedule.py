"""Invocations as threads of which exactly one runs: at every AWS call the baton goes back, and a seed says who goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Killed(BaseException):
    """The process of this invocation ends here, as by kill -9: no handler of the code under test may see it."""


class Actor:
    """One invocation. `body` runs in a thread of its own, up to the next `pause`, whenever `proceed` is called."""

    def __init__(self, name: str, body: Callable[[Actor], object], deadline: float = float("inf")) -> None:
        self.name = name
        self.kind = name.rstrip("0123456789")
        self.deadline = deadline
        self.done = False
        self.answer: object = None
        self.error: BaseException | None = None
        self._body = body
        self._doomed = False
        self._go, self._back = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._back.acquire()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def proceed(self) -> None:
        """Give the baton to this actor; returns when it comes back."""
        self._go.release()
        self._back.acquire()

    def kill(self) -> None:
        """End it where it waits."""
        self._doomed = True
        self.proceed()

    def pause(self) -> None:
        """Called by the actor itself, before each AWS call."""
        self._back.release()
        self._wait()

    def _wait(self) -> None:
        self._go.acquire()
        if self._doomed:
            raise Killed(self.name)

    def _run(self) -> None:
        try:
            self._wait()
            self.answer = self._body(self)
        except BaseException as error:  # noqa: BLE001  what ends an invocation is its outcome
            self.error = error
        self.done = True
        self._back.release()
