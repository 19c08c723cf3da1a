"""What a kind of collected sources is: all that the rest of the pipeline asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.collecting.records import CollectedRecord
from glue_etl.core.documents import Document


@dataclass(frozen=True, slots=True)
class CollectedKind:
    """What one kind of collected sources has of its own, in declarations and at work.

    `fields` are those that only its declarations have, `own` reads them; `records` gives all records of an event of Lambda, a
    part's in their order. `ordered`: records have an order, and positions that are remembered; else each has a marker.
    `whole_batches`: Lambda takes no partial answers. `needs_window`: more than FIFO_RECORDS need a window of time.
    """

    name: str
    fields: tuple[str, ...]
    own: Callable[[str, Document], dict[str, Any]]
    records: Callable[[Mapping[str, Any]], list[CollectedRecord]]
    ordered: bool = True
    whole_batches: bool = False
    needs_window: bool = False
