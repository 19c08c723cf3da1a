"""What people declare, as a mapping with its place: every mistake is told with file, field and what would be allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from glue_etl.core.errors import Terminal


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping with its place (`file: field`), so that every complaint, an `error`, says where it is."""

    values: Mapping[str, Any]
    where: str
    error: type[Terminal]

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise self.error(f"{self.where}: expected fields with values, found {type(self.values).__name__}")

    def only(self, allowed: Iterable[str]) -> None:
        names = tuple(allowed)
        for key in self.values:
            if key not in names:
                raise self.error(
                    f"{self.where}: unknown field {key!r}{near(str(key), names)}. Allowed: {', '.join(names)}"
                )

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(f"{self.where}: field {key!r} must be text, found {value!r}")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.values.get(key, default)
        if value not in allowed:
            found = "is missing" if value is None else f"is {value!r}{near(str(value), allowed)}"
            raise self.error(
                f"{self.where}: field {key!r} {found}. Allowed: {', '.join(a or '(absent)' for a in allowed)}"
            )
        return str(value)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.values.get(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise self.error(f"{self.where}: field {key!r} must be a list of texts, found {value!r}")
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{self.where}: field {key!r} must be true or false, found {value!r}")
        return value

    def number(self, key: str, low: float, high: float, default: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.error(f"{self.where}: field {key!r} must be a number from {low:g} to {high:g}, found {value!r}")
        return float(value)

    def below(self, key: str) -> Document:
        return Document(self.values.get(key) or {}, f"{self.where}: {key}", self.error)

    def each(self, key: str) -> list[Document]:
        items = self.values.get(key) or []
        if not isinstance(items, list | tuple):
            raise self.error(f"{self.where}: field {key!r} must be a list, found {items!r}")
        return [Document(item, f"{self.where}: {key}[{n}]", self.error) for n, item in enumerate(items)]


def near(name: str, allowed: Iterable[str]) -> str:
    """ " (did you mean ...?)" for the allowed name that is most like `name`; "" where none is."""
    matches = get_close_matches(name, [a for a in allowed if a], n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
