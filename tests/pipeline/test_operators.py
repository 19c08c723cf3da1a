"""What operators do on a running pipeline, and what overwriting does: five drops and commands, all with real Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_etl.reports.bands import FIGURES
from tests.pipeline.command_line import Told, pointed_at
from tests.pipeline.operating import (
    BAD,
    BROKEN,
    DAY,
    DEAD,
    FIFTY,
    FIRST,
    GONE,
    GOOD,
    LOST,
    OTHER,
    OVERWRITTEN,
    SECOND,
    TWICE,
    Moment,
    Operator,
)
from tests.pipeline.permissions import calls_by_role, is_allowed, is_explained
from tests.pipeline.running import running, transactions
from tests.reports.reading import Read, read
from tests.terraform.configuration import from_tfcheck, tfcheck
from tests.terraform.test_policies import ROLES, allowed

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with running(tmp_path_factory.mktemp("operators"), window=3) as pipeline, pointed_at(pipeline.cloud.endpoint):
        yield Operator(pipeline)


@pytest.fixture(scope="module")
def first(operator: Operator) -> Moment:
    return operator.first_files()


@pytest.fixture(scope="module")
def second(operator: Operator, first: Moment) -> Moment:
    return operator.changed()


@pytest.fixture(scope="module")
def rolled_back(operator: Operator, second: Moment) -> Moment:
    return operator.roll_back(second)


@pytest.fixture(scope="module")
def replayed(operator: Operator, rolled_back: Moment) -> Moment:
    return operator.replay_run(rolled_back)


def test_a_burst_is_one_run_and_each_file_ends_as_it_deserves(operator: Operator, first: Moment):
    assert {first.states[name] for name in (GOOD, OTHER, *FIFTY)} == {"PUBLISHED"}
    assert (first.states[BAD], first.states[BROKEN]) == ("QUARANTINED", "REJECTED")
    runs = {record.run_id for record in operator.pipeline.records(first.ids[name] for name in FIFTY) if record}
    assert len(runs) == 1
    assert first.rows_of(GOOD) == list(range(20))
    assert first.rows_of(FIFTY[3]) == [1006, 1007]
    assert first.rows_of(BAD) == first.rows_of(BROKEN) == []


def test_a_run_s_bill_is_shared_by_its_datasets(first: Moment):
    """The run is billed a minute of two workers at least; what was rejected at the door is in no run."""
    cost = {line["dataset"]: line for line in first.told["cost"].lines}
    assert {name: line["files"] for name, line in cost.items()} == {"transactions": len(FIRST) - 2, "readings": 1}
    assert cost["readings"]["bytes"] == len(FIRST[OTHER])
    assert sum(line["dpu_seconds"] for line in cost.values()) >= 119.9
    assert cost["transactions"]["usd"] > 0.0141 > cost["readings"]["usd"] > 0


def test_doctor_is_content_with_a_whole_pipeline(first: Moment):
    assert first.told["doctor"].code == 0, first.told["doctor"].out
    assert "All is well" in first.told["doctor"].out


@pytest.mark.usefixtures("first")
def test_status_and_history_tell_of_a_file(operator: Operator):
    [bad] = operator("status", BAD, "--json").lines
    assert (bad["state"], bad["rows_read"], bad["rows_published"], bad["rows_quarantined"]) == (
        "QUARANTINED",
        10,
        0,
        10,
    )
    assert [line["key"] for line in operator("status", "--dataset", "readings", "--json").lines] == [
        operator.pipeline.key(OTHER)
    ]
    moves = [line["move"] for line in operator("history", BROKEN, "--json").lines]
    assert moves == ["NEW -> RECEIVED", "RECEIVED -> REJECTED"]
    moves = [line["move"] for line in operator("history", FIFTY[4], "--json").lines]
    assert moves == ["NEW -> RECEIVED", "RECEIVED -> RUNNING", "RUNNING -> STAGED", "STAGED -> PUBLISHED"]
    assert operator("status", "--json").lines == []


@pytest.mark.usefixtures("first")
def test_a_contract_is_drafted_from_what_is_published(operator: Operator, first: Moment):
    told = operator("contract", "infer", "transactions", "--json")
    [line] = told.lines
    assert [c["name"] for c in line["contract"]["columns"]] == ["id", "customer_id", "transaction_date", "amount"]
    assert 0 < line["profile"]["files"] <= 20
    assert line["profile"]["rows"] >= line["profile"]["files"], "two of the published files have one row"
    unknown = operator("contract", "infer", "transaction")
    assert (unknown.code, "did you mean 'transactions'" in unknown.err) == (1, True)


def test_quarantine_shows_what_it_keeps_and_why(operator: Operator, first: Moment):
    listed = {line["batch_id"]: line["state"] for line in operator("quarantine", "list", "--json").lines}
    assert listed.get(first.ids[BROKEN]) == "REJECTED"
    [shown] = operator("quarantine", "show", BROKEN, "--json").lines
    assert "Parquet" in shown["reasons"][0]
    bucket = operator.pipeline.stack.quarantine_bucket
    [original] = [uri for uri in shown["kept"] if "/original/" in uri]
    assert operator.pipeline.object_bytes(bucket, original.removeprefix(f"s3://{bucket}/")) == FIRST[BROKEN]
    [published] = operator("quarantine", "show", OTHER, "--json").lines
    assert (published["state"], published["kept"]) == ("PUBLISHED", [])


@pytest.fixture(scope="module")
def reports(operator: Operator, first: Moment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """A page of each kind, after the first run; `page` gives what it says."""
    folder = str(tmp_path_factory.mktemp("reports"))
    run = operator("status", BAD, "--json").lines[0]["run_id"]
    return {
        "run": operator("report", "run", run, "--output", folder),
        "shown": operator("report", "file", BAD, "--rows", "--output", f"{folder}/shown.html"),
        "hidden": operator("report", "file", BAD, "--output", folder),
        "rejected": operator("report", "file", BROKEN, "--output", folder),
        "site": operator("report", "file", BAD, "--output", f"{folder}/again.html", "--data-docs", f"{folder}/site"),
        "no site": operator("report", "file", BROKEN, "--output", folder, "--data-docs", f"{folder}/none"),
        "dataset": operator("report", "dataset", "transactions", "--since", "1d", "--output", folder),
    }


def page(told: Told) -> Read:
    assert (told.code, told.err) == (0, "")
    return read(Path(told.out.strip()).read_text(encoding="utf-8"))


def test_a_report_of_a_run_has_all_its_files_and_their_columns(reports: dict[str, Told]):
    found = page(reports["run"])
    assert "Of 55 files 54 are published and 1 is set aside." in found.words  # the broken one was in no run
    assert "134 rows read: 124 published and 10 set aside; none is missing." in found.words
    assert found.names.count("details") == 55 and found.words.count("decimal(18,2)") > 40
    assert Path(reports["run"].out.strip()).name.startswith("run-jr_")


def test_a_report_of_a_file_tells_its_failed_expectations_with_lines_and_values(reports: dict[str, Told]):
    shown, hidden = page(reports["shown"]), page(reports["hidden"])
    assert Path(reports["shown"].out.strip()).name == "shown.html"
    assert "transactions_bad.csv is set aside." in shown.words
    failed = "amount: 10 of 10 values failed expect_column_values_to_be_between"
    assert failed in shown.words and failed in hidden.words
    assert "line 2: -200.00 line 3: -201.00" in shown.words.replace("line 3:", " line 3:").replace("  ", " ")
    assert "-200.00" not in hidden.words.split("Columns")[0] and "The first in lines 2, 3, 4, 5, 6." in hidden.words
    assert "RUNNING → STAGED" in shown.words and "RUNNING → QUARANTINED" not in shown.words


def test_a_report_of_a_file_that_could_not_be_read_says_why(reports: dict[str, Told]):
    assert "transactions_broken.parquet could not be read." in page(reports["rejected"]).words


def test_great_expectations_makes_its_own_site_of_what_a_run_left(reports: dict[str, Told]):
    _, index = reports["site"].out.split()
    assert reports["site"].code == 0 and Path(index).name == "index.html"
    [verdict] = (Path(index).parent / "validations").rglob("*.html")
    said = read(verdict.read_text(encoding="utf-8")).words
    assert "transactions_bad.csv" in said and "10 unexpected values found" in said and "-200.00" not in said
    assert (reports["no site"].code, "no run has judged any of these files" in reports["no site"].err) == (1, True)


def test_a_report_of_a_dataset_shows_its_files_over_time(reports: dict[str, Told], operator: Operator):
    found = page(reports["dataset"])
    assert found.names.count("figure") == 6 + len(FIGURES), "scores by file, and figures by day"
    assert "expect_column_values_to_not_be_null" in found.words
    unknown = operator("report", "dataset", "transaction")
    assert (unknown.code, "did you mean transactions?" in unknown.err) == (1, True)
    assert "the ledger has no files of a run 'jr_unknown'" in operator("report", "run", "jr_unknown").err


def test_a_run_s_result_sums_up_each_file_by_its_key(operator: Operator, first: Moment):
    record = operator.pipeline.ledger.get(first.ids[GOOD])
    assert record is not None
    bucket = operator.pipeline.stack.raw_bucket
    key = f"data/runs/{record.claim}/{record.run_id}/result.json"
    summary = json.loads(operator.pipeline.object_bytes(bucket, key))["processing_summary"]
    metrics = summary["quality_metrics"][operator.pipeline.key(GOOD)]
    assert (metrics["dataset"], metrics["passed"], metrics["rows_staged"]) == ("transactions", True, 20)
    assert metrics["overall"] == record.overall and metrics["completeness"] == record.scores["completeness"]
    assert len(summary["quality_metrics"]) == summary["files"] == 55


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", f"{DAY}/transactions_godo.csv"), f"near: data/incoming/{GOOD}"),
        (("replay", f"{DAY}/transaction_good.csv"), f"near: data/incoming/{GOOD}"),
        (("history", "jr_unknown"), "no file or run 'jr_unknown'"),
        (("rollback", "jr_unknown"), "no file or run 'jr_unknown'"),
        (("status", "--dataset", "transaction"), "did you mean transactions?"),
        (("replay", "--day", "2019-01-01"), "no file of 2019-01-01"),
        (("backfill", "data/incoming/1999/"), "nothing lies below"),
        (("status", "--since", "yesterday"), "is no time"),
        (("dlq", "list", "--queue", "arrival"), "arrivals or outcomes"),
    ],
)
def test_an_unknown_name_is_one_line_that_helps(operator: Operator, words: tuple[str, ...], told: str):
    answer = operator(*words)
    assert answer.code == 1
    assert told in answer.err
    assert len(answer.err.splitlines()) == 1


def test_doctor_finds_the_removed_notification_and_the_disabled_mapping(second: Moment):
    doctor = second.told["doctor"]
    problems = " | ".join(line["problem"] for line in doctor.lines)
    assert doctor.code == 1
    assert "no notification of data/incoming/" in problems
    assert "no enabled event source mapping feeds dispatch (found: Disabled)" in problems
    assert "2 files below data/incoming/ are not in the ledger" in problems
    assert all(line["remedy"] for line in doctor.lines)


def test_a_second_file_of_the_same_day_keeps_the_first(first: Moment, second: Moment):
    assert second.rows_of(SECOND) == [400, 401]
    for name in (OTHER, GONE, *(name for name in FIFTY if name != OVERWRITTEN)):
        assert second.rows_of(name) == first.rows_of(name), name


def test_overwriting_a_key_replaces_exactly_its_rows(first: Moment, second: Moment):
    assert second.states[GOOD] == "SUPERSEDED"
    assert second.states[f"new {GOOD}"] == "PUBLISHED"
    assert second.rows_of(GOOD) == []
    assert second.rows_of(f"new {GOOD}") == list(range(15, 40))


def test_overwriting_one_of_fifty_files_of_a_run_touches_no_other_object(first: Moment, second: Moment):
    assert second.states[OVERWRITTEN] == "SUPERSEDED"
    assert second.rows_of(f"new {OVERWRITTEN}") == [9000]
    assert second.rows_of(OVERWRITTEN) == []
    others = {first.ids[name] for name in FIFTY if name != OVERWRITTEN}
    before = {key: tag for key, tag in first.objects.items() if any(batch_id in key for batch_id in others)}
    after = {key: tag for key, tag in second.objects.items() if any(batch_id in key for batch_id in others)}
    assert len(before) == 49
    assert after == before


def test_a_dry_run_says_what_the_command_then_does(second: Moment):
    dry, done = second.told["replay --dry-run"].lines, second.told["replay"].lines
    assert [(line["would_be_done"], line["why"]) for line in dry] == [(True, "would be read again")]
    assert [(line["done"], line["why"]) for line in done] == [(True, "will be read again")]
    assert [line["would_be_done"] for line in second.told["release --dry-run"].lines] == [True]
    assert "1 message to send back" in second.told["dlq redrive --dry-run"].out


def test_replay_of_a_published_file_gives_equal_rows_once(operator: Operator, first: Moment, second: Moment):
    assert second.states[OTHER] == "PUBLISHED"
    assert second.rows_of(OTHER) == first.rows_of(OTHER) == [1, 2]
    moves = [line["move"] for line in operator("history", OTHER, "--json").lines]
    assert moves.count("STAGED -> PUBLISHED") == 2


def test_of_two_replays_at_once_one_is_done(operator: Operator, first: Moment, second: Moment):
    told = [second.told["one"], second.told["other"]]
    assert sorted(answer.code for answer in told) == [0, 1], [answer.err for answer in told]
    assert sorted(line["done"] for answer in told for line in answer.lines) == [False, True]
    [why] = [line["why"] for answer in told for line in answer.lines if not line["done"]]
    assert "waits or runs already" in why
    assert second.rows_of(TWICE) == first.rows_of(TWICE) == [310]
    moves = [line["move"] for line in operator("history", TWICE, "--json").lines]
    assert moves.count("STAGED -> PUBLISHED") == 2


def test_release_publishes_what_was_quarantined(operator: Operator, second: Moment):
    assert second.states[BAD] == "PUBLISHED"
    assert second.rows_of(BAD) == list(range(200, 210))
    [status] = operator("status", second.ids[BAD], "--json").lines
    assert status["reasons"][0].startswith("released by operator ")
    assert "agreed" in operator("history", BAD).out


def test_backfill_loads_a_file_whose_event_was_lost(second: Moment):
    [planned], [done] = second.told["backfill --dry-run"].lines, second.told["backfill"].lines
    assert planned == done
    assert (planned["known"], planned["to_load"], planned["runs"]) == (0, 1, 1)
    assert planned["bytes"] == len(transactions([500, 501]))
    assert planned["usd"] > 0
    assert second.states[LOST] == "PUBLISHED"
    assert second.rows_of(LOST) == [500, 501]


def test_a_dead_letter_is_listed_and_sent_back(operator: Operator, second: Moment):
    [letter] = second.told["dlq list"].lines
    assert letter["queue"].endswith("-arrivals")
    assert DEAD.rsplit("/", 1)[1] in letter["body"]
    assert second.rows_of(DEAD) == [510]
    assert operator("dlq", "list", "--json").out == ""


def test_rollback_takes_exactly_a_runs_rows_away(second: Moment, rolled_back: Moment):
    told = rolled_back.told
    run_files = {line["batch_id"] for line in told["rollback"].lines}
    still = {second.ids[name] for name in (SECOND, LOST, DEAD, BAD, OTHER, TWICE)}
    assert {second.ids[name] for name in FIFTY if name != OVERWRITTEN} <= run_files
    assert not still & run_files
    assert told["dry run"].lines[0]["why"] == "2 rows would be taken back" or len(told["dry run"].lines) == len(
        run_files
    )
    assert rolled_back.rows == {batch_id: ids for batch_id, ids in second.rows.items() if batch_id not in run_files}
    assert (told["again"].code, "nothing to take back" in told["again"].err) == (1, True)


def test_replaying_the_run_brings_its_rows_back(second: Moment, replayed: Moment):
    lost = {replayed.ids[GONE]}
    assert {b: rows for b, rows in replayed.rows.items() if b not in lost} == {
        b: rows for b, rows in second.rows.items() if b not in lost
    }
    assert len({key for key in replayed.objects if replayed.ids[FIFTY[0]] in key}) == 1


def test_replay_of_a_file_whose_object_is_gone_says_so(replayed: Moment):
    gone = replayed.told["gone"]
    assert gone.code == 1
    assert "object version does not exist any more" in " ".join(gone.out.split())


def test_a_health_check_tells_and_publishes_nothing(operator: Operator, replayed: Moment):
    assert operator.job_states().count("HEALTHY") == 1
    assert not [key for key in replayed.objects if key.startswith("health_check/")]
    assert set(replayed.rows) <= set(replayed.ids.values())


@pytest.fixture(scope="module")
def called(operator: Operator, replayed: Moment) -> set[tuple[str, str, str]]:
    """All that functions and job called up to here: (role, action, resource)."""
    operator.pipeline.sweep()
    return set(calls_by_role(operator.pipeline.cloud.calls(), f"{operator.pipeline.stack.name}-"))


@pytest.fixture(scope="module")
def allowed_actions() -> dict[str, dict[str, set[str]]]:
    """By role and action the resources that the policies of the dev deployment allow."""
    tool = tfcheck()
    if not tool:
        pytest.skip(
            "the policies are computed: terraform plan is needed, and tfcheck is not here (set TFCHECK to its path)"
        )
    plan = from_tfcheck(tool, "dev")
    return {role: allowed(plan, role) for role in ROLES}


def test_every_call_of_functions_and_job_is_allowed(called: set[tuple[str, str, str]], allowed_actions: Any):
    assert {role for role, _, _ in called} == {"dispatch", "finalize", "sweep", "ingest"}
    refused = [
        (role, action, resource)
        for role, action, resource in called
        if action not in allowed_actions[role] or (resource and not is_allowed(resource, allowed_actions[role][action]))
    ]
    assert not refused


def test_whatever_is_allowed_and_never_called_is_explained(called: set[tuple[str, str, str]], allowed_actions: Any):
    for role in {role for role, _, _ in called}:
        uncalled = set(allowed_actions[role]) - {action for caller, action, _ in called if caller == role}
        print(f"{role}: allowed and not called here: {sorted(uncalled)}")
        assert not [action for action in uncalled if not is_explained(role, action)], role
