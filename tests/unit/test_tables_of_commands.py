"""What commands print fits 80 columns, whatever keys and reasons hold; --json has all of it. Doctor tells of failed files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.cli.tables import WIDTH, shortened, show_list, show_records, show_rows
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from glue_etl.core.operating.diagnosis import Facts, Work, diagnose

KEY = "data/incoming/2026/11/25/" + "a_very_long_name_" * 50 + "\x1b[31m\n.csv"
LONG = ("word " * 40 + "x" * 500 + "\x1b[2J\u202e")[:600]
RECORD = Record(
    File("raw", KEY, "v" * 100, "e", 1, "2026-11-25T00:00:00+00:00"), State.FAILED, dataset="d" * 60, overall=12.5,
    reasons=(LONG, "no"), updated_at="2026-11-25T00:00:00.123456+00:00",
)  # fmt: skip
WELL = Facts(
    incoming_prefix="in/", versioned=True, notification_prefixes=("in/",), mappings={}, rule_state="ENABLED",
    unknown_files=0, work=Work(queues={}, open_files={}, newest={}, oldest={}, failed_streams={}),
)  # fmt: skip


def _with(**changes: Any) -> Facts:
    return replace(WELL, work=replace(WELL.work, **changes))


def test_everything_fits_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_records("Files", [RECORD, replace(RECORD, parked=True)])
    show_rows("Findings", ("problem", "what to do"), [(LONG, LONG)])
    show_list("Landed:", [KEY, LONG])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "\x1b" not in out
    assert "PARKED, dataset" in out


def test_without_rows_it_says_none(capsys: pytest.CaptureFixture[str]) -> None:
    show_records("Files", [])
    show_rows("Queues", ("queue",), [])
    show_list("Landed:", [])
    assert capsys.readouterr().out == "Files: none\nQueues: none\n"


@given(st.text(), st.integers(4, 80))
def test_a_shortened_key_keeps_its_ends(key: str, width: int) -> None:
    short = shortened(key, width)
    assert len(short) <= width
    if key.isascii() and key.isprintable():
        assert key.startswith(short.partition("\u2026")[0])
        assert key.endswith(short.rpartition("\u2026")[2])


@pytest.mark.parametrize(("state", "words"), [("FAILED", "will be tried again"), ("PARKED", "FAILED for good")])
def test_doctor_tells_of_failed_files_with_the_latest_and_its_reason(state: str, words: str) -> None:
    assert diagnose(WELL) == ()
    [finding] = diagnose(_with(open_files={state: 3}, newest={state: ("a/b.csv", "FAILED: out of memory")}))
    assert finding.problem.startswith("3 files FAILED")
    assert words in finding.problem
    assert finding.problem.endswith("the latest, a/b.csv: FAILED: out of memory")
    assert f"--state {state}" in finding.remedy


def test_doctor_tells_that_runs_are_stopped_and_when_the_next_probe_is_due() -> None:
    opened = Circuit(failures=3, systemic=3, reason="FAILED: LAUNCH ERROR", since="12:00", until="12:05")
    [finding] = diagnose(_with(circuit=opened))
    assert "no runs are started since 12:00: 3 failed" in finding.problem and "LAUNCH ERROR" in finding.problem
    assert "next probe is due at 12:05" in finding.remedy


def test_doctor_tells_waiting_from_stuck() -> None:
    [finding] = diagnose(_with(open_files={"WAITING": 12}, oldest={"WAITING": 7200.0}))
    assert finding.problem == "12 files wait for a run, the first for 2.0 hours"
    assert "glue_max_concurrent_runs" in finding.remedy
    assert diagnose(_with(open_files={"WAITING": 12}, oldest={"WAITING": 600.0})) == ()
