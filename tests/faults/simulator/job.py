"""The simulated Glue job: reads the manifest, pins and reads each file, stages rows and writes its result, through Objects."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from glue_etl.aws.files.objects import Objects
from glue_etl.aws.objects import split_uri
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.compaction_plan import Plan, is_compaction
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile, RunResult, Verdict
from glue_etl.core.formats import SAMPLE_BYTES
from tests.faults.simulator.compact import compact
from tests.faults.simulator.contents import is_aside
from tests.faults.simulator.glue import SimulatedRun
from tests.faults.simulator.table_job import is_table, stage_tables

OBJECT_ROWS = 2
NO_FAULT_OF_FILES = {
    "no capacity": "Resource unavailable: Glue could not start the workers",
    "can't begin": "LAUNCH ERROR | the script is not there",
}
FAILED_VERDICT = Verdict(False, 10.0, {"validity": 10.0}, reasons=("validity is 10, the gate is 50",))


class RunDied(Exception):
    """The whole run fails, as with a file that no executor survives."""


def run_job(objects: Objects, run: SimulatedRun, spoils: bool) -> None:
    """`spoils`: this release of the job dies of the files of that kind."""
    folder = f"{run.manifest.rsplit('/', 1)[0]}/{run.run_id}"
    if run.fate in NO_FAULT_OF_FILES:
        raise RunDied(NO_FAULT_OF_FILES[run.fate])
    document = objects.read_json(run.manifest)
    if is_compaction(run.manifest):
        _end(objects, run, folder, _compacted(objects, run, document))
        return
    manifest = Manifest.from_json(document)
    objects.write_json(f"{folder}/begun.json", {})
    found = stage_tables(objects, manifest, f"{manifest.staging}{run.run_id}/", _bodies(objects, manifest, run.run_id))
    found |= {
        e.batch_id: stage_file(objects, manifest, run.run_id, e, spoils)
        for e in manifest.files
        if e.batch_id not in found
    }
    results = [found[entry.batch_id] for entry in manifest.files]
    told = tuple(result for result in results if result.batch_id != run.omitted)
    _end(objects, run, folder, RunResult(manifest.claim, run.run_id, told).to_json())


def _compacted(objects: Objects, run: SimulatedRun, document: dict[str, Any]) -> dict[str, Any]:
    try:
        return compact(objects, Plan.from_json(document), run.run_id).to_json()
    except FileNotFoundError as gone:
        raise RunDied(f"{gone} is gone") from gone


def _end(objects: Objects, run: SimulatedRun, folder: str, result: dict[str, Any]) -> None:
    if run.fate == "writes no result":
        return
    objects.write_json(f"{folder}/result.json", result)
    if run.fate in ("fails at its end", "times out at its end"):
        raise RunDied(run.fate)


def _bodies(objects: Objects, manifest: Manifest, run_id: str) -> dict[str, bytes]:
    """The bytes of the run's tables, but for those whose version is gone."""
    found = {}
    for entry in filter(is_table, manifest.files):
        pinned = f"{manifest.staging}{run_id}/input/{entry.batch_id}/data"
        try:
            objects.pin(entry.file, pinned)
        except FileRejected:
            continue
        opened = objects.open(*split_uri(pinned), None, SAMPLE_BYTES)
        if opened is None:
            raise RunDied(f"{pinned} is gone")
        found[entry.batch_id] = opened.head
    return found


def stage_file(objects: Objects, manifest: Manifest, run_id: str, entry: ManifestFile, spoils: bool) -> FileResult:
    folder = f"{manifest.staging}{run_id}/"
    pinned = f"{folder}input/{entry.batch_id}/data.json"
    try:
        objects.pin(entry.file, pinned)
    except FileRejected as gone:
        return FileResult(entry.batch_id, "rejected", reasons=(gone.reason,))
    bucket, key = split_uri(pinned)
    opened = objects.open(bucket, key, None, SAMPLE_BYTES)
    if opened is None:
        raise RunDied(f"{pinned} is gone")
    rows = [json.loads(line) for line in opened.head.splitlines()]
    kind = rows[0]["kind"]
    if kind == "killer" or (kind == "spoils" and spoils):
        raise RunDied("an executor was lost")
    if kind == "corrupt":
        return FileResult(entry.batch_id, "rejected", reasons=("it ends in the middle of a row",))
    return stage_rows(objects, folder, entry, kind, [row["row"] for row in rows])


def stage_rows(objects: Objects, folder: str, entry: ManifestFile, kind: str, rows: list[str]) -> FileResult:
    good = [row for n, row in enumerate(rows) if not is_aside(kind, n)]
    aside = [row for n, row in enumerate(rows) if is_aside(kind, n)]
    day = f"{entry.partition.path}/_file={entry.batch_id}"
    pieces = [good[start : start + OBJECT_ROWS] for start in range(0, len(good), OBJECT_ROWS)]
    result = FileResult(
        batch_id=entry.batch_id,
        outcome="staged",
        rows_read=len(rows) + (kind == "miscount"),
        rows_staged=len(good),
        rows_bad=len(aside),
        objects=tuple(write_rows(objects, f"{folder}rows/{entry.dataset}/g/{day}/part-{n}.snappy.parquet", piece)
                      for n, piece in enumerate(pieces)),
        bad_rows=tuple(write_rows(objects, f"{folder}bad/{entry.dataset}/g/_file={entry.batch_id}/part-0.json", aside)
                       for _ in aside[:1]),
        verdict=Verdict(True, 100.0, {"validity": 100.0}),
    )  # fmt: skip
    return (
        replace(result, verdict=Verdict(False, 10.0, {"validity": 10.0}, reasons=("validity is 10, the gate is 50",)))
        if kind == "bad"
        else result
    )


def write_rows(objects: Objects, uri: str, rows: list[str]) -> str:
    objects.write_json(uri, rows)
    return split_uri(uri)[1]
