"""Notices: within the limits of SNS, and readable without the code."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.files.notices import FILES_TOLD, rejection_notice, run_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State
from glue_etl.core.messages import BODY_BYTES, SUBJECT_CHARACTERS, body, subject

any_text = st.text(st.characters())  # lone surrogates too


def outcome(number: int = 0, state: State = State.PUBLISHED, **changes) -> FileOutcome:
    told = {
        "key": f"data/incoming/2024/01/31/sales_{number:04}.csv",
        "batch_id": f"id-{number}",
        "dataset": "sales",
        "format": "csv",
        "rows_read": 10,
        "rows_published": 10 if state == State.PUBLISHED else 0,
        "rows_quarantined": 10 if state == State.QUARANTINED else 0,
        **changes,
    }
    return FileOutcome(state=state, **told)


def assert_sns_takes(line: str) -> None:
    assert 1 <= len(line) <= SUBJECT_CHARACTERS
    assert line.isascii()
    assert line.isprintable()
    assert line[0] != " "


@given(any_text | st.text(st.characters(), min_size=90, max_size=300))
def test_any_text_makes_a_subject(text):
    assert_sns_takes(subject(text))


@given(st.text("abc XYZ019.,:-", min_size=1, max_size=SUBJECT_CHARACTERS))
def test_a_subject_that_sns_takes_stays_as_it_is(text):
    clean = " ".join(text.split())
    assert subject(text) == (clean or "glue-etl-pipeline")


def test_a_subject_is_cut_at_a_hundred_characters_and_says_so():
    assert subject("x" * 100) == "x" * 100
    assert subject("x" * 101) == "x" * 97 + "..."


def test_accents_lose_their_marks_and_line_breaks_become_spaces():
    assert subject("\n Über\r\nstraße\t№ 1 \x00") == "Uber stra?e No 1"


@given(any_text)
def test_a_short_message_stays_as_it_is(text):
    sound = text.encode("utf-8", "replace").decode()
    assert body(text) == (sound or "(no text)")


@given(st.sampled_from(["x", "é", "€", "😀", "a€"]), st.integers(BODY_BYTES - 8, BODY_BYTES + 8), st.integers(0, 3))
@settings(max_examples=30)
def test_a_long_message_is_cut_between_characters(character, length, shift):
    text = "." * shift + character * (length // len(character.encode()))
    cut = body(text)
    assert len(cut.encode()) <= BODY_BYTES
    if len(text.encode()) > BODY_BYTES:
        kept, note = cut.rsplit("\n", 1)
        assert text.startswith(kept)
        assert len(cut.encode()) > BODY_BYTES - 4
        assert "Cut here" in note
    else:
        assert cut == text


def test_a_notice_tells_each_file_with_its_reasons_and_what_to_do():
    bad = outcome(
        1,
        State.QUARANTINED,
        scores={"completeness": 62.5, "validity": 100.0},
        overall=81.25,
        reasons=("completeness 62.5 is below the gate of 90",),
        location="s3://quarantine/sales/id-1/",
    )
    notice = run_notice("dev", "etl-dev-ingest", "jr_1", "SUCCEEDED", [outcome(0), bad])
    assert notice.subject == "[dev] SUCCEEDED: 1 QUARANTINED, 1 PUBLISHED (etl-dev-ingest)"
    for told in (
        "Run jr_1 of etl-dev-ingest in dev ended SUCCEEDED: 1 QUARANTINED, 1 PUBLISHED.",
        "Rows: 20 read, 10 published, 10 quarantined.",
        "data/incoming/2024/01/31/sales_0001.csv",
        "dataset sales, format csv, batch_id id-1",
        "rows: 10 read, 0 published, 10 quarantined",
        "score: 81.2 of 100 (completeness 62.5, validity 100.0)",
        "- completeness 62.5 is below the gate of 90",
        "location: s3://quarantine/sales/id-1/",
        "upload it again",
    ):
        assert told in notice.body


def test_failures_are_told_first():
    states = [State.PUBLISHED, State.SUPERSEDED, State.QUARANTINED, State.REJECTED, State.FAILED]
    text = run_notice("dev", "job", "jr_1", "SUCCEEDED", [outcome(n, s) for n, s in enumerate(states)]).body
    places = [text.index(f"== {state} ==") for state in reversed(states)]
    assert places == sorted(places)


def test_a_published_file_with_warnings_is_told_before_those_without():
    outcomes = [outcome(n, reasons=("12 dates lie in the future",) if n == 150 else ()) for n in range(200)]
    assert "12 dates" in run_notice("dev", "job", "jr_1", "SUCCEEDED", outcomes).body


def test_a_run_of_a_thousand_files_is_a_summary_with_the_failures():
    outcomes = [outcome(n, State.FAILED if n == 999 else State.PUBLISHED) for n in range(1000)]
    notice = run_notice("prod", "job", "jr_1", "SUCCEEDED", outcomes)
    assert "1 FAILED, 999 PUBLISHED" in notice.body
    assert "sales_0999.csv" in notice.body
    assert notice.body.count("sales_") == FILES_TOLD
    assert "900 more files" in notice.body


def test_a_failed_run_says_what_glue_said():
    assert "Glue says: out of memory" in run_notice("dev", "job", "jr_1", "FAILED", [], "out of memory").body
    assert run_notice("dev", "job", "jr_1", "FAILED", []).subject == "[dev] FAILED: no files (job)"


def test_a_rejection_says_why_and_what_to_do():
    rejected = outcome(0, State.REJECTED, format="", dataset="", reasons=("The file is a zip archive.",), rows_read=0)
    notice = rejection_notice("dev", [rejected])
    assert notice.subject == "[dev] REJECTED: sales_0000.csv"
    assert "The file is a zip archive." in notice.body
    assert "Correct the file" in notice.body
    assert "format (unknown)" in notice.body


@given(st.lists(any_text, max_size=3), st.lists(any_text, max_size=30), st.sampled_from(State))
def test_any_words_make_a_notice_that_sns_takes(keys, reasons, state):
    outcomes = [outcome(0, state, key=key, reasons=tuple(reason * 500 for reason in reasons)) for key in keys]
    notice = run_notice("dév\n", "job", "jr_1", "SUCCEEDED", outcomes)
    assert_sns_takes(notice.subject)
    assert len(notice.body.encode()) <= BODY_BYTES
