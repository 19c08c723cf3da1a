"""A bounded sample of a dataset's published rows: whole files, the newest days first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from glue_etl.core.documents import near
from glue_etl.core.errors import Terminal
from glue_etl.steps.files.ports import Objects

SAMPLE_BYTES = 256 * 1024**2
SAMPLE_FILES = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The objects of each file of the sample, by what their names have in common. `whole`: nothing was left out."""

    files: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0
    whole: bool = True


def choose_sample(objects: Objects, bucket: str, dataset: str) -> Sample:
    """Files of the newest days, up to 20 of them or 256 MiB, at least one. Raises Terminal where nothing is published."""
    chosen: dict[str, list[str]] = {}
    size = 0
    for stem, found in _files(objects, bucket, dataset):
        more = sum(bytes_ for _, bytes_ in found)
        if chosen and (len(chosen) >= SAMPLE_FILES or size + more > SAMPLE_BYTES):
            return Sample(chosen, size, whole=False)
        chosen[stem] = [f"s3://{bucket}/{key}" for key, _ in found]
        size += more
    if not chosen:
        known = [name.rstrip("/") for name in objects.folders(f"s3://{bucket}/")]
        raise Terminal(f"nothing is published of dataset {dataset!r}{near(dataset, known)} in {bucket}")
    return Sample(chosen, size)


def _files(objects: Objects, bucket: str, dataset: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    for folder in _days(objects, f"s3://{bucket}/{dataset}/", depth=3):
        by_file: dict[str, list[tuple[str, int]]] = {}
        for key, bytes_ in objects.list(folder):
            by_file.setdefault(key.rpartition("_")[0], []).append((key, bytes_))
        yield from sorted(by_file.items(), reverse=True)


def _days(objects: Objects, uri: str, depth: int) -> Iterator[str]:
    """The folders of years, months and days, the last first."""
    if not depth:
        yield uri
        return
    for name in sorted(objects.folders(uri), reverse=True):
        yield from _days(objects, f"{uri}{name}", depth - 1)
