"""What became of one file of a run, as the notices and the command line tell it to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glue_etl.core.files.states import State


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One file and its state after the run. `location` is where its rows or its quarantined copy lie, as s3:// prefix.

    `overall` is None where no audit took place. `reasons` say why a file was not published, or warn of what was. `size` is in
    bytes; `latency` are the seconds from its arrival to its publication, where this was its first, else None.
    """

    key: str
    batch_id: str
    dataset: str
    format: str
    state: State
    rows_read: int = 0
    rows_published: int = 0
    rows_quarantined: int = 0
    scores: Mapping[str, float] = field(default_factory=dict)
    overall: float | None = None
    reasons: tuple[str, ...] = ()
    location: str = ""
    size: int = 0
    parked: bool = False
    latency: float | None = None
