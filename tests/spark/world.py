"""A local folder as the object store, and builders for manifests: what a run needs beside Spark."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from glue_etl.core.datasets.contracts import with_suite
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Detection, File, FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.engine.model import ByteSource
from glue_etl.engine.sources import LocalFile
from glue_etl.spark.ingest import run

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 3, 5, 12, 0, 0, tzinfo=UTC)
RUN_ID = "jr_1"


@dataclass(frozen=True)
class FolderStore:
    """`raw/<key>` holds the objects of bucket `raw`; a run writes below `raw/data/staging`. It travels to the tasks."""

    folder: Path

    def open(self, file: File) -> ByteSource:
        return Version(self.folder / file.bucket / file.key, file)

    def stored(self, uri: str) -> ByteSource:
        return LocalFile(self._path(uri))

    def put(self, path: Path, uri: str) -> None:
        target = self._path(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def get(self, uri: str, path: Path) -> None:
        shutil.copyfile(self._path(uri), path)

    def path(self, key: str) -> Path:
        return self.folder / "raw" / key

    def _path(self, uri: str) -> Path:
        return self.folder / uri.removeprefix("s3://")


@dataclass(frozen=True)
class Version:
    """A ByteSource that is gone where its file is."""

    path: Path
    file: File

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.file.size

    def read(self, offset: int, length: int) -> bytes:
        if not self.path.exists():
            raise FileRejected("object_gone", f"{self.file.uri} does not exist any more")
        return LocalFile(self.path).read(offset, length)


class World:
    """Drops files and runs the job on them: `world.drop("a.csv", b"...")`, then `world.run()`."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark = spark
        self.store = FolderStore(folder)
        self.entries: list[ManifestFile] = []
        self.contracts = load_contracts()
        self.schemas: dict[str, Mapping[str, Any]] = {}
        self.pasts: dict[str, Any] = {}
        self.published: dict[str, list[str]] = {}

    def drop(self, name: str, content: bytes | Path, dataset: str = "default") -> str:
        key = f"data/incoming/2024/03/05/{name}"
        path = self.store.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        arrived = (NOW - timedelta(seconds=60)).isoformat()
        file = File("raw", key, f"v{len(self.entries)}", "etag", path.stat().st_size, arrived)
        self.entries.append(ManifestFile(file, dataset, detect(name), Partition("2024", "03", "05")))
        return file.batch_id

    def manifest(self) -> Manifest:
        return Manifest(
            "claim", "test", NOW.isoformat(), "s3://raw/data/staging/claim/", tuple(self.entries), self.contracts,
            self.schemas, self.pasts, self.published,
        )  # fmt: skip

    def run(self, **options: Any) -> RunResult:
        manifest = Manifest.from_json(json.loads(json.dumps(self.manifest().to_json())))
        result = run(self.spark, manifest, RUN_ID, self.store, NOW, **options)
        return RunResult.from_json(json.loads(json.dumps(result.to_json())))

    def results(self, **options: Any) -> dict[str, FileResult]:
        return {f.batch_id: f for f in self.run(**options).files}

    def only(self) -> FileResult:
        (result,) = self.run().files
        return result

    def rows(self, result: FileResult) -> list[dict[str, Any]]:
        """The staged rows as Spark reads them; of several objects in any order."""
        return [r.asDict(recursive=True) for r in self.frame(result).collect()]

    def frame(self, result: FileResult) -> Any:
        return self.spark.read.parquet(*[str(self.store.path(key)) for key in result.objects])

    def in_order(self, result: FileResult) -> list[dict[str, Any]]:
        return [row for key in result.objects for row in pq.read_table(self.store.path(key)).to_pylist()]

    def bad(self, result: FileResult) -> list[dict[str, Any]]:
        return [row for key in result.bad_rows for row in pq.read_table(self.store.path(key)).to_pylist()]


def detect(name: str) -> Detection:
    """What a file's name promises; the job looks for itself."""
    return Detection(next((f for f in ("parquet", "orc", "avro", "json") if f".{f}" in name), "csv"))


def load_contracts() -> dict[str, Mapping[str, Any]]:
    suites = {p.stem: json.loads(p.read_text()) for p in (ROOT / "expectations").glob("*.json")}
    documents = [yaml.safe_load(p.read_text()) for p in sorted((ROOT / "datasets").glob("*.yaml"))]
    return {d["dataset"]: with_suite(d, suites, d["dataset"]) for d in documents}
