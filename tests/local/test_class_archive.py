"""The archive of Spark's classes: whether a worker's JVM really maps it, and that all works where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local import class_archive, jars
from local.glue_runtime.configuration import WorkerSetup, spark_defaults
from local.glue_runtime.pool import Worker
from local.java import java_home
from tests.faults.victims import children


@pytest.fixture
def cloud() -> WorkerSetup:
    return WorkerSetup("http://127.0.0.1:9", "us-east-1", java_home(), tuple(jars.ensure()))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the maps of a process as Linux shows them")
def test_a_workers_jvm_maps_the_archive_of_this_checkout(cloud: WorkerSetup, tmp_path: Path) -> None:
    class_archive.ensure()
    no_retries = {"spark.hadoop.fs.s3a.attempts.maximum": "1", "spark.hadoop.fs.s3a.retry.limit": "0"}
    worker = Worker(cloud, tmp_path / "worker", no_retries)
    try:
        assert "READY" in worker._events.readline()
        jvm = next(pid for pid in children(worker.pid) if b"SparkSubmit" in Path(f"/proc/{pid}/cmdline").read_bytes())
        assert str(class_archive.FOLDER) in Path(f"/proc/{jvm}/maps").read_text()
        assert "warning" not in worker.log.read_text().lower()
    finally:
        worker.end()


def test_without_an_archive_java_gets_no_option_for_it(cloud: WorkerSetup, tmp_path: Path) -> None:
    assert class_archive.options(cloud.java_home, cloud.jars, tmp_path) == ()
    assert "SharedArchiveFile" not in str(spark_defaults(WorkerSetup("", "", tmp_path, ()), tmp_path))


def test_each_java_and_each_set_of_jars_has_an_archive_of_its_own(cloud: WorkerSetup, tmp_path: Path) -> None:
    one = class_archive._paths(cloud.java_home, cloud.jars, tmp_path)
    assert one == class_archive._paths(cloud.java_home, cloud.jars, tmp_path)
    assert one != class_archive._paths(cloud.java_home, cloud.jars[1:], tmp_path)
    assert one != class_archive._paths(tmp_path, cloud.jars, tmp_path)
