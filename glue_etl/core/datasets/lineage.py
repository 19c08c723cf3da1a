"""An ingest run that has ended, as lineage tells of it: which object versions it read, which datasets have their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.files.states import State

FILE = "lineage.jsonl"
"""Events of a run, one a line, beside its result.json."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of the run, what the run made of it (None: no word), and how finalize left it."""

    entry: ManifestFile
    result: FileResult | None
    state: State
    rows_published: int


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run, by dataset: its files, its table's columns with their Spark SQL types, its suite. Times are ISO 8601, UTC.

    `reason` says why the run failed, "" where it did not.
    """

    environment: str
    curated: str
    run_id: str
    started_at: str
    ended_at: str
    reason: str
    files: Mapping[str, Sequence[ReadFile]]
    columns: Mapping[str, Mapping[str, str]]
    suites: Mapping[str, Sequence[Expectation]]
