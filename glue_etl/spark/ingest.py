"""One run: pins its inputs, groups them, stages and audits each group, and says of every file what became of it.

The order of the calls, and nothing else: what each does is in the module of its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from pyspark.sql import SparkSession

from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile, RunResult
from glue_etl.spark.groups import Group, Input, group_inputs, input_name
from glue_etl.spark.isolate import isolate
from glue_etl.spark.probe import THREADS, split_by_schema
from glue_etl.spark.stage import Run, rejected, stage_group
from glue_etl.spark.store import ObjectStore


def run(spark: SparkSession, manifest: Manifest, run_id: str, objects: ObjectStore, now: datetime) -> RunResult:
    """Does what the manifest says. Every file of it gets a result; an error that is no file's fault is raised."""
    this = Run(spark, objects, manifest.environment, f"{manifest.staging}{run_id}/", now)
    contracts = {n: parse_contract(c, f"datasets/{n}.yaml") for n, c in manifest.contracts.items()}
    inputs, results = pin_inputs(this, manifest.files)
    for number, group in enumerate(group_inputs(inputs, contracts)):
        results |= ingest_group(this, group, f"g{number}")
    return RunResult(manifest.claim, run_id, tuple(results[f.batch_id] for f in manifest.files))


def pin_inputs(this: Run, files: Sequence[ManifestFile]) -> tuple[list[Input], dict[str, FileResult]]:
    """Copies of the exact object versions: nobody can change them under the run. Files that are gone by now are rejected."""
    with ThreadPoolExecutor(THREADS) as pool:
        pinned = list(pool.map(lambda entry: _pin(this, entry), files))
    inputs = [p for p in pinned if isinstance(p, Input)]
    return inputs, {p.batch_id: p for p in pinned if isinstance(p, FileResult)}


def _pin(this: Run, entry: ManifestFile) -> Input | FileResult:
    uri = this.root + input_name(entry)
    try:
        this.objects.pin(entry.file, uri)
    except FileRejected as error:
        return rejected(entry.batch_id, error)
    return Input(entry, uri)


def ingest_group(this: Run, group: Group, name: str) -> dict[str, FileResult]:
    """Files of one dataset and format: split by their own schemas, each part staged with its broken files kept out."""
    parts, refused = split_by_schema(this.spark, group)
    results = {batch_id: rejected(batch_id, error) for batch_id, error in refused.items()}
    for number, (part, schema) in enumerate(parts):
        staged, broken = isolate(part, f"{name}-{number}", lambda g, n, s=schema: stage_group(this, g, n, s))  # type: ignore[misc]
        results |= staged | {batch_id: rejected(batch_id, error) for batch_id, error in broken.items()}
    return results
