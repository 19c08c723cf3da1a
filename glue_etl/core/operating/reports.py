"""What a report is made of: the ledger's records with the results that runs left of them. Pages are made in glue_etl/reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glue_etl.core.datasets.history import History
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import DIMENSIONS, FileResult
from glue_etl.core.files.states import State


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that could not become a row: where it stands, why, and itself."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file's record with its run's result (None: the run left none, or it is not kept any more) and its table's name."""

    record: Record
    result: FileResult | None = None
    bad: tuple[BadRow, ...] = ()
    table: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What all pages say of themselves. `with_rows`: text of rows is shown. `made_at`: ISO 8601, UTC."""

    environment: str
    made_at: str
    with_rows: bool = False


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The files of one run, or those that one person dropped together (`run_ids`: the runs that they were in)."""

    shown: Shown
    run_ids: tuple[str, ...]
    files: tuple[FileFacts, ...]


@dataclass(frozen=True, slots=True)
class OneFileFacts:
    """A file, its earlier versions (newest first) and the files of its dataset up to now, by time."""

    shown: Shown
    file: FileFacts
    versions: tuple[Record, ...] = ()
    others: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The files of a dataset that came to rest since `since` ("": all that the ledger has), by time, each with its result.

    `left_out` counts older files that the page has no room for. `history`: the dataset's kept past, day by day.
    """

    shown: Shown
    dataset: str
    files: tuple[FileFacts, ...]
    gates: Mapping[str, float] = field(default_factory=dict)
    since: str = ""
    left_out: int = 0
    history: History | None = None


def score(record: Record, name: str) -> float | None:
    """A score of the last verdict: of a dimension, or "overall"; None where the file was not judged."""
    return record.overall if name == "overall" else record.scores.get(name)


SCORES = ("overall", *DIMENSIONS)


def is_judged(record: Record) -> bool:
    return record.overall is not None and record.state is not State.REJECTED
