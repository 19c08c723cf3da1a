"""Hands events to whoever is to have them: lines for a file, and an endpoint, which is given a bounded time and no more.

Events are sent beside the work, by a thread. Whatever becomes of them, nothing here raises: lineage must not cost rows.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

PATIENCE = 5.0
"""Seconds that the end of a run waits for its events to be taken."""
MOST_FAILURES = 3
"""After so many in a row an endpoint is not asked again in this run."""


class Teller:
    """The events of one run. `url` is an OpenLineage endpoint; what does not begin with http is none."""

    def __init__(self, url: str, say: Callable[[str], None] = print, patience: float = PATIENCE) -> None:
        self.lines: list[str] = []
        self._url, self._say, self._patience = url, say, patience
        self._waiting: queue.Queue[RunEvent | None] = queue.Queue()
        self._taken, self._in_a_row, self._reason = 0, 0, "it did not answer in time"
        self._gives_up = threading.Event()
        self._sender = threading.Thread(target=self._send_all, daemon=True) if url.startswith("http") else None
        if self._sender is not None:
            self._sender.start()

    def tell(self, event: RunEvent) -> None:
        """Keep the event as a line, and have it sent. Does not wait for that."""
        self.lines.append(Serde.to_json(event))
        self._waiting.put(event)

    def close(self) -> int:
        """Wait for what is being sent, for as long as `patience`. How many events the endpoint did not take, which is said."""
        if self._sender is None:
            return 0
        self._waiting.put(None)
        self._sender.join(self._patience)
        self._gives_up.set()
        lost = len(self.lines) - self._taken
        if lost:
            self._say(f"{lost} of {len(self.lines)} events of lineage were not taken by {self._url}: {self._reason}")
        return lost

    def _send_all(self) -> None:
        try:
            config = {"url": self._url, "timeout": self._patience, "retry": {"total": 0, "connect": 0, "read": 0}}
            client = OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict(config)))
        except Exception as error:  # noqa: BLE001  a wrong address, whatever the library calls it
            self._reason = f"{type(error).__name__}: {error}"
            return
        while (event := self._waiting.get()) is not None and not self._gives_up.is_set():
            if self._in_a_row < MOST_FAILURES:
                self._send(client, event)

    def _send(self, client: OpenLineageClient, event: RunEvent) -> None:
        try:
            client.emit(event)
            self._taken, self._in_a_row = self._taken + 1, 0
        except Exception as error:  # noqa: BLE001  whatever its library raises: told when the run ends
            self._reason, self._in_a_row = f"{type(error).__name__}: {error}", self._in_a_row + 1
