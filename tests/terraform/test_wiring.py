"""Every part reaches the next one: read from Terraform's own evaluation, for the things that otherwise fail only on AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from glue_etl.steps.files.starting import DispatchReport
from glue_etl.steps.files.sweep import SweepReport
from tests.terraform.configuration import Configuration, Resource, read

FUNCTIONS = ("dispatch", "finalize", "sweep")


def queue(dev: Configuration, name: str) -> Resource:
    return next(q for q in dev.all("aws_sqs_queue") if q["name"] == f"glue-etl-pipeline-dev-{name}")


def function(dev: Configuration, name: str) -> Resource:
    return next(f for f in dev.all("aws_lambda_function") if f["function_name"] == f"glue-etl-pipeline-dev-{name}")


def mapping(dev: Configuration, name: str) -> Resource:
    return next(
        m for m in dev.all("aws_lambda_event_source_mapping") if m["function_name"] == dev.arn(function(dev, name))
    )


@pytest.mark.parametrize(("name", "feeds", "times"), [("arrivals", "dispatch", 6), ("outcomes", "finalize", 2)])
def test_messages_stay_hidden_for_longer_than_their_function_runs(
    dev: Configuration, name: str, feeds: str, times: int
) -> None:
    """Lambda refuses a mapping whose queue hides messages for less than the function's timeout, and advises six times it
    ("Configuring an Amazon SQS queue for use with Lambda"); a returned outcome is to be tried again within ten minutes."""
    assert queue(dev, name)["visibility_timeout_seconds"] == times * function(dev, feeds)["timeout"]


@pytest.mark.parametrize(("name", "receives"), [("arrivals", 20), ("outcomes", 10)])
def test_what_fails_too_often_goes_to_the_dead_letter_queue(dev: Configuration, name: str, receives: int) -> None:
    """An arrival that waits is received again and again: 1,000 is the most that SQS allows ("SetQueueAttributes")."""
    redrive = json.loads(queue(dev, name)["redrive_policy"])
    assert redrive == {"deadLetterTargetArn": dev.arn(queue(dev, f"{name}-dlq")), "maxReceiveCount": receives}


def test_dead_letters_are_kept_for_two_weeks(dev: Configuration) -> None:
    assert {q["message_retention_seconds"] for q in dev.all("aws_sqs_queue")} == {14 * 24 * 3600}


def test_only_the_incoming_prefix_notifies_the_arrivals_queue(dev: Configuration) -> None:
    notification = dev.one("aws_s3_bucket_notification").block("queue")
    assert notification["queue_arn"] == dev.arn(queue(dev, "arrivals"))
    assert (notification["events"], notification["filter_prefix"]) == (["s3:ObjectCreated:*"], "data/incoming/")
    environment = function(dev, "dispatch").block("environment")["variables"]
    assert environment["INCOMING_PREFIX"] == notification["filter_prefix"]


@pytest.mark.parametrize(
    ("name", "source", "size", "window", "concurrency"),
    [("dispatch", "arrivals", 1000, 20, 2), ("finalize", "outcomes", 10, 0, 5)],
)
def test_queue_feeds_function(
    dev: Configuration, name: str, source: str, size: int, window: int, concurrency: int
) -> None:
    found = mapping(dev, name)
    assert found["event_source_arn"] == dev.arn(queue(dev, source))
    assert (found["batch_size"], found["maximum_batching_window_in_seconds"]) == (size, window)
    assert found.block("scaling_config")["maximum_concurrency"] == concurrency
    assert found["function_response_types"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_runs_its_own_handler_on_the_tested_platform(dev: Configuration, name: str) -> None:
    found = function(dev, name)
    assert found["handler"] == f"lambdas.{name}.handler.lambda_handler"
    assert (found["runtime"], found["architectures"], found["memory_size"]) == ("python3.13", ["arm64"], 512)


def test_every_function_has_an_encrypted_log_group_with_a_retention(dev: Configuration) -> None:
    groups = {g["name"]: g for g in dev.all("aws_cloudwatch_log_group")}
    for name in FUNCTIONS:
        group = groups[f"/aws/lambda/{function(dev, name)['function_name']}"]
        assert group["retention_in_days"] > 0 and group["kms_key_id"]


def test_glues_log_groups_are_the_ones_that_are_encrypted_and_kept(dev: Configuration) -> None:
    """<prefix>/<security configuration>-role/<role>/{error,output}: "Logging for AWS Glue jobs" (AWS Glue Developer Guide)."""
    job, role = dev.one("aws_glue_job"), dev.one("aws_iam_role", 'module.job["ingest"].aws_iam_role.this')
    encrypted = dev.one("aws_glue_security_configuration")
    prefix = f"{job['default_arguments']['--custom-logGroup-prefix']}/{encrypted['name']}-role/{role['name']}"
    groups = {g["name"]: g for g in dev.all("aws_cloudwatch_log_group") if g["name"].startswith("/aws-glue")}
    assert set(groups) == {f"{prefix}/error", f"{prefix}/output"}
    assert all(g["retention_in_days"] == 30 and g["kms_key_id"] for g in groups.values())
    told = [
        a["alarm_description"] for a in dev.all("aws_cloudwatch_metric_alarm") if "/aws-glue/" in a["alarm_description"]
    ]
    assert not dev.known or (len(told) == 2 and all(f"{prefix}/error" in text for text in told))


def test_every_end_of_the_jobs_runs_reaches_the_outcomes_queue(dev: Configuration) -> None:
    rule, target = dev.one("aws_cloudwatch_event_rule"), dev.one("aws_cloudwatch_event_target")
    pattern = json.loads(rule["event_pattern"])
    assert pattern["source"] == ["aws.glue"] and pattern["detail-type"] == ["Glue Job State Change"]
    assert pattern["detail"]["jobName"] == [dev.one("aws_glue_job")["name"]]
    assert set(pattern["detail"]["state"]) == {"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"}
    assert (target["rule"], target["arn"]) == (rule["name"], dev.arn(queue(dev, "outcomes")))
    assert target.block("dead_letter_config")["arn"] == dev.arn(queue(dev, "outcomes-dlq"))


def test_schedules_call_the_sweep_and_start_the_canary(dev: Configuration) -> None:
    sweep = dev.one("aws_scheduler_schedule", 'function["sweep"]')
    assert sweep["schedule_expression"] == "rate(5 minutes)"
    assert not dev.known or sweep.block("target")["arn"] == dev.arn(function(dev, "sweep"))
    canary = dev.one("aws_scheduler_schedule", "schedule.health_check").block("target")
    assert canary["arn"].endswith(":scheduler:::aws-sdk:glue:startJobRun")
    job = dev.one("aws_glue_job")["name"]
    assert json.loads(canary["input"]) == {"JobName": job, "Arguments": {"--health-check-mode": "true"}}
    first = dev.one("aws_scheduler_schedule", "first_health_check")
    assert first["schedule_expression"] == "rate(365 days)" and not first.values.get("start_date")
    assert first.block("target")["input"] == canary["input"]


def test_a_missing_canary_is_a_figure_of_the_sweep_and_rings_on_no_new_deployment(dev: Configuration) -> None:
    (alarm,) = [a for a in dev.all("aws_cloudwatch_metric_alarm") if a["alarm_name"].endswith("-canary-missed")]
    assert (alarm["metric_name"], alarm["treat_missing_data"], alarm["threshold"]) == (
        "HoursWithoutHealth",
        "ignore",
        30,
    )
    assert alarm["dimensions"] == {"service": function(dev, "sweep")["function_name"]}


def test_ledger_is_asked_by_key_only(dev_known: Configuration) -> None:
    """Of tfcheck alone: tfparse loses one of four blocks that are made of a list."""
    ledger = dev_known.one("aws_dynamodb_table", 'aws_dynamodb_table.this["ledger"]')
    indexes = {
        i["name"]: (i["hash_key"], i["range_key"], i["projection_type"])
        for i in ledger.blocks("global_secondary_index")
    }
    assert ledger["hash_key"] == "batch_id"
    assert indexes == {
        "by-key": ("object_key", "arrived_at", "ALL"),
        "by-state": ("open_state", "updated_at", "ALL"),
        "by-dataset": ("dataset", "updated_at", "ALL"),
        "by-run": ("run_id", "batch_id", "ALL"),
    }


def test_raw_bucket_keeps_versions(dev: Configuration) -> None:
    versioning = dev.all("aws_s3_bucket_versioning")
    assert len(versioning) == 4
    assert {v.block("versioning_configuration")["status"] for v in versioning} == {"Enabled"}


def test_what_is_uploaded_waits_until_its_bucket_keeps_versions_and_encrypts(dev_known: Configuration) -> None:
    """A function's code is named by its object version, and an object keeps the encryption that it was put with."""
    for uploaded in dev_known.all("aws_s3_object"):
        assert uploaded.waits_for >= {
            f"module.storage.aws_s3_bucket_{setting}.this"
            for setting in ("versioning", "server_side_encryption_configuration", "ownership_controls")
        }, uploaded.address


def test_staging_expires_and_incoming_never_does(dev: Configuration) -> None:
    raw = dev.one("aws_s3_bucket_lifecycle_configuration", '["raw"]')
    days = {_prefix(rule): _days(rule) for rule in raw.blocks("rule")}
    assert days["data/staging/"] and days["data/runs/"]
    assert not days[""], "the rule for all objects removes old versions only"
    assert not any(prefix.startswith("data/incoming") for prefix in days)


def test_working_files_are_gone_a_day_after_they_were_deleted(dev: Configuration) -> None:
    """What was deleted stays as an old version until a rule takes it: staging and runs need none, what arrived does."""
    for bucket, working in (
        ("raw", {"data/staging/", "data/runs/"}),
        ("artifacts", {"athena-results/", "glue/temporary/"}),
    ):
        rules = dev.one("aws_s3_bucket_lifecycle_configuration", f'["{bucket}"]').blocks("rule")
        old = {_prefix(rule): _old_days(rule) for rule in rules}
        assert old == {**dict.fromkeys(working, 1), "": 7}


def test_alarms_say_what_to_do_and_tell_somebody(dev: Configuration) -> None:
    alarms = {a["alarm_name"].removeprefix("glue-etl-pipeline-dev-"): a for a in dev.all("aws_cloudwatch_metric_alarm")}
    expected = {
        "arrivals-dead-letters",
        "outcomes-dead-letters",
        "schedules-dead-letters",
        "arrivals-waiting",
        "outcomes-waiting",
        "arrivals-deep",
        "outcomes-deep",
    }
    expected |= {"files-waiting", "dispatch-troubles", "sweep-troubles"}
    assert expected | {"files-failed", "runs-failed", "scores-below-gate", "canary-missed"} <= set(alarms)
    for name, alarm in alarms.items():
        window = re.fullmatch("late-(fast|slow)-(long|short)", name)  # one of two: the alarm of both tells
        assert len(alarm["alarm_description"]) > 60 and bool(alarm.values.get("alarm_actions")) is not bool(window)
    for name in ("arrivals", "outcomes"):
        receives = json.loads(queue(dev, name)["redrive_policy"])["maxReceiveCount"]
        told = alarms[f"{name}-dead-letters"]["alarm_description"]
        assert not dev.known or f" {receives} times." in told


def _prefix(rule: Mapping[str, Any]) -> str:
    found: Any = rule["filter"][0] if isinstance(rule["filter"], list) else rule["filter"]
    return str(found.get("prefix") or "")


def test_an_alarm_on_depth_sees_what_the_age_leaves_out(dev: Configuration) -> None:
    """ApproximateAgeOfOldestMessage leaves out messages that were received three times ("Available CloudWatch metrics for
    Amazon SQS"); period x periods is at most a day ("PutMetricAlarm")."""
    deep = {a["alarm_name"]: a for a in dev.all("aws_cloudwatch_metric_alarm") if a["alarm_name"].endswith("-deep")}
    assert {a["metric_name"] for a in deep.values()} == {"ApproximateNumberOfMessagesVisible"}
    arrivals, outcomes = (deep[f"glue-etl-pipeline-dev-{name}-deep"] for name in ("arrivals", "outcomes"))
    assert (arrivals["threshold"], outcomes["threshold"]) == (3000, 0)
    assert [a["period"] * a["evaluation_periods"] for a in (arrivals, outcomes)] == [3600, 900]
    assert all(a["statistic"] == "Minimum" for a in deep.values())


def test_files_that_wait_for_a_run_ring_by_what_the_sweep_counts_since_no_queue_sees_them(dev: Configuration) -> None:
    alarms = {a["alarm_name"].removeprefix("glue-etl-pipeline-dev-"): a for a in dev.all("aws_cloudwatch_metric_alarm")}
    told = {*SweepReport().as_metrics(), *DispatchReport().as_metrics()}
    for name in ("files-waiting", "dispatch-troubles", "sweep-troubles"):
        assert alarms[name]["metric_name"] in told
    assert alarms["files-waiting"]["threshold"] == 2 * 3600
    assert alarms["files-waiting"]["dimensions"] == {"service": "glue-etl-pipeline-dev-sweep"}


def test_a_new_account_can_reserve_nothing_so_nothing_is_reserved() -> None:
    """100 of an account's concurrent executions stay unreserved, and a new account has 10 ("Lambda quotas")."""
    for environment in ("dev", "prod"):
        functions = read("tfparse", environment).all("aws_lambda_function")
        assert {f["reserved_concurrent_executions"] for f in functions} == {-1}


def test_names_of_buckets_hold_the_accounts_number(dev_known: Configuration) -> None:
    """They are unique over all accounts of a partition and of 63 characters ("General purpose bucket naming rules")."""
    names = {b["bucket"] for b in dev_known.all("aws_s3_bucket")}
    assert names == {f"glue-etl-pipeline-dev-{p}-123456789012" for p in ("raw", "curated", "quarantine", "artifacts")}
    longest = f"{'p' * 31}-staging-quarantine-123456789012"
    assert len(longest) == 63


def _old_days(rule: Mapping[str, Any]) -> int:
    found: Any = rule.get("noncurrent_version_expiration") or {}
    found = found[0] if isinstance(found, list) else found
    return int(found.get("noncurrent_days") or 0)


def _days(rule: Mapping[str, Any]) -> int:
    found: Any = rule.get("expiration") or {}
    found = found[0] if isinstance(found, list) else found
    return int(found.get("days") or 0)
