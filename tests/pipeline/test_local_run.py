"""`glue-etl local` as people and programs use it: what it prints, how it exits, and that nothing is left running."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from glue_etl.aws.files.ledger import Ledger
from glue_etl.core.files.model import DIMENSIONS, File
from glue_etl.core.files.states import State
from glue_etl.sample_data.generate import default_set
from glue_etl.sample_data.known import TEST_CSV
from local.deploy import deploy
from local.lambda_runtime.clients import Clients
from shipping.build import build
from tests.pipeline.running import rests
from tests.reports.reading import read

pytestmark = pytest.mark.pipeline

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900
FIELDS = [
    "key", "batch_id", "dataset", "format", "state", "rows_read", "rows_published", "rows_quarantined", "scores", "reasons",
]  # fmt: skip


def start(*arguments: object, out: Any = subprocess.PIPE, err: Any = subprocess.PIPE) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "glue_etl.cli", "local", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err, text=True, preexec_fn=_hear_ctrl_c)


def _hear_ctrl_c() -> None:
    """As in a terminal: what a build server starts in the background ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_running(pid: int) -> list[str]:
    """Processes whose command line names this session's folder."""
    marks = (f"run-{pid}", f"up-{pid}")
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(mark in line for mark in marks):
            found.append(line)
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of one name, one bad file, one corrupt one."""
    folder = tmp_path_factory.mktemp("files")
    twins = [folder / name / "test.csv" for name in ("north", "south")]
    for twin, more in zip(twins, ("", "4,C004,2023-01-04,400.00\n"), strict=True):
        twin.parent.mkdir()
        twin.write_text(TEST_CSV + more)
    return [*twins, *default_set(folder / "sample", rows=40)[-2:]]


def test_json_is_one_object_a_file_and_nothing_else(files: list[Path]):
    process = start("run", "--json", "--day", "2024-01-31", "--timeout", PATIENCE, *files)
    out, err = process.communicate(timeout=PATIENCE + 120)
    assert process.returncode == 0, err
    found = [json.loads(line) for line in out.splitlines()]
    assert [list(file) for file in found] == [FIELDS] * 4
    assert [(file["state"], file["rows_read"], file["rows_published"], file["rows_quarantined"]) for file in found] == [
        ("PUBLISHED", 3, 3, 0),
        ("PUBLISHED", 4, 4, 0),
        ("QUARANTINED", 40, 0, 40),
        ("REJECTED", 0, 0, 0),
    ]
    assert [file["key"] for file in found[:2]] == [
        "data/incoming/2024/01/31/test.csv",
        "data/incoming/2024/01/31/source-2/test.csv",
    ]
    assert all(set(DIMENSIONS) <= set(file["scores"]) for file in found[:3])
    assert not found[0]["reasons"]
    assert found[2]["reasons"]
    assert "Parquet" in found[3]["reasons"][0]
    assert "Traceback" not in err
    page = read((ROOT / err.splitlines()[-1].removeprefix("report: ")).read_text(encoding="utf-8"))
    assert "Of 4 files 2 are published, 1 is set aside and 1 could not be read." in page.words
    assert left_running(process.pid) == []
    assert not (ROOT / ".local" / f"run-{process.pid}").exists()


def test_a_busy_port_is_one_line_and_leaves_nothing(files: list[Path]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("run", "--port", taken.getsockname()[1], files[0])
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out == ""
    assert "is in use" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert left_running(process.pid) == []


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def test_up_takes_what_is_put_into_its_folder_and_ends_with_ctrl_c(tmp_path: Path):
    log, folder = tmp_path / "log", tmp_path / "drop"
    with log.open("w") as output:
        process = start("up", "--folder", folder, "--port", 0, out=output, err=output)
    try:
        wait_for(lambda: "Ctrl-C ends it" in log.read_text(), process, log)
        (folder / "test.csv").write_text(TEST_CSV)
        wait_for(lambda: "PUBLISHED" in log.read_text(), process, log)
    finally:
        end(process)
    text = log.read_text()
    assert process.returncode == 0, text
    assert "3 rows read, 3 published" in text
    assert "Traceback" not in text
    endpoint = urlsplit(text.split("runs at ")[1].split(". Put")[0])
    with socket.socket() as probe:
        assert probe.connect_ex((endpoint.hostname or "", endpoint.port or 0)) != 0
    assert left_running(process.pid) == []


def test_attach_runs_a_stack_that_was_made_over_the_api_by_other_means(tmp_path: Path):
    """What `terraform apply` against `local serve` comes to, but for the provider: boto3 makes the resources here."""
    build(tmp_path / "dist")
    served, attached = tmp_path / "served", tmp_path / "attached"
    with served.open("w") as one, attached.open("w") as other:
        server = start("serve", "--port", 0, out=one, err=one)
        try:
            wait_for(lambda: "local cloud at" in served.read_text(), server, served)
            endpoint = served.read_text().split("local cloud at ")[1].split()[0]
            clients = Clients(endpoint)
            stack = deploy(lambda service: clients.get(service, "us-east-1"), dist=tmp_path / "dist")
            runtimes = start("attach", "--endpoint", endpoint, out=other, err=other)
            try:
                ledger, key = Ledger(clients.get("dynamodb", "us-east-1"), stack.ledger.name), "data/incoming/test.csv"
                put = clients.get("s3", "us-east-1").put_object
                version = put(Bucket=stack.raw_bucket, Key=key, Body=TEST_CSV.encode())["VersionId"]
                batch_id = File(stack.raw_bucket, key, version, "", 0, "").batch_id
                wait_for(lambda: rests(ledger.get(batch_id)), runtimes, attached)
                record = ledger.get(batch_id)
            finally:
                end(runtimes)
        finally:
            end(server)
    assert record is not None
    assert (record.state, record.rows_published) == (State.PUBLISHED, 3)


def end(process: subprocess.Popen[str]) -> None:
    """As Ctrl-C does; nothing is left behind if that does not end it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=120)
    finally:
        process.kill()
