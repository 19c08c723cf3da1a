"""What copies in a warehouse need of the world, as protocols: glue_etl.aws has the one implementation. All may raise Transient,
and Refused where AWS refuses a call for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from glue_etl.core.datasets.copy_sql import Place
from glue_etl.core.files.copies import Copy, Held
from glue_etl.core.files.ledger import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement: whether it has `ended`, and with which `error` ("": it took effect, all of it)."""

    ended: bool
    error: str = ""


class Warehouse(Protocol):
    """The warehouse that keeps copies of datasets: see glue_etl.aws.files.warehouse."""

    def submit(self, ticket: str, statements: Sequence[str]) -> str:
        """Have the statements run as one transaction; its id. The same ticket again is the same transaction, if that is known."""

    def outcome(self, statement: str) -> Outcome:
        """What became of it; what nobody remembers any more has an error."""

    def rows(self, statement: str, place: int) -> list[tuple[Any, ...]]:
        """What the statement at `place` of a transaction, counted from 1, answered."""


class Copies(Protocol):
    """The ledger's items of copies: see glue_etl.aws.files.copy_items."""

    def get(self, dataset: str) -> Copy:
        """The dataset's copy as stored, or a blank one."""

    def update(self, dataset: str, change: Callable[[Copy], Copy]) -> Copy:
        """Change a copy; as stored."""

    def held(self, dataset: str, batch_id: str) -> Held:
        """What the dataset's copy has of a file."""

    def update_held(self, blank: Held, change: Callable[[Held], Held]) -> Held:
        """Change what a copy has of a file; as stored."""

    def suspects(self, dataset: str, limit: int) -> list[Held]:
        """At most `limit` files that somebody may be taking out of the dataset, by index, which may lag."""

    def changed_since(self, dataset: str, since: str) -> Iterator[Record]:
        """The dataset's files that changed at `since` (ISO 8601, UTC) or later, the earliest first, by index."""


@dataclass(frozen=True, slots=True)
class Copying:
    """The datasets that have a copy, the copies' items, the warehouse and where they lie in it. `pause` waits (seconds)."""

    datasets: tuple[str, ...]
    copies: Copies
    warehouse: Warehouse
    place: Place
    pause: Callable[[float], None]
