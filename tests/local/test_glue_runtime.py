"""Real job runs: scripts in S3, executed with Spark by the runtime of a local cloud. All are started at once."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.local.cloud_builders import eventually, role

pytestmark = pytest.mark.spark

PATIENCE_SECONDS = 240  # a slow machine under load; quiet ones need a tenth

GOOD = """
import json, sys
import boto3
from pyspark.sql import SparkSession
import deployed_package
try:
    import local
    checkout = True
except ImportError:
    checkout = False
spark = SparkSession.builder.appName("good").getOrCreate()
def process(_):
    import os, sys
    ours = sorted(name for name in sys.modules if name.split(".")[0] in ("glue_etl", "local"))
    return [os.getppid(), "great_expectations.expectations.core" in sys.modules, ours]
frame = spark.createDataFrame([(1, "a"), (2, "b")], "id int, name string")
frame.write.partitionBy("name").parquet("s3://glue-tests/rows/")
seen = {
    "argv": sys.argv, "package": deployed_package.NAME, "checkout": checkout,
    "rows": spark.read.parquet("s3a://glue-tests/rows/").count(),
    "setting": spark.conf.get("spark.sql.shuffle.partitions"), "zone": spark.conf.get("spark.sql.session.timeZone"),
    "on_executor": spark.sparkContext.parallelize([0]).map(lambda _: __import__("deployed_package").NAME).collect(),
    "processes": spark.sparkContext.parallelize(range(4), 4).map(process).collect(),
}
boto3.client("s3").put_object(Bucket="glue-tests", Key="seen.json", Body=json.dumps(seen))
sys.exit()
"""
BAD = """
print("about to fail")
raise ValueError("row 7 is not a row")
"""
ENDLESS = """
import os, sys, time
import boto3
boto3.client("s3").put_object(Bucket="glue-tests", Key=f"pid-of-{sys.argv[-1]}", Body=str(os.getpid()))
time.sleep(600)
"""
SCRIPTS = {"good": GOOD, "bad": BAD, "stopped": ENDLESS, "killed": ENDLESS}


def package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("deployed_package/__init__.py", "NAME = 'deployed'")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(state_dir=tmp_path_factory.mktemp("glue"), only="glue") as cloud:
        yield cloud


@pytest.fixture(scope="module")
def runs(cloud: LocalCloud) -> dict[str, str]:
    """Run ids by the script's name."""
    s3, glue = cloud.client("s3"), cloud.client("glue")
    s3.create_bucket(Bucket="glue-tests")
    s3.put_object(Bucket="glue-tests", Key="package.zip", Body=package())
    started = {}
    for name, script in SCRIPTS.items():
        s3.put_object(Bucket="glue-tests", Key=f"{name}.py", Body=script.encode())
        glue.create_job(
            Name=name,
            Role=role(cloud),
            Command={"Name": "glueetl", "ScriptLocation": f"s3://glue-tests/{name}.py", "PythonVersion": "3"},
            DefaultArguments={"--environment": "dev", "--extra-py-files": "s3://glue-tests/package.zip"},
        )
        started[name] = glue.start_job_run(JobName=name, Arguments={"--manifest": "s3://m"})["JobRunId"]
    return started


def run_of(cloud: LocalCloud, runs: dict[str, str], name: str) -> dict[str, Any]:
    return dict(cloud.client("glue").get_job_run(JobName=name, RunId=runs[name])["JobRun"])


def ended(cloud: LocalCloud, runs: dict[str, str], name: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = run_of(cloud, runs, name)
        return run if run["JobRunState"] in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT") else None

    return dict(eventually(look, PATIENCE_SECONDS))


def pid_of(cloud: LocalCloud, run_id: str) -> int:
    """Of the worker that runs ENDLESS; it is there once the script runs."""
    s3 = cloud.client("s3")

    def look() -> int | None:
        listing = s3.list_objects_v2(Bucket="glue-tests", Prefix=f"pid-of-{run_id}").get("Contents")
        return int(s3.get_object(Bucket="glue-tests", Key=listing[0]["Key"])["Body"].read()) if listing else None

    return int(eventually(look, PATIENCE_SECONDS))


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def log_of(cloud: LocalCloud, run_id: str) -> str:
    return (cloud._state / "logs" / "glue" / f"{run_id}.log").read_text()


def test_script_that_ends_well_has_succeeded_with_the_deployed_package(cloud: LocalCloud, runs: dict[str, str]) -> None:
    run = ended(cloud, runs, "good")
    assert run["JobRunState"] == "SUCCEEDED", log_of(cloud, runs["good"])
    seen = json.loads(cloud.client("s3").get_object(Bucket="glue-tests", Key="seen.json")["Body"].read())
    assert Path(seen["argv"].pop(0)).name == "good.py"
    assert seen["argv"] == [
        *("--environment", "dev", "--extra-py-files", "s3://glue-tests/package.zip", "--manifest", "s3://m"),
        *("--JOB_NAME", "good", "--JOB_RUN_ID", runs["good"]),
    ]
    assert (seen["package"], seen["on_executor"]) == ("deployed", ["deployed"])
    assert not seen["checkout"]
    assert (seen["rows"], seen["setting"], seen["zone"]) == (2, "4", "UTC")


def test_tasks_run_in_forks_of_one_process_that_has_imported_the_libraries_and_nothing_of_ours(
    cloud: LocalCloud, runs: dict[str, str]
) -> None:
    assert ended(cloud, runs, "good")["JobRunState"] == "SUCCEEDED", log_of(cloud, runs["good"])
    seen = json.loads(cloud.client("s3").get_object(Bucket="glue-tests", Key="seen.json")["Body"].read())
    [(_, prepared, ours)] = {(parent, prepared, tuple(ours)) for parent, prepared, ours in seen["processes"]}
    assert prepared
    assert ours == ()
    assert "has prepared itself" not in log_of(cloud, runs["good"])


def test_exception_fails_the_run_with_its_type_and_message(cloud: LocalCloud, runs: dict[str, str]) -> None:
    run = ended(cloud, runs, "bad")
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: row 7 is not a row")
    log = log_of(cloud, runs["bad"])
    assert "about to fail" in log and "Traceback" in log


def test_stopped_run_ends_stopped_and_its_process_is_gone(cloud: LocalCloud, runs: dict[str, str]) -> None:
    pid = pid_of(cloud, runs["stopped"])
    cloud.client("glue").batch_stop_job_run(JobName="stopped", JobRunIds=[runs["stopped"]])
    assert ended(cloud, runs, "stopped")["JobRunState"] == "STOPPED"
    assert gone(pid)


def test_killed_worker_fails_the_run_and_the_message_says_so(cloud: LocalCloud, runs: dict[str, str]) -> None:
    os.kill(pid_of(cloud, runs["killed"]), signal.SIGKILL)
    run = ended(cloud, runs, "killed")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("The executor was lost: its process was killed by SIGKILL")


def test_killed_runtimes_leave_no_process_and_no_file_behind(cloud: LocalCloud, runs: dict[str, str]) -> None:
    """Last: it takes the cloud's runtimes down. Spare workers and their JVMs name their folder on the command line."""
    workers = cloud._state / "glue" / "workers"
    eventually(lambda: list(workers.glob("*/conf")), PATIENCE_SECONDS)
    time.sleep(2)  # the spare is starting now
    cloud.kill_runtimes()
    eventually(lambda: not processes_below(workers))


def processes_below(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                found.append(int(process.name))
        except OSError:
            continue
    return found
