"""What was read of a stream or topic and waits to be sent, in portions of an event's size. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MAX_PAYLOAD = 6 * 1024 * 1024
_AROUND = 4096
"""What an event holds around its records."""

Entry = dict[str, Any]


class Waiting:
    """Entries that were read and not yet sent, in order, with their sizes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            self._sizes.append(len(json.dumps(entry)) + 2)

    def fitting(self, limit: int) -> int:
        """How many of the first entries make one event: at most `limit`, and 6 MB; at least one."""
        size = _AROUND
        for number, more in enumerate(self._sizes[:limit]):
            size += more
            if size > MAX_PAYLOAD:
                return max(1, number)
        return min(limit, len(self._sizes))

    def take(self, count: int) -> list[Entry]:
        taken, self._entries, self._sizes = self._entries[:count], self._entries[count:], self._sizes[count:]
        return taken
