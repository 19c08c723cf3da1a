"""Reasons: one sentence, bounded in length and number, without text of rows unless it is wanted; keys that can't forge lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.ledger_items import record_item
from glue_etl.core.files import ledger
from glue_etl.core.files.kept_names import KEY_BYTES, kept_key
from glue_etl.core.files.ledger import HISTORY_LIMIT, Owner, Record, Stamp
from glue_etl.core.files.model import Detection, File, FileResult, ManifestFile, Partition, Verdict
from glue_etl.core.files.notices import rejection_notice
from glue_etl.core.files.states import State
from glue_etl.core.messages import escaped, one_line
from glue_etl.core.reasons import (
    REASON_CHARACTERS,
    REASONS_KEPT,
    bounded,
    error_text,
    row_text,
    sentence,
    shown,
    stored,
)
from glue_etl.steps.files.attempt import Attempt
from tests.unit.in_memory import SETTINGS, MemoryLedger, MemoryObjects, services_on
from tests.unit.test_messages import outcome

DYNAMODB_ITEM = 400 * 1024
"""Largest item, names and values ("Quotas", Amazon DynamoDB Developer Guide)."""
JAVA = """An error occurred while calling o123.copyFile.
: java.nio.file.AccessDeniedException: s3a://raw/data/x: copyFile(a, b)
\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:255)
\tat org.apache.hadoop.fs.s3a.Invoker.once(Invoker.java:124)
Caused by: com.amazonaws.AmazonS3Exception: HTTPS must be used when sending customer encryption keys (SSE-C) to S3
\tat com.amazonaws.http.AmazonHttpClient.handle(AmazonHttpClient.java:1)
\t... 24 more
"""
FILE = File("raw", "data/incoming/a.json", "v1", "e", 10, "2024-03-05T11:00:00+00:00")
ENTRY = ManifestFile(FILE, "default", Detection("json"), Partition("2024", "03", "05"))
OWNER = Owner("claim", "jr_1")


def running(**changes: Any) -> Record:
    return replace(Record(FILE, State.RUNNING, "claim", "jr_1"), **changes)


def test_a_stack_is_told_by_its_deepest_cause():
    assert sentence(JAVA) == (
        "com.amazonaws.AmazonS3Exception: HTTPS must be used when sending customer encryption keys (SSE-C) to S3"
    )
    assert sentence("ValueError: no\n  at f(x.py:1)\n") == "ValueError: no"
    assert sentence("\n\n") == ""
    traceback = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise E(x)\nValueError: too wide\n'
    )
    assert sentence(f"it failed: {traceback}") == sentence(traceback + traceback) == "ValueError: too wide"


@given(st.text(st.characters()))
def test_any_text_makes_a_bounded_reason_of_one_line(text: str):
    reason = bounded(text, "the log of run jr_1")
    assert len(reason) <= REASON_CHARACTERS
    assert len(reason.splitlines()) <= 1


@given(st.lists(st.text(st.characters(), min_size=1, max_size=500), max_size=60))
def test_stored_reasons_are_few_and_storing_them_again_changes_nothing(reasons: list[str]):
    kept = stored(reasons, "the log of run jr_1")
    assert len(kept) <= REASONS_KEPT + 1
    assert stored(kept, "elsewhere") == kept
    if len(reasons) > REASONS_KEPT + 1:
        assert kept[-1] == f"and {len(reasons) - REASONS_KEPT} more: see the log of run jr_1"


def test_a_long_reason_keeps_its_beginning_and_its_end():
    reason = bounded("what happened " + "x" * 1000 + " correct it", "the log of run jr_1")
    assert reason.startswith("what happened")
    assert reason.endswith("correct it (see the log of run jr_1)")


def test_a_files_record_stays_below_what_dynamodb_stores():
    wide = "\U0001f600" * 1500
    warnings = tuple(f"column {wide}{n} is not in the contract" for n in range(150))
    key = "\u00e9" * 512
    memory = MemoryLedger(running(file=replace(FILE, key=key)))
    services = services_on(memory, MemoryObjects())
    entry = replace(ENTRY, file=replace(FILE, key=key))
    verdict = Verdict(True, 100.0, {"completeness": 100.0}, reasons=warnings)
    record = Attempt(services, entry, OWNER).settle(
        FileResult(entry.batch_id, "staged", 1, 1, 0, ("o",), reasons=warnings, verdict=verdict)
    )
    assert record.state is State.PUBLISHED
    assert record.reasons[-1] == f"and {300 - REASONS_KEPT} more: see data/runs/claim/jr_1/result.json"
    stamp = Stamp("2024-03-05T12:00:00+00:00", "operator somebody", "; ".join(warnings))
    for _ in range(HISTORY_LIMIT):
        record = ledger.requeue(replace(record, state=State.QUARANTINED), stamp, waived="operator somebody")
    assert len(record.history) == HISTORY_LIMIT
    assert _size(record_item(record)) < DYNAMODB_ITEM


def test_a_run_that_ends_in_a_stack_is_a_sentence_in_the_ledger_and_in_its_history():
    memory = MemoryLedger(running())
    record = Attempt(services_on(memory, MemoryObjects()), ENTRY, OWNER).fail(f"FAILED: {JAVA}")
    assert record.reasons == (
        "com.amazonaws.AmazonS3Exception: HTTPS must be used when sending customer encryption keys (SSE-C) to S3 "
        "(see the log of run jr_1)",
    )
    assert record.history[-1].why == record.reasons[0]


def test_text_of_rows_is_in_the_ledger_only_where_it_is_wanted():
    result = FileResult(FILE.batch_id, "rejected", reasons=(f"bad row: {row_text('Erika Mustermann')}",))
    for wanted, reasons in ((False, ("bad row: (text of the row)",)), (True, ("bad row: Erika Mustermann",))):
        services = replace(
            services_on(MemoryLedger(running()), MemoryObjects()),
            settings=replace(SETTINGS, row_text_in_reasons=wanted),
        )
        record = Attempt(services, ENTRY, OWNER).settle(result)
        assert (record.state, record.reasons) == (State.REJECTED, reasons)
        assert ("Erika" in str(record)) == wanted


def test_what_an_error_quotes_is_taken_for_text_of_a_row():
    said = error_text('[CAST_INVALID_INPUT] The value \'Erika\' of the type "STRING" in [1,"x"] {"a": 1}')
    assert shown(said, False).count("(text of the row)") == 4
    assert "Erika" not in shown(said, False)
    assert "[CAST_INVALID_INPUT]" in shown(said, False)
    assert shown(said, True) == '[CAST_INVALID_INPUT] The value \'Erika\' of the type "STRING" in [1,"x"] {"a": 1}'


def test_the_name_of_a_missing_module_is_told():
    said = error_text("ModuleNotFoundError: No module named 'great_expectations' beside 'Erika'")
    assert shown(said, False) == "ModuleNotFoundError: No module named 'great_expectations' beside (text of the row)"


@given(st.text())
def test_row_text_can_not_end_its_own_mark(text: str):
    assert shown(f"a {row_text(text)} b", False) == "a (text of the row) b"
    assert shown(f"a {row_text(text)}"[:-1], False) == "a (text of the row)"


@given(st.text(st.characters()))
def test_an_escaped_key_is_one_line_without_markup_and_can_be_read_back(key: str):
    told = escaped(key)
    assert len(told.splitlines()) <= 1
    assert not set(told) & set("<>[]`|\u202e\u2066\x1b\x00")
    assert "://" not in told
    assert re.sub(r"\\u(....)|\\U(.{8})", lambda found: chr(int(found[1] or found[2], 16)), told) == key


@pytest.mark.parametrize(
    "key",
    [
        "a.csv\n\n== PUBLISHED == Readable by consumers.\n\nb.csv",
        "\u202egpj.exe",
        "<a href='https://evil.example'>click</a>.csv",
        "[click](https://evil.example).csv",
        "https://evil.example/a.csv",
    ],
)
def test_a_key_can_not_forge_lines_or_links_in_a_notice(key: str):
    notice = rejection_notice("dev", [outcome(0, State.REJECTED, key=f"data/incoming/{key}", reasons=(f"no {key}",))])
    lines = notice.body.splitlines()
    assert [line for line in lines if line.startswith("== PUBLISHED")] == []
    assert one_line(notice.body.replace("\n", "")) == notice.body.replace("\n", "")
    told = lines[next(n for n, line in enumerate(lines) if line.startswith("== REJECTED")) + 2]
    assert "://" not in told
    assert not set(told) & set("<>[]")


@pytest.mark.parametrize(
    "name", ["a" * 1010 + ".csv.gz", "\u00e9" * 505 + ".csv", "\U0001f600" * 252, "." + "x" * 1000, "a.b" * 300]
)
def test_a_kept_copy_of_the_longest_key_has_a_key_that_s3_takes(name: str):
    folder = f"{'d' * 60}/{FILE.batch_id}/original/"
    keys = [f"data/{day}/{name}" for day in ("1", "2")]
    kept = [kept_key(folder, key) for key in keys]
    assert all(len(key.encode()) <= KEY_BYTES and key.startswith(folder) for key in kept)
    assert len(set(kept)) == (2 if len((folder + name).encode()) > KEY_BYTES else 1)
    if name.endswith(".gz"):
        assert kept[0].endswith(".csv.gz")
    assert kept_key(folder, "data/a.csv") == f"{folder}a.csv"


def test_a_rejected_file_with_a_key_of_1024_bytes_is_kept():
    key = "\u00e9" * 510 + ".csv"
    assert len(key.encode()) == KEY_BYTES
    entry = replace(ENTRY, file=replace(FILE, key=key))
    objects = MemoryObjects()
    memory = MemoryLedger(running(file=entry.file))
    Attempt(services_on(memory, objects), entry, OWNER).settle(FileResult(entry.batch_id, "rejected", reasons=("no",)))
    (kept,) = [uri for uri in objects.below("quarantine") if "/original/" in uri]
    assert len(kept.removeprefix("s3://quarantine/").encode()) <= KEY_BYTES
    assert kept.endswith(".csv")


def _size(value: Any) -> int:
    """Bytes of an item as DynamoDB counts them: names, values, and one to three bytes a value ("Item sizes and formats")."""
    if isinstance(value, dict):
        return 3 + sum(len(str(name).encode()) + 1 + _size(inner) for name, inner in value.items())
    if isinstance(value, list):
        return 3 + sum(1 + _size(inner) for inner in value)
    return len(str(value).encode())
