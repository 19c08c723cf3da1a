"""What the pipeline would make of one file, without any cloud: detection, then the Glue job's own code on a local Spark.

The file is not changed; all that is written goes below a folder that the caller gives, and takes away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyarrow.parquet import ParquetFile

from glue_etl.core.datasets.contracts import choose_dataset, load_bundle
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.arrival import partition_of
from glue_etl.core.files.model import PARTITION_COLUMNS, Detection, File, FileResult, Manifest, ManifestFile, Partition
from glue_etl.core.formats import SAMPLE_BYTES, detect
from local import jars
from local.glue_runtime.configuration import WorkerSetup, spark_defaults, write
from local.java import java_home
from shipping.build import ROOT
from shipping.contracts import compile_contracts


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of the file: `objects` are the Parquet files that would be published, or quarantined."""

    dataset: str
    detection: Detection
    partition: Partition
    result: FileResult
    objects: tuple[Path, ...]

    def columns(self) -> list[str]:
        """The table's columns, the partition's last."""
        if not self.objects:
            return []
        return [*ParquetFile(self.objects[0]).schema_arrow.names, *PARTITION_COLUMNS]

    def rows(self) -> Iterator[list[Any]]:
        """The rows as they would be published, in the order of `columns`."""
        folder = [self.partition.year, self.partition.month, self.partition.day]
        for path in self.objects:
            for batch in ParquetFile(path).iter_batches():
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield [*values, *folder]


class FolderStore:
    """The object store of a preview: the one file under preview, and a folder to write into."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._source = source
        self._folder = folder

    def pin(self, file: File, target_uri: str) -> None:
        target = _path(target_uri)
        target.parent.mkdir(parents=True)
        target.symlink_to(self._source)

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        for path in sorted(_path(uri).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self._folder).as_posix(), path.stat().st_size

    def read_json(self, uri: str) -> Any:
        raise NotImplementedError("a preview reads no documents")

    def write_json(self, uri: str, document: Any) -> None:
        raise NotImplementedError("a preview writes no documents")


def preview(path: Path, folder: Path, java_options: tuple[str, ...] = ()) -> Preview:
    """Run the job on one file, writing below `folder`. Raises FileRejected where detection refuses the file."""
    path = path.resolve()
    bundle = compile_contracts(ROOT)["datasets"]
    detection = detect_file(path)
    now = datetime.now(UTC)
    dataset = choose_dataset(f"{now:%Y/%m/%d}/{path.name}", load_bundle({"datasets": bundle}))
    file = File(
        "preview", f"data/incoming/{now:%Y/%m/%d}/{path.name}", "preview", "", path.stat().st_size, now.isoformat()
    )
    entry = ManifestFile(file, dataset, detection, partition_of(file.key, "data/incoming/", file.arrived_at))
    staging = f"file://{folder.resolve()}/"
    manifest = Manifest("preview", "preview", now.isoformat(), staging, (entry,), {dataset: bundle[dataset]})
    with _spark(folder, java_options) as spark:
        result = _run(spark, manifest, FolderStore(path, folder.resolve()), now)
    return Preview(dataset, detection, entry.partition, result, tuple(folder.resolve() / key for key in result.objects))


def detect_file(path: Path) -> Detection:
    """What detection says of a file on this machine, from its two ends."""
    size = path.stat().st_size
    with path.open("rb") as content:
        head = content.read(SAMPLE_BYTES)
        content.seek(max(0, size - SAMPLE_BYTES))
        tail = content.read(SAMPLE_BYTES)
    return detect(path.name, size, head, tail)


def _run(spark: Any, manifest: Manifest, store: FolderStore, now: datetime) -> FileResult:
    from glue_etl.spark.ingest import run

    (result,) = run(spark, manifest, "run", store, now).files
    if result.outcome == "rejected":
        code, _, reason = "; ".join(result.reasons).partition(": ")
        raise FileRejected(code, reason)
    return result


@contextmanager
def _spark(folder: Path, java_options: tuple[str, ...]) -> Iterator[Any]:
    """A session of this process alone, set up as the local cloud's workers are; it has no cloud to speak to."""
    cloud = WorkerSetup("http://127.0.0.1", "us-east-1", java_home(), tuple(jars.ensure()), java_options=java_options)
    os.environ.update(write(folder, spark_defaults(cloud, folder)))
    os.environ.update(JAVA_HOME=str(cloud.java_home), GX_ANALYTICS_ENABLED="false")
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=str(folder / "spark"))
    from pyspark.sql import SparkSession

    from glue_etl.spark.session import configure

    spark = configure(SparkSession.builder.appName("preview").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()


def _path(uri: str) -> Path:
    return Path(uri.removeprefix("file://"))
