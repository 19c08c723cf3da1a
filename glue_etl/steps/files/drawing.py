"""Suites of datasets that nobody has written a contract for: what a run is told of them, and what its files add to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from glue_etl.core.datasets.drawn import Drawn, draw, to_profile
from glue_etl.core.datasets.profile import Profile
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.files.states import State
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.troubles import Troubles


def drawn_for(
    services: Services, files: Sequence[ManifestFile]
) -> tuple[dict[str, Mapping[str, object]], tuple[str, ...]]:
    """The suites that a run's files are audited by, by dataset, and which of the files are to be profiled.

    Only for datasets that no contract has: what people wrote is all that theirs are audited by.
    """
    datasets = sorted({entry.dataset for entry in files} - {*services.bundle["datasets"]})
    known = dict(zip(datasets, services.each(services.ledger.drawn, datasets), strict=True))
    return {name: drawn.suite for name, drawn in known.items() if drawn and drawn.suite}, to_profile(files, known)


def draw_suites(
    services: Services,
    settled: Iterable[tuple[ManifestFile, Record]],
    results: Mapping[str, FileResult],
    troubles: Troubles,
) -> None:
    """Have the suites see what this run published. A repeat adds nothing: each file is seen once."""
    seen: dict[str, dict[str, Profile]] = {}
    for entry, record in settled:
        result = results.get(entry.batch_id)
        if record.state is State.PUBLISHED and result is not None and result.profile:
            seen.setdefault(entry.dataset, {})[entry.batch_id] = Profile.from_json(result.profile)
    for dataset, profiles in sorted(seen.items()):
        if dataset not in services.bundle["datasets"]:
            with troubles.alone(f"the suite of dataset {dataset} can't be drawn from its new files yet"):
                _draw(services, dataset, profiles)


def _draw(services: Services, dataset: str, seen: Mapping[str, Profile]) -> None:
    at = services.now().isoformat()
    services.ledger.update_drawn(Drawn(dataset), lambda now: draw(now, seen, at))
