"""Stops what takes too long, without a thread for each time that something begins."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import ref


class Watchdog:
    """Calls `stop` where something watched takes more than `seconds`; one thing at a time is watched.

    Its thread looks when the oldest deadline may have come, which is once in `seconds`, and ends where nothing was watched since.
    """

    def __init__(self, stop: Callable[[], None], seconds: float) -> None:
        self._stop = stop
        self._seconds = seconds
        self._lock = threading.Lock()
        self._deadline = math.inf
        self._is_needed = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within this, `stop` is called after `seconds`; never for what has ended."""
        with self._lock:
            self._deadline = time.monotonic() + self._seconds
            self._is_needed = True
            if self._thread is None:
                self._thread = threading.Thread(target=_watch, args=(ref(self), self._seconds), daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._deadline = math.inf

    def look(self) -> float:
        """Stop what is overdue; seconds until the next look, 0 where there will be none."""
        with self._lock:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._stop()
                self._deadline = math.inf
            if not self._is_needed:
                self._thread = None
                return 0.0
            self._is_needed = math.isfinite(self._deadline)
            return min(left, self._seconds) if left > 0 else self._seconds


def _watch(watchdog: ref[Watchdog], pause: float) -> None:
    """Look until there is nothing to watch, or nobody has the watchdog any more."""
    while pause:
        time.sleep(pause)
        found = watchdog()
        pause = found.look() if found else 0.0
        del found
