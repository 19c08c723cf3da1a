"""Which files go into one Glue run. Every run bills at least a minute of two workers, so: as few runs as possible.

First fit, over the files ordered so that those of a dataset, which are audited together, stand together (otherwise as they
came). A file goes into the first run that has room for it. So a dataset is torn apart only where it fills a gap, and no two runs
could be one: together, any two hold more than `max_files` files or more than `max_bytes` bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from glue_etl.core.files.model import ManifestFile


@dataclass(slots=True)
class _Run:
    files: list[ManifestFile] = field(default_factory=list)
    bytes: int = 0

    def has_room(self, size: int, max_files: int, max_bytes: int) -> bool:
        return len(self.files) < max_files and self.bytes + size <= max_bytes

    def add(self, file: ManifestFile) -> None:
        self.files.append(file)
        self.bytes += file.file.size


def pack(files: Sequence[ManifestFile], max_files: int, max_bytes: int) -> tuple[tuple[ManifestFile, ...], ...]:
    """Each file in exactly one run, within both limits; a file larger than `max_bytes` has a run to itself."""
    if max_files < 1:
        raise ValueError(f"max_files is {max_files}: a run takes at least one file")
    runs: list[_Run] = []
    unfilled: list[_Run] = []
    for file in _grouped(files):
        run = _first_fit(unfilled, file.file.size, max_files, max_bytes)
        if run is None:
            run = _Run()
            runs.append(run)
            unfilled.append(run)
        run.add(file)
        if len(run.files) >= max_files or run.bytes > max_bytes:  # one that is just full has room for empty files
            unfilled.remove(run)
    return tuple(tuple(run.files) for run in runs)


def _first_fit(runs: Sequence[_Run], size: int, max_files: int, max_bytes: int) -> _Run | None:
    return next((run for run in runs if run.has_room(size, max_files, max_bytes)), None)


def _grouped(files: Sequence[ManifestFile]) -> list[ManifestFile]:
    """The files, those of a dataset next to each other, datasets and files in the order they came."""
    datasets: dict[str, list[ManifestFile]] = {}
    for file in files:
        datasets.setdefault(file.dataset, []).append(file)
    return [file for group in datasets.values() for file in group]
