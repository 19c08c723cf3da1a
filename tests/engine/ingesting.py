"""Whole files through the engine, without Spark: what a task does with its small files, and `glue-etl preview` with its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FileResult
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.results import StagedFile, rejected, results_of


def ingest_files(files: Iterable[FileToIngest], folder: Path, key_of: Callable[[Path], str]) -> dict[str, FileResult]:
    """A result for each file, by batch_id, its Parquet below `folder`/<batch_id>. A file's faults reject that file alone."""
    results: dict[str, FileResult] = {}
    staged: list[StagedFile] = []
    for file in files:
        try:
            staged.append(to_judge(file, stage(file, folder)))
        except FileRejected as error:
            results[file.origin.batch_id] = rejected(file.origin.batch_id, error)
    return results | results_of(staged, key_of)
