"""What people declare, as a mapping with its place: every mistake is told with file, field and what would be allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from glue_etl.core.errors import Terminal

_FIELD = re.compile(r".*?: field '[^']*'")


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping with its place (`file: field`), so that every complaint, an `error`, says where it is.

    With `mistakes`, a list, a wrong field is noted there and read as its default, so that all are told at once; what nothing
    can be read without (a kind, a choice) is raised all the same.
    """

    values: Mapping[str, Any]
    where: str
    error: type[Terminal]
    mistakes: list[str] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise self.error(f"{self.where}: expected fields with values, found {type(self.values).__name__}")

    def complain(self, message: str) -> None:
        """Note a mistake, or raise it where nobody collects them."""
        if self.mistakes is None:
            raise self.error(message)
        note(self.mistakes, message)

    def only(self, allowed: Iterable[str]) -> None:
        names = tuple(allowed)
        for key in self.values:
            if key not in names:
                self.complain(
                    f"{self.where}: unknown field {key!r}{near(str(key), names)}. Allowed: {', '.join(names)}"
                )

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.complain(f"{self.where}: field {key!r} must be text, found {value!r}")
            return default or ""
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
            self.complain(f"{self.where}: field {key!r} must be a list of texts, found {value!r}")
            return default
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.complain(f"{self.where}: field {key!r} must be true or false, found {value!r}")
            return default
        return value

    def number(self, key: str, low: float, high: float, default: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.complain(f"{self.where}: field {key!r} must be a number from {low:g} to {high:g}, found {value!r}")
            return default
        return float(value)

    def below(self, key: str) -> Document:
        return Document(self.values.get(key) or {}, f"{self.where}: {key}", self.error, self.mistakes)

    def each(self, key: str) -> list[Document]:
        items = self.values.get(key) or []
        if not isinstance(items, list | tuple):
            raise self.error(f"{self.where}: field {key!r} must be a list, found {items!r}")
        return [Document(item, f"{self.where}: {key}[{n}]", self.error, self.mistakes) for n, item in enumerate(items)]


def note(mistakes: list[str], message: str) -> None:
    """Add a mistake, unless one of the same field is there: what follows from the first is no news."""
    field = _FIELD.match(message)
    if not (field and any(known.startswith(field[0]) for known in mistakes)):
        mistakes.append(message)


def near(name: str, allowed: Iterable[str], most: int = 1) -> str:
    """ " (did you mean ...?)" for the `most` allowed names that are most like `name`, whatever their case; "" where none is."""
    folded = {other.lower(): other for other in allowed if other}
    matches = [folded[match] for match in get_close_matches(name.lower(), folded, n=most, cutoff=0.6)]
    return f" (did you mean {' or '.join(map(repr, matches))}?)" if matches else ""
