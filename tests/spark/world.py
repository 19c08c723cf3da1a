"""A local folder as the object store, and builders for manifests: what a run needs beside Spark."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from glue_etl.core.datasets.contracts import with_suite
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Detection, File, FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.spark.ingest import run

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 3, 5, 12, 0, 0, tzinfo=UTC)
RUN_ID = "jr_1"


class FolderStore:
    """`raw/<key>` holds the objects; a run writes below `raw/data/staging`. Speaks file:// uris."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read_json(self, uri: str) -> Any:
        return json.loads(self._path(uri).read_text())

    def write_json(self, uri: str, document: Any) -> None:
        path = self._path(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))

    def pin(self, file: File, target_uri: str) -> None:
        source = self.folder / file.key
        if not source.exists():
            raise FileRejected("object_gone", f"{file.uri} does not exist any more")
        target = self._path(target_uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        for path in sorted(self._path(uri).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield str(path.relative_to(self.folder)), path.stat().st_size

    def _path(self, uri: str) -> Path:
        return Path(uri.removeprefix("file://"))


class World:
    """Drops files and runs the job on them: `world.drop("a.csv", b"...", columns=("id",))`, then `world.run()`."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark = spark
        self.store = FolderStore(folder)
        self.entries: list[ManifestFile] = []
        self.contracts = load_contracts()

    def drop(self, name: str, content: bytes | Path, dataset: str = "default", **detected: Any) -> str:
        key = f"data/incoming/2024/03/05/{name}"
        path = self.store.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        detection = detect(name, content, **detected)
        arrived = (NOW - timedelta(seconds=60)).isoformat()
        file = File("raw", key, f"v{len(self.entries)}", "etag", path.stat().st_size, arrived)
        self.entries.append(ManifestFile(file, dataset, detection, Partition("2024", "03", "05")))
        return file.batch_id

    def manifest(self) -> Manifest:
        staging = f"file://{self.store.folder}/data/staging/claim/"
        return Manifest("claim", "test", NOW.isoformat(), staging, tuple(self.entries), self.contracts)

    def run(self) -> RunResult:
        manifest = Manifest.from_json(json.loads(json.dumps(self.manifest().to_json())))
        result = run(self.spark, manifest, RUN_ID, self.store, NOW)
        return RunResult.from_json(json.loads(json.dumps(result.to_json())))

    def results(self) -> dict[str, FileResult]:
        return {f.batch_id: f for f in self.run().files}

    def only(self) -> FileResult:
        (result,) = self.run().files
        return result

    def rows(self, result: FileResult) -> list[dict[str, Any]]:
        return [r.asDict(recursive=True) for r in self.frame(result).collect()]

    def frame(self, result: FileResult) -> Any:
        return self.spark.read.parquet(*[f"file://{self.store.folder}/{key}" for key in result.objects])

    def bad(self, result: FileResult) -> list[dict[str, Any]]:
        lines = [(self.store.folder / key).read_text().splitlines() for key in result.bad_rows]
        return [json.loads(line) for part in lines for line in part]


def detect(name: str, content: bytes | Path, **known: Any) -> Detection:
    """What detection would say of a plain file; `known` overrules it."""
    kind = next((f for f in ("parquet", "orc", "avro", "json") if f".{f}" in name), "csv")
    guess: dict[str, Any] = {"format": kind, "json_layout": "lines" if kind == "json" else ""}
    if kind == "csv" and "columns" not in known and isinstance(content, bytes):
        header = content.decode(known.get("encoding", "utf-8-sig"), "replace").splitlines()[0]
        guess["columns"] = tuple(header.split(known.get("delimiter", ",")))
    columns = known.get("columns", guess.get("columns", ""))
    return Detection(**{"shape": repr(columns), **guess, **known})


def load_contracts() -> dict[str, Mapping[str, Any]]:
    suites = {p.stem: json.loads(p.read_text()) for p in (ROOT / "expectations").glob("*.json")}
    documents = [yaml.safe_load(p.read_text()) for p in sorted((ROOT / "datasets").glob("*.yaml"))]
    return {d["dataset"]: with_suite(d, suites, d["dataset"]) for d in documents}
