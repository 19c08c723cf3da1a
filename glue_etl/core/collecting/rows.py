"""A row as one line of JSON, and the reason why a payload makes none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Poison(Exception):
    """This payload makes no row; the message says why."""


def refuse_taken(row: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    """Raises Poison where a kept column's name is a field of the row itself."""
    taken = [name for name in extra if name in row]
    if taken:
        raise Poison(f"it has a field {taken[0]} itself, which is the name of a kept column")


def line_of(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
