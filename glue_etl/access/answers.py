"""Values of a database's answer as they stand in JSON: the same for both backends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from glue_etl.access.columns import Kind


def json_rows(kinds: Sequence[Kind], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows of values as the database's client gives them, or of the texts that they stand for; None for null."""
    if not rows:
        return []
    columns = zip(*rows, strict=True)
    shown = [_shown(kind, column) for kind, column in zip(kinds, columns, strict=True)]
    return list(zip(*shown, strict=True))


def _shown(kind: Kind, column: Sequence[Any]) -> list[Any]:
    """One column of an answer: what to do is looked up once, not for each value."""
    show = _SHOWN.get(kind.name, str)
    return [None if value is None else show(value) for value in column]


def _double(value: Any) -> float | str:
    number = float(value)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"


def _timestamp(value: Any) -> str:
    """The client's times have no zone, and are UTC's."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _decimal(value: Any) -> str:
    return str(value) if isinstance(value, str) else format(value, "f")


_SHOWN: Mapping[str, Callable[[Any], Any]] = {
    "whole": int,
    "double": _double,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "decimal": _decimal,
}
