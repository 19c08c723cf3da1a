"""What the simulated job does with files of tables: the engine itself reads, fits and writes them; rows are kept as JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from glue_etl.aws.files.objects import Objects
from glue_etl.aws.objects import split_uri
from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.datasets.evolution import unlike_the_others
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, FileResult, Manifest, ManifestFile, Verdict
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.results import written
from glue_etl.engine.sources import InMemory
from tests.faults.simulator.tables import FOLDER

NOW = datetime(2030, 1, 5, tzinfo=UTC)
_ENGINE = ThreadPoolExecutor(1)
"""The engine keeps a process for each thread that reads Parquet; each job of the simulator is a thread."""
PASSED = Verdict(True, 100.0, {"validity": 100.0})


def is_table(entry: ManifestFile) -> bool:
    return entry.file.key.startswith(FOLDER)


def stage_tables(
    objects: Objects, manifest: Manifest, folder: str, bodies: Mapping[str, bytes]
) -> dict[str, FileResult]:
    """The results of a run's tables, by batch_id: those that disagree with the others are staged a second time."""
    entries = {entry.batch_id: entry for entry in manifest.files if entry.batch_id in bodies}
    schemas = {name: Schema.from_json(document) for name, document in manifest.schemas.items()}

    def staged(batch_id: str, schema: Schema) -> FileResult:
        entry = entries[batch_id]
        contract = parse_contract(manifest.contracts[entry.dataset], "simulated")
        origin = Origin(entry.file.uri, batch_id, entry.detection.format, "sim", NOW)
        source = InMemory(entry.file.key.rsplit("/", 1)[-1], bodies[batch_id])
        file = FileToIngest(source, contract, origin, entry.partition, 0.0, schema)
        document, told = _ENGINE.submit(_staged, file).result()
        uri = f"{folder}rows/{entry.dataset}/{batch_id}/part-0"
        objects.write_json(uri, document)
        told |= {"object_rows": (len(document["rows"]),), "object_bytes": (len(str(document)),)}
        return FileResult(batch_id, "staged", objects=(split_uri(uri)[1],), verdict=PASSED, **told)

    results = {batch_id: staged(batch_id, schemas[entry.dataset]) for batch_id, entry in entries.items()}
    alone = {**manifest.to_json(), "files": [f for f in manifest.to_json()["files"] if _id(f) in results]}
    for batch_id, schema in unlike_the_others(Manifest.from_json(alone), results).items():
        results[batch_id] = staged(batch_id, schema)
    return results


def _id(document: Any) -> str:
    return ManifestFile.from_json(document).batch_id


def _staged(file: FileToIngest) -> tuple[dict[str, Any], dict[str, Any]]:
    """The file's rows as a document, and what its result says of them."""
    with tempfile.TemporaryDirectory() as folder:
        done = to_judge(file, stage(file, Path(folder)))
        told = written(done)
        rows = [row for piece in done.pieces if piece.rows for row in pq.read_table(piece.rows).to_pylist()]
    own = [{name: value for name, value in row.items() if name not in ENRICHMENT_COLUMNS} for row in rows]
    read = done.total(lambda piece: piece.read)
    counts = {"rows_read": read, "rows_staged": len(rows), "rows_bad": read - len(rows)}
    return {"columns": told["columns"], "rows": own}, told | counts
