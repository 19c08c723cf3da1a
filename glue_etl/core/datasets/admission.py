"""How many datasets may begin in a day: a burst of odd names must not fill the catalog with tables."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class NewDatasets:
    """The datasets that began on `day` (ISO 8601, UTC). `told`: people know that the limit was reached; `rev` counts writes."""

    day: str = ""
    names: tuple[str, ...] = ()
    told: bool = False
    rev: int = 0

    def has(self, name: str, day: str) -> bool:
        return day == self.day and name in self.names


def admit(known: NewDatasets, name: str, day: str, limit: int) -> NewDatasets:
    """With `name` among the day's, or unchanged where it is or where `limit` are."""
    today = _of(known, day)
    if name in today.names or len(today.names) >= limit:
        return known
    return replace(today, names=(*today.names, name), rev=known.rev + 1)


def tell(known: NewDatasets, day: str) -> NewDatasets:
    """As told on this day; unchanged where it was."""
    today = _of(known, day)
    return known if today.told else replace(today, told=True, rev=known.rev + 1)


def _of(known: NewDatasets, day: str) -> NewDatasets:
    return known if known.day == day else NewDatasets(day, rev=known.rev)
