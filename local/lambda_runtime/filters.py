"""FilterCriteria of a mapping, judged by the event pattern rules that moto has for EventBridge (the same language)."""

from __future__ import annotations

import json
from typing import Any


class Filters:
    """Lets a message through if any pattern matches, or if there is none."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = [_pattern(text) for text in patterns]

    def let_through(self, message: dict[str, Any]) -> bool:
        if not self._patterns:
            return True
        record = {"body": _parsed(message["Body"]), "messageAttributes": message.get("MessageAttributes") or {}}
        return any(pattern.matches_event(record) for pattern in self._patterns)


def _pattern(text: str) -> Any:
    """Imported late: few mappings have filters, and moto takes its time to load."""
    from moto.events.models import EventPattern

    return EventPattern.load(text)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
