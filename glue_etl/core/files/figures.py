"""What the files of a run come to, dataset by dataset: for metrics, for the promise of time and for the bill.

Metrics cost by dimension, and datasets can be many: only those that are watched have figures of their own, at most
MOST_WATCHED; all others are summed as OTHERS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from glue_etl.core.files.bill import shares
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State

OTHERS = "(others)"
MOST_WATCHED = 50
BILLED_DATASETS = 50
"""Datasets that a run's bill names one by one: their sum stays far below what DynamoDB stores in an item."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over files that a run brought to rest. `scores` are overall ones, 0 to 100; `latencies` the seconds from a file's
    arrival to its first publication, of those that were published for the first time.

    `in_time` and `late` count what the promise is about: files published for the first time within so long, or later, and
    those that were parked instead. What is quarantined or rejected is the sender's to mend: in neither.
    """

    files: int = 0
    published: int = 0
    set_aside: int = 0
    parked: int = 0
    rows_published: int = 0
    rows_bad: int = 0
    bytes: int = 0
    dpu_seconds: float = 0
    in_time: int = 0
    late: int = 0
    scores: tuple[float, ...] = ()
    latencies: tuple[float, ...] = ()

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def as_metrics(self) -> dict[str, tuple[float, ...]]:
        """Values under the names of their CloudWatch metrics, those that have any. Names that end in Seconds are seconds."""
        sums = {
            "DatasetFilesPublished": self.published,
            "DatasetFilesSetAside": self.set_aside,
            "DatasetFilesParked": self.parked,
            "DatasetRowsPublished": self.rows_published,
            "DatasetRowsBad": self.rows_bad,
            "DatasetDpuSeconds": round(self.dpu_seconds, 3),
        }
        lists = {"DatasetScore": self.scores, "LatencySeconds": self.latencies}
        counted = {name: (count,) for name, count in sums.items() if count}
        return {**self.promise(), **counted, **{name: found for name, found in lists.items() if found}}

    def promise(self) -> dict[str, tuple[float, ...]]:
        """What the promise of time is kept by: both counts, whatever they are, so that a rate can be taken of them."""
        return {"FilesInTime": (self.in_time,), "FilesLate": (self.late,)}

    def as_bill(self) -> dict[str, float]:
        """What the run's state keeps of a dataset, to be summed to its cost of a day."""
        return {"files": self.files, "bytes": self.bytes, "dpu_seconds": round(self.dpu_seconds, 3)}


def figures_of(outcomes: Sequence[FileOutcome], dpu_seconds: float, within_seconds: float) -> dict[str, Figures]:
    """Figures by dataset. `dpu_seconds` is what the run is billed: shared among its files by their bytes."""
    found: dict[str, Figures] = {}
    costs = shares(dpu_seconds, [outcome.size for outcome in outcomes])
    for outcome, cost in zip(outcomes, costs, strict=True):
        found[outcome.dataset] = found.get(outcome.dataset, Figures()) + _of_file(outcome, cost, within_seconds)
    return found


def total(figures: Iterable[Figures]) -> Figures:
    """The sum of figures."""
    return reduce(Figures.__add__, figures, Figures())


def folded(figures: Mapping[str, Figures], kept: Iterable[str]) -> dict[str, Figures]:
    """The figures of the datasets that are `kept` under their names, those of all others as OTHERS."""
    named = set(kept)
    own = {name: found for name, found in figures.items() if name in named}
    rest = [found for name, found in figures.items() if name not in named]
    return own | ({OTHERS: total(rest)} if rest else {})


def most_bytes(figures: Mapping[str, Figures]) -> list[str]:
    """The datasets that a run's bill names one by one."""
    return [name for name, _ in Counter({name: f.bytes for name, f in figures.items()}).most_common(BILLED_DATASETS)]


def watched_datasets(named: str, contracts: Iterable[str]) -> tuple[str, ...]:
    """The datasets with figures of their own: those that are `named` (by commas), else those with a contract, by name."""
    names = [name.strip() for name in named.split(",") if name.strip()] or sorted(contracts)
    return tuple(names[:MOST_WATCHED])


def _of_file(outcome: FileOutcome, dpu_seconds: float, within_seconds: float) -> Figures:
    latency = outcome.latency
    return Figures(
        files=1,
        published=int(outcome.state is State.PUBLISHED),
        set_aside=int(outcome.state in (State.QUARANTINED, State.REJECTED)),
        parked=int(outcome.parked),
        rows_published=outcome.rows_published,
        rows_bad=outcome.rows_quarantined,
        bytes=outcome.size,
        dpu_seconds=dpu_seconds,
        in_time=int(latency is not None and latency <= within_seconds),
        late=int(outcome.parked if latency is None else latency > within_seconds),
        scores=() if outcome.overall is None else (outcome.overall,),
        latencies=() if latency is None else (latency,),
    )
