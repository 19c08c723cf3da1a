"""Which of Spark's Java classes a run needs: the job's code on a sample file, for class_archive, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark import SparkContext

from local.class_archive import QUIET
from local.training import run_tasks


def train(base: Path, target: Path, folder: Path) -> None:
    """Run a job's tasks in a JVM that writes down at its end which classes it had."""
    recording = (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={target}", *QUIET)
    run_tasks(folder / "training", recording)
    java = SparkContext._gateway.proc  # type: ignore[union-attr]
    java.stdin.close()
    java.wait()


if __name__ == "__main__":
    train(*map(Path, sys.argv[1:]))
