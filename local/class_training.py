"""Which of Spark's Java classes a run needs: the job's code on a sample file, for class_archive, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark import SparkContext

from glue_etl.sample_data.generate import default_set
from local.class_archive import QUIET
from local.preview import preview


def train(base: Path, target: Path, folder: Path) -> None:
    """Run the job's code in a JVM that writes down at its end which classes it had.

    On the sample file with bad rows: it is read, written as Parquet and JSON, and audited; other formats add little.
    """
    recording = (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={target}", *QUIET)
    (bad,) = [path for path in default_set(folder / "sample") if path.name == "transactions_bad.csv"]
    preview(bad, folder / "preview", recording)
    java = SparkContext._gateway.proc  # type: ignore[union-attr]
    java.stdin.close()
    java.wait()


if __name__ == "__main__":
    train(*map(Path, sys.argv[1:]))
