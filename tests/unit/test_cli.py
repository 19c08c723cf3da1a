"""The command line without a cloud: what it refuses, and how it says so; keys; which files of a folder are complete."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from glue_etl.cli.application import application
from glue_etl.cli.failures import CommandFailed, one_line, reported
from glue_etl.cli.files import readable_files
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from local.session import Dropped, SessionFailed, incoming_keys, outcome_of
from local.watch import Folder, held
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


GlueEtl = Callable[..., Done]


@pytest.fixture
def glue_etl(capsys: pytest.CaptureFixture[str]) -> GlueEtl:
    """The command line in this process, as `glue-etl` runs it."""

    def run(*arguments: object) -> Done:
        code = reported(lambda: application([str(argument) for argument in arguments], prog_name="glue-etl"))
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "glue_etl.cli", "preview", "nothing.csv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "glue-etl: nothing.csv: no such file\n")


COMMANDS: tuple[list[str], ...] = (
    [],
    ["local"],
    ["local", "run"],
    ["local", "up"],
    ["data"],
    ["data", "generate"],
    ["preview"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(glue_etl: GlueEtl, command: list[str]):
    done = glue_etl(*command, "--help")
    assert done.code == 0
    if command and command[-1] in ("run", "up", "generate", "preview"):
        assert "Example" in done.out


@pytest.mark.parametrize("command", [["local", "run"], ["preview"]], ids=" ".join)
def test_a_file_that_is_not_there_is_one_line_and_exit_1(glue_etl: GlueEtl, command: list[str], tmp_path: Path):
    done = glue_etl(*command, tmp_path / "nothing.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"glue-etl: {tmp_path / 'nothing.csv'}: no such file\n"


def test_a_folder_is_no_file(glue_etl: GlueEtl, tmp_path: Path):
    done = glue_etl("local", "run", tmp_path)
    assert done.code == 1
    assert "is a folder" in done.err
    assert len(done.err.splitlines()) == 1


def test_wrong_use_is_exit_2(glue_etl: GlueEtl):
    assert glue_etl("local", "run", "--day", "31.1.2024").code == 2
    assert glue_etl("data", "generate", "--bad-share", "2").code == 2
    assert glue_etl("nonsense").code == 2


def test_a_state_that_there_is_not_is_told_with_those_that_there_are(glue_etl: GlueEtl):
    done = glue_etl("status", "--state", "bogus")
    assert done.code == 1
    assert done.err.startswith("glue-etl: there is no state 'bogus': WAITING, RECEIVED, RUNNING, ")


def test_where_nothing_answers_the_endpoint_and_what_to_do_are_told(
    glue_etl: GlueEtl, monkeypatch: pytest.MonkeyPatch, unused_port: int
):
    endpoint = f"http://127.0.0.1:{unused_port}"
    for name, value in (("ENDPOINT_URL", endpoint), ("DEFAULT_REGION", "us-east-1"), ("MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    done = glue_etl("status")
    assert done.code == 1
    assert f"nothing answers at {endpoint}" in done.err
    assert "glue-etl local up" in done.err


def test_output_that_cannot_be_written_is_one_line(glue_etl: GlueEtl, tmp_path: Path):
    (tmp_path / "taken").write_text("")
    done = glue_etl("data", "generate", "--output", tmp_path / "taken", "--rows", "1")
    assert done.code == 1
    assert done.err == f"glue-etl: {tmp_path / 'taken'}: File exists\n"


def test_generate_names_what_it_wrote(glue_etl: GlueEtl, tmp_path: Path):
    done = glue_etl("data", "generate", "--rows", "3", "--files", "2", "--format", "csv", "--output", tmp_path)
    assert done.out.splitlines() == [str(tmp_path / "transactions_001.csv"), str(tmp_path / "transactions_002.csv")]
    assert len((tmp_path / "transactions_001.csv").read_text().splitlines()) == 4


def test_a_file_named_twice_is_taken_once(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    assert readable_files([tmp_path / "a.csv", tmp_path / "." / "a.csv"]) == [tmp_path / "a.csv"]


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CommandFailed("a\nb"), 1, "a b"),
        (FileRejected("not_parquet", "no footer"), 1, "rejected (not_parquet): no footer"),
        (OSError(28, "No space left on device", "out.csv"), 1, "out.csv: No space left on device"),
    ],
)
def test_errors_become_one_line(error: Exception, code: int, line: str, capsys: pytest.CaptureFixture[str]):
    def command() -> None:
        raise error

    assert reported(command) == code
    assert capsys.readouterr().err == f"glue-etl: {line}\n"
    assert one_line(error) == line


def test_a_mistake_of_ours_is_not_hidden():
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        reported(command)


def test_equal_names_from_two_folders_get_two_keys():
    paths = [Path("a/test.csv"), Path("b/test.csv"), Path("b/other.csv")]
    assert incoming_keys(paths, "data/incoming/", date(2024, 1, 31)) == [
        "data/incoming/2024/01/31/test.csv",
        "data/incoming/2024/01/31/source-2/test.csv",
        "data/incoming/2024/01/31/other.csv",
    ]


def test_a_file_is_complete_when_it_has_stopped_growing(tmp_path: Path):
    folder = Folder(tmp_path)
    growing = tmp_path / "sales.csv"
    growing.write_text("id\n")
    assert folder.complete() == []
    growing.write_text("id\n1\n")
    assert folder.complete() == []
    assert folder.complete() == [growing]
    assert folder.complete() == []


def test_a_changed_file_is_taken_again_and_hidden_ones_never(tmp_path: Path):
    folder = Folder(tmp_path)
    file = tmp_path / "shop" / "sales.csv"
    file.parent.mkdir()
    file.write_text("id\n1\n")
    (tmp_path / ".sales.csv.part").write_text("half")
    assert [folder.complete(), folder.complete()] == [[], [file]]
    file.write_text("id\n1\n2\n")
    assert [folder.complete(), folder.complete()] == [[], [file]]
    assert folder.key(file, "data/incoming/").startswith("data/incoming/shop/20")


def record(state: State, parked: bool = False) -> Record:
    return Record(File("raw", "k", "v", "", 1, ""), state, parked=parked, scores={"validity": 90.0}, overall=91.0)


def test_an_outcome_knows_when_its_file_rests():
    dropped = Dropped(Path("k"), "k", "id")
    assert not outcome_of(dropped, None).final
    assert not outcome_of(dropped, record(State.FAILED)).final
    assert outcome_of(dropped, record(State.FAILED, parked=True)).final
    assert not outcome_of(dropped, record(State.FAILED, parked=True)).rests_well
    assert all(outcome_of(dropped, record(s)).rests_well for s in (State.PUBLISHED, State.QUARANTINED, State.REJECTED))


def test_the_json_of_an_outcome_has_the_promised_fields():
    found = outcome_of(Dropped(Path("k"), "k", "id"), record(State.PUBLISHED)).as_json()
    assert list(found) == [
        "key", "batch_id", "dataset", "format", "state", "rows_read", "rows_published", "rows_quarantined", "scores", "reasons",
    ]  # fmt: skip
    assert found["scores"] == {"validity": 90.0, "overall": 91.0}


def test_quarantine_lists_files_of_datasets_without_a_contract_too(glue_etl: GlueEtl, monkeypatch: pytest.MonkeyPatch):
    there = replace(record(State.QUARANTINED), dataset="sales")
    ledger = MemoryLedger(there)
    ledger.update_schema(Schema("sales"), lambda now: now)
    found = SimpleNamespace(services=services_on(ledger, MemoryObjects()), ledger=ledger)
    monkeypatch.setattr("glue_etl.cli.quarantine.deployment", lambda *names: found)
    monkeypatch.setattr("glue_etl.cli.quarantine._poison", lambda *asked: [])
    [line] = glue_etl("quarantine", "list", "--json").out.splitlines()
    assert json.loads(line)["batch_id"] == there.batch_id


@pytest.mark.parametrize(
    "group", ["", "contract", "data", "dataset", "dlq", "local", "quarantine", "report", "source", "transform"]
)
def test_a_list_of_commands_has_whole_lines_at_80_columns(
    group: str, glue_etl: GlueEtl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = glue_etl(*filter(None, [group]), "--help").out.partition("Commands:")[2].splitlines()
    assert [line for line in listed if line.endswith("...") or len(line) > 80] == []
    assert len(listed) > 1


def test_two_local_clouds_do_not_share_a_folder(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(SessionFailed, match=r"--folder .*-2 --port 0"), held(tmp_path):
        raise AssertionError("both would take what is dropped")
    with held(tmp_path):
        assert list(tmp_path.iterdir()) == [], "the lock leaves nothing behind, and ends with its holder"
