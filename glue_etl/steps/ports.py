"""What every step needs of the world, as protocols: where people are told, the log, and many calls at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from glue_etl.core.messages import Notice

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Notices(Protocol):
    """Where people are told."""

    def publish(self, notice: Notice) -> None:
        """Send the notice to whoever subscribes. Raises Transient, after which it may have been sent all the same."""


class Log(Protocol):
    """One structured line: a sentence and its fields."""

    def __call__(self, message: str, /, **fields: Any) -> None: ...


class Each(Protocol):
    """Maps a call over many items, at once where that pays."""

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item], /) -> list[Answer]:
        """The answers in the items' order. All are tried; then the first error, if any, is raised."""
