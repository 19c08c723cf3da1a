"""What a person orders of a transform: days to be made now, and what is to be seen of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from glue_etl.core.errors import Terminal
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.due import DONE, Due, ordered
from glue_etl.steps.files.ports import Services
from glue_etl.steps.transforming.published import published
from glue_etl.steps.transforming.starting import start_quietly

MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Planned:
    """A part that would be made: how many objects of its first input are published, and how it stands."""

    due: Due
    objects: int

    @property
    def has_work(self) -> bool:
        """Whether anything would come of it: there is something to read, or something that was made before."""
        return bool(self.objects or self.due.landed)


def days_between(first: date, last: date) -> list[str]:
    """All days from one to the other. Raises Terminal for none, or for too many."""
    count = (last - first).days + 1
    if not 0 < count <= MOST_DAYS:
        raise Terminal(f"from {first} to {last} are {count} days: give 1 to {MOST_DAYS}, the earlier one first")
    return [(first + timedelta(days=n)).isoformat() for n in range(count)]


def plan(services: Services, transform: Transform, days: Sequence[str]) -> list[Planned]:
    """What would be made of these days. Of a transform that appends: its files that are known."""
    transforming = services.transforming
    assert transforming is not None
    if transform.by_file:
        known = [due for due in transforming.parts.of(transform.name) if due.day in set(days)]
        return [Planned(due, 1) for due in sorted(known, key=lambda due: due.part)]

    def look(day: str) -> Planned:
        found = transforming.parts.get(Due(transform.name, day))
        return Planned(found, len(published(services, transform.inputs[0], day)))

    return services.each(look, days)


def order(services: Services, planned: Sequence[Planned], by: str, anyway: bool = False) -> int:
    """Make the parts that have work due, whatever they were made from, and start them; how many."""
    transforming = services.transforming
    assert transforming is not None
    at = services.now().isoformat()
    cause = f"ordered by {by} at {at}"
    wanted = [part.due for part in planned if part.has_work]
    change = partial(ordered, cause=cause, at=at, anyway=anyway)
    services.each(lambda due: transforming.parts.update(due, change), wanted)
    start_quietly(services)
    return len(wanted)


def shown(services: Services, transform: str, day: str = "") -> list[Due]:
    """The parts of a transform, of one day or all: those that don't rest first, then the newest."""
    transforming = services.transforming
    assert transforming is not None
    found = [due for due in transforming.parts.of(transform) if day in ("", due.day)]
    newest = sorted(found, key=lambda due: due.day, reverse=True)
    return sorted(newest, key=lambda due: due.state == DONE)
