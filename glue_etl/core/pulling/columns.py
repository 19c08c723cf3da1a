"""How the columns of a stream changed since its last pull: people are told, and the pull goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping


def stored_columns(columns: Mapping[str, str]) -> str:
    """The columns with their types, as a state keeps them."""
    return json.dumps(dict(columns), ensure_ascii=False)


def changes(before: str, now: Mapping[str, str]) -> list[str]:
    """A sentence for each column that is new, gone, or of another type. `before`: as stored, "" where nothing is known."""
    if not before:
        return []
    known: dict[str, str] = json.loads(before)
    added = [f"column {name!r} ({kind}) is new" for name, kind in now.items() if name not in known]
    removed = [f"column {name!r} ({kind}) is gone" for name, kind in known.items() if name not in now]
    retyped = [
        f"column {name!r} was {known[name]} and is {kind} now"
        for name, kind in now.items()
        if name in known and known[name] != kind
    ]
    return [*added, *removed, *retyped]
