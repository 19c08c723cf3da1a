"""What could not be brought to its end: one item's trouble is its own, the others go on, and all of it comes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from glue_etl.core.errors import GlueEtlError, Transient
from glue_etl.core.reasons import bounded, error_text, shown
from glue_etl.steps.ports import Log


@dataclass
class Troubles:
    """Sentences, each with its item: what only `waits` for a better moment, and what is `refused` until somebody acts."""

    log: Log
    waits: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @contextmanager
    def alone(self, item: str) -> Iterator[None]:
        """An error within is noted here and goes no further, a mistake of ours among them."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  one item's trouble must not keep the others from their end
            told = said(error)
            self.log("not finished, comes again", item=item, error=told)
            found = self.waits if isinstance(error, Transient) else self.refused
            found.append(f"{item}: {bounded(told, 'the log of the function')}")

    def __len__(self) -> int:
        return len(self.waits) + len(self.refused)


def said(error: Exception) -> str:
    """What an error tells people: in our own words, or by its name and without what it quotes, which may be a row's."""
    if isinstance(error, GlueEtlError):
        return str(error)
    return f"{type(error).__name__}: {shown(error_text(str(error)), False)}"
