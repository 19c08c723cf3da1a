"""What imports of QuickSight's data sets need of the world, as protocols. All may raise Transient, and Refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from glue_etl.core.files.refreshes import Refresh


class Imports(Protocol):
    """QuickSight: see glue_etl.aws.files.data_sets."""

    def start(self, data_set: str, ingestion: str) -> None:
        """Have the data set imported under this id; one that was started under it already is fine."""


class Refreshes(Protocol):
    """The ledger's items of imports: see glue_etl.aws.files.data_sets."""

    def get(self, data_set: str) -> Refresh:
        """The last import as stored, or a blank one."""

    def update(self, data_set: str, change: Callable[[Refresh], Refresh]) -> Refresh:
        """Change what is known of the last import; as stored."""


@dataclass(frozen=True, slots=True)
class Refreshing:
    """The ids of data sets by dataset, at most one import of each in so many `minutes`."""

    data_sets: Mapping[str, str]
    minutes: int
    items: Refreshes
    imports: Imports
