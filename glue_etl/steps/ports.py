"""What every step needs of the world, as protocols: where people are told, and the log."""

from __future__ import annotations

from typing import Any, Protocol

from glue_etl.core.messages import Notice


class Notices(Protocol):
    """Where people are told."""

    def publish(self, notice: Notice) -> None: ...


class Log(Protocol):
    """One structured line: a sentence and its fields."""

    def __call__(self, message: str, /, **fields: Any) -> None: ...
