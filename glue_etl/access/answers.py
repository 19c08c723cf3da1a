"""Values of a database's answer as they stand in JSON: the same for both backends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from glue_etl.access.columns import Kind


def json_value(kind: Kind, value: Any) -> Any:
    """A value as the database's client gives it, or as the text that it stands for; None for null."""
    if value is None:
        return None
    return _SHOWN.get(kind.name, str)(value)


def _double(value: Any) -> float | str:
    number = float(value)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"


def _timestamp(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
