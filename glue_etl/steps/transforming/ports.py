"""The items of what transforms have to make, as the steps need them: see glue_etl.aws.transforming.due_parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from glue_etl.core.transforming.due import Due


class DueParts(Protocol):
    """Reads by key are consistent; lists are by index, which may lag. A `change` may return its argument, or raise."""

    def get(self, blank: Due) -> Due:
        """The item as stored, or `blank`."""

    def update(self, blank: Due, change: Callable[[Due], Due]) -> Due:
        """Change an item (`blank` where none is stored); the item as stored."""

    def due(self, limit: int) -> list[Due]:
        """At most `limit` that are DUE, those that changed longest ago first."""

    def running(self) -> list[Due]:
        """All that are RUNNING or LANDING, those that changed longest ago first."""

    def stopped(self, transform: str) -> list[Due]:
        """All of a transform that are STOPPED."""

    def waiting(self, transform: str) -> list[Due]:
        """All of a transform that wait for its schedule."""

    def of(self, transform: str) -> Iterator[Due]:
        """All items of a transform, the latest changed first."""
