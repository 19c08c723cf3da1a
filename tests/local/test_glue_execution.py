"""How a run ends, with a worker and a server that the test plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.glue_runtime import execution
from local.glue_runtime.execution import Execution
from local.glue_runtime.pool import WorkerLost
from local.glue_runtime.run_api import TakenRun

JOB = {"Name": "ingest", "Command": {"ScriptLocation": "s3://artifacts/glue/ingest.py"}}


class FakeWorker:
    """Answers the outcomes given, one a look; an exception among them is raised. Then it is busy for ever."""

    def __init__(self, folder: Path, *outcomes: Any) -> None:
        self.folder = folder
        self.outcomes = list(outcomes)
        self.ended = False

    def give(self, order: dict[str, Any], log: Path) -> None:
        self.order = order

    def outcome(self, wait: float) -> dict[str, str] | None:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def end(self) -> None:
        self.ended = True


class FakeApi:
    """Keeps what was reported; `states` are what the server says of the run, the last one for ever."""

    def __init__(self, *states: str) -> None:
        self.states = list(states) or ["RUNNING"]
        self.reported: list[tuple[str, str | None]] = []

    def report(self, run_id: str, state: str, error: str | None = None) -> str:
        self.reported.append((state, error))
        return self.state(run_id)

    def state(self, run_id: str) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


class FakeS3:
    def download_file(self, bucket: str, key: str, target: str) -> None:
        if "missing" in key:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        Path(target).write_text("")


def end_of(worker: FakeWorker, api: FakeApi, job: dict[str, Any] = JOB, **run: Any) -> tuple[str, str | None]:
    taken = TakenRun({"Id": "jr_1", "JobName": "ingest", **run}, job)
    Execution(taken, worker, api, FakeS3(), worker.folder / "log").run()  # type: ignore[arg-type]
    assert worker.ended
    return api.reported[-1]


def test_worker_says_how_the_run_ended(tmp_path: Path) -> None:
    api = FakeApi()
    assert end_of(FakeWorker(tmp_path, None, {"state": "SUCCEEDED"}), api) == ("SUCCEEDED", None)
    assert api.reported[0] == ("RUNNING", None)


def test_run_over_its_time_is_a_timeout(tmp_path: Path) -> None:
    state, error = end_of(FakeWorker(tmp_path), FakeApi(), Timeout=0.0001)
    assert (state, error) == ("TIMEOUT", "The run took longer than its timeout of 0.0001 minutes")


def test_run_that_is_to_stop_is_stopped_and_its_worker_ended(tmp_path: Path) -> None:
    assert end_of(FakeWorker(tmp_path), FakeApi("RUNNING", "RUNNING", "STOPPING")) == ("STOPPED", None)


def test_run_that_was_stopped_while_it_started_never_runs(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path)
    assert end_of(worker, FakeApi("STOPPING")) == ("STOPPED", None)
    assert not hasattr(worker, "order")


def test_lost_worker_fails_the_run(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, WorkerLost("The executor was lost"))
    assert end_of(worker, FakeApi()) == ("FAILED", "The executor was lost")


@pytest.mark.parametrize("lacking", ["script", "package"])
def test_file_that_is_not_deployed_fails_the_run_and_is_named(tmp_path: Path, lacking: str) -> None:
    script = "s3://artifacts/missing.py" if lacking == "script" else "s3://artifacts/ingest.py"
    job = {**JOB, "Command": {"ScriptLocation": script}}
    state, error = end_of(
        FakeWorker(tmp_path), FakeApi(), job, Arguments={"--extra-py-files": "s3://artifacts/missing.zip"}
    )
    assert state == "FAILED"
    assert str(error).startswith("LAUNCH ERROR | Error downloading s3://artifacts/missing.")


def test_worker_gets_the_deployed_files_and_the_log_says_what_was_not_installed(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, {"state": "SUCCEEDED"})
    given = {"--extra-py-files": "s3://artifacts/glue_etl.zip", "--additional-python-modules": "s3://a/gx.zip"}
    end_of(worker, FakeApi(), Arguments=given)
    assert worker.order["script"] == str(tmp_path / "deployed" / "ingest.py")
    assert worker.order["py_files"] == [str(tmp_path / "deployed" / "glue_etl.zip")]
    assert "not installed: s3://a/gx.zip" in worker.order["notes"][-1]


def test_a_look_is_short_enough_for_a_person_who_stops_a_run() -> None:
    assert execution.LOOK_SECONDS <= 1
