"""Figures of the datasets that are watched: what a run's files came to, and how long ago a dataset was last published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from glue_etl.core.files.figures import Figures, figures_of, folded, watched_datasets
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State
from glue_etl.steps.files.ports import Services

NOTE = "published-"


class Counted(Protocol):
    """Of a run: its files, the DPU-seconds that it is billed, and whether it is for this call to tell of it."""

    @property
    def outcomes(self) -> tuple[FileOutcome, ...]: ...
    @property
    def dpu_seconds(self) -> float: ...
    @property
    def told(self) -> bool: ...


def watched(services: Services) -> tuple[str, ...]:
    """The datasets with metrics of their own."""
    return watched_datasets(services.settings.watched_datasets, services.contracts)


def figures_of_run(services: Services, run: Counted) -> dict[str, Figures]:
    """What a run's files came to, by dataset."""
    return figures_of(run.outcomes, run.dpu_seconds, 60 * services.settings.publish_within_minutes)


def watched_figures(services: Services, run: Counted) -> dict[str, Figures]:
    """The same of the datasets that are watched, and of all others as one; none where another told of the run, and so of them."""
    return folded(figures_of_run(services, run), watched(services)) if run.told else {}


def note_published(services: Services, outcomes: Sequence[FileOutcome]) -> None:
    """Note of each watched dataset that rows of it were published just now."""
    published = {outcome.dataset for outcome in outcomes if outcome.state is State.PUBLISHED}
    for dataset in sorted(published.intersection(watched(services))):
        services.ledger.write_note(f"{NOTE}{dataset}", {"at": services.now().isoformat()})


def ages(services: Services) -> dict[str, float]:
    """Seconds since rows of each watched dataset were last published; those that never were are left out."""
    noted = {dataset: services.ledger.read_note(f"{NOTE}{dataset}").get("at", "") for dataset in watched(services)}
    now = services.now()
    return {name: (now - datetime.fromisoformat(at)).total_seconds() for name, at in noted.items() if at}
