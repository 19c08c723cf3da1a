"""What could not be brought to its end: one item's trouble is its own, the others go on, and all of it comes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from glue_etl.core.errors import GlueEtlError, Transient
from glue_etl.core.reasons import bounded
from glue_etl.steps.ports import Log


@dataclass
class Troubles:
    """Sentences, each with its item: what only `waits` for a better moment, and what is `refused` until somebody acts."""

    log: Log
    waits: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @contextmanager
    def alone(self, item: str) -> Iterator[None]:
        """An error of ours within is noted here and goes no further."""
        try:
            yield
        except GlueEtlError as error:
            self.log("not finished, comes again", item=item, error=str(error))
            found = self.waits if isinstance(error, Transient) else self.refused
            found.append(f"{item}: {bounded(str(error), 'the log of the function')}")

    def __len__(self) -> int:
        return len(self.waits) + len(self.refused)
