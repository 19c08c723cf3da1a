"""Declared sources: what is made for each kind, and that nothing is made where none is declared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.configuration import ROOT, SEVEN, Configuration, Resource, packaged, placeholders
from tests.terraform.test_policies import allowed, role_statements
from tests.terraform.test_variables import run

PULLED = {"orders", "issues", "shop"}
COLLECTED = {"clicks", "mails", "payments", "sensors"}
DEV = "glue-etl-pipeline-dev"
AWS = "us-east-1:123456789012"


def function(seven: Configuration, name: str) -> Resource:
    return next(f for f in seven.all("aws_lambda_function") if f["function_name"] == f"{DEV}-{name}")


def mappings(seven: Configuration, name: str) -> list[Resource]:
    wanted = function(seven, name)["arn"]
    return [m for m in seven.all("aws_lambda_event_source_mapping") if m["function_name"] == wanted]


def conditions(seven: Configuration, role: str, action: str) -> list[dict[str, Any]]:
    found = [s for name, s in role_statements(seven) if name == role and action in s["Action"]]
    return [statement.get("Condition", {}) for statement in found]


def test_nothing_is_made_where_none_is_declared(dev: Configuration) -> None:
    if list((ROOT / "sources").glob("*.yaml")):
        pytest.skip("this checkout declares sources")
    names = {str(r.values.get("name") or r.values.get("function_name")) for r in dev.resources}
    assert not [n for n in names if re.search(f"^{DEV}-(pull|continue|collect|start|sources|streams)", n)]
    assert {o["key"] for o in dev.all("aws_s3_object") if "sources" in o["key"]} == {"sources/sources.json"}
    assert not {"functions/pull.zip", "functions/collect.zip"} & {o["key"] for o in dev.all("aws_s3_object")}


def test_each_source_has_a_function_a_role_and_a_log_group(seven: Configuration) -> None:
    wanted = {f"{DEV}-pull-{name}" for name in PULLED} | {f"{DEV}-collect-{name}" for name in COLLECTED}
    found = {f["function_name"] for f in seven.all("aws_lambda_function")}
    assert wanted == {name for name in found if "-pull-" in name or "-collect-" in name}
    assert wanted <= {r["name"] for r in seven.all("aws_iam_role")}
    groups = {g["name"]: g for g in seven.all("aws_cloudwatch_log_group")}
    for name in wanted:
        assert groups[f"/aws/lambda/{name}"]["kms_key_id"] and groups[f"/aws/lambda/{name}"]["retention_in_days"]


def test_the_table_is_encrypted_recoverable_and_forgets_markers(seven: Configuration) -> None:
    table = seven.one("aws_dynamodb_table", 'aws_dynamodb_table.this["sources"]')
    assert (table["hash_key"], table["range_key"], table["billing_mode"]) == ("source", "part", "PAY_PER_REQUEST")
    assert table.block("ttl")["attribute_name"] == "expires_at"
    assert table.block("point_in_time_recovery")["enabled"] and table.block("server_side_encryption")["kms_key_arn"]


@pytest.mark.parametrize("name", sorted(PULLED))
def test_schedules_call_the_pull_and_leave_what_fails(seven: Configuration, name: str) -> None:
    schedules = {s["name"]: s for s in seven.all("aws_scheduler_schedule")}
    pull, go_on = (schedules[f"{DEV}-{verb}-{name}"] for verb in ("pull", "continue"))
    assert go_on["schedule_expression"] == "rate(5 minutes)"
    for schedule, action in ((pull, "pull"), (go_on, "continue")):
        target = schedule.block("target")
        assert (target["arn"], json.loads(target["input"])) == (
            function(seven, f"pull-{name}")["arn"],
            {"action": action},
        )
        assert target["role_arn"].endswith(f":role/{DEV}-start-{name}") and schedule["kms_key_arn"]
        assert target["dead_letter_config"][0]["arn"].endswith(f"{DEV}-schedules-dlq")
    rights = allowed(seven, f"start-{name}")
    assert rights["lambda:InvokeFunction"] == {function(seven, f"pull-{name}")["arn"]}
    assert set(rights) == {"lambda:InvokeFunction", "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"}
    dead_letters = function(seven, f"pull-{name}").block("dead_letter_config")["target_arn"]
    assert dead_letters.endswith(f"{DEV}-schedules-dlq")


def test_schedules_are_the_declared_ones(seven: Configuration) -> None:
    schedules = {s["name"]: s["schedule_expression"] for s in seven.all("aws_scheduler_schedule")}
    assert schedules[f"{DEV}-pull-issues"] == "cron(0 6 * * ? *)"
    assert schedules[f"{DEV}-pull-orders"] == "rate(1 hour)"


@pytest.mark.parametrize("role", [f"pull-{n}" for n in sorted(PULLED)] + [f"collect-{n}" for n in sorted(COLLECTED)])
def test_a_source_reads_and_writes_what_is_its_own(seven: Configuration, role: str) -> None:
    verb, _, name = role.partition("-")
    rights = allowed(seven, role)
    raw, quarantine = f"arn:aws:s3:::{DEV}-raw-123456789012", f"arn:aws:s3:::{DEV}-quarantine-123456789012"
    written = {f"{raw}/data/incoming/{name}/*"}
    written |= {f"{raw}/data/pulls/{name}/*"} if verb == "pull" else {f"{quarantine}/{name}/poison/*"}
    assert rights["s3:PutObject"] == written
    assert rights["s3:GetObject"] == written | {f"arn:aws:s3:::{DEV}-artifacts-123456789012/sources/*"}
    for condition in conditions(seven, role, "s3:ListBucket"):
        assert all(f"{name}/" in prefix for prefix in _listed(condition["StringLikeIfExists"]["s3:prefix"]))
    (keys,) = conditions(seven, role, "dynamodb:PutItem")
    assert keys == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [name, f"{name}#messages"]}}
    assert rights["dynamodb:PutItem"] == {f"arn:aws:dynamodb:{AWS}:table/{DEV}-sources"}
    assert {action for action in rights if action.startswith("dynamodb:")} == (
        {"dynamodb:GetItem", "dynamodb:PutItem"} | ({"dynamodb:Query"} if verb == "pull" else set())
    )
    assert ("sns:Publish" in rights) == (verb == "pull")


@pytest.mark.parametrize(
    ("role", "secrets"),
    [
        ("pull-orders", {"example-api"}),
        ("pull-shop", {"shop-db", "shop-ca"}),
        ("collect-payments", {"kafka-reader", "kafka-ca"}),
        ("collect-clicks", set()),
    ],
)
def test_a_source_reads_its_own_secrets(seven: Configuration, role: str, secrets: set[str]) -> None:
    wanted = {f"arn:aws:secretsmanager:{AWS}:secret:{name}-??????" for name in secrets}
    assert allowed(seven, role).get("secretsmanager:GetSecretValue", set()) == wanted


def test_keys_of_the_users_own_open_what_the_source_names_and_nothing_else(seven: Configuration) -> None:
    """A secret or stream may be encrypted with a key that is not the deployment's."""
    for role, statement in role_statements(seven):
        if any(resource.endswith(":key/*") for resource in statement["Resource"]):
            assert statement["Action"] == ["kms:Decrypt"], role
            assert set(statement["Condition"]) == {"StringEquals", "StringLike"}, role
            (service,) = _listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
            assert service.split(".")[0] in {"secretsmanager", "kinesis", "sqs"}
    assert conditions(seven, "collect-clicks", "kms:Decrypt")[-1]["StringLike"] == {
        "kms:EncryptionContext:aws:kinesis:arn": f"arn:aws:kinesis:{AWS}:stream/clicks"
    }


def test_only_what_says_so_is_attached_to_the_vpc(seven: Configuration) -> None:
    attached = {f["function_name"] for f in seven.all("aws_lambda_function") if f.blocks("vpc_config")}
    assert attached == {f"{DEV}-pull-shop", f"{DEV}-collect-payments"}
    for role in {name for name, _ in role_statements(seven)}:
        may = "ec2:CreateNetworkInterface" in allowed(seven, role)
        assert may == (role in {"pull-shop", "collect-payments", "collect-sensors", "ingest"}), role


def test_kinesis_feeds_its_function_and_gives_up_last_of_all(seven: Configuration) -> None:
    (found,) = mappings(seven, "collect-clicks")
    assert found["event_source_arn"] == f"arn:aws:kinesis:{AWS}:stream/clicks"
    assert (found["batch_size"], found["maximum_batching_window_in_seconds"]) == (5000, 30)
    assert (found["starting_position"], found["parallelization_factor"]) == ("LATEST", 1)
    assert (found["maximum_retry_attempts"], found["maximum_record_age_in_seconds"]) == (10000, -1)
    assert found["bisect_batch_on_function_error"] and found["function_response_types"] == ["ReportBatchItemFailures"]
    queue = next(q for q in seven.all("aws_sqs_queue") if q["name"] == f"{DEV}-streams-dlq")
    assert found.block("destination_config", "on_failure")["destination_arn"] == queue["arn"]
    assert queue["kms_master_key_id"] and queue["message_retention_seconds"] == 1209600
    rights = allowed(seven, "collect-clicks")
    assert {"kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"} <= set(rights)
    assert {r for action in rights if action.startswith("kinesis:") for r in rights[action]} == {
        found["event_source_arn"]
    }
    assert rights["sqs:SendMessage"] == {queue["arn"]}


def test_a_queue_feeds_its_function(seven: Configuration) -> None:
    (found,) = mappings(seven, "collect-mails")
    assert found["event_source_arn"] == f"arn:aws:sqs:{AWS}:mails"
    assert found["function_response_types"] == ["ReportBatchItemFailures"]
    rights = allowed(seven, "collect-mails")
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert rights[action] == {found["event_source_arn"]}


def test_each_topic_of_self_managed_kafka_has_a_mapping_with_its_own_group(seven: Configuration) -> None:
    found = {m["topics"][0]: m for m in mappings(seven, "collect-payments")}
    groups = {t: m.block("self_managed_kafka_event_source_config")["consumer_group_id"] for t, m in found.items()}
    assert groups == {"payments": "glue-etl-payments", "refunds": "glue-etl-payments-refunds"}
    for made in found.values():
        endpoints = made.block("self_managed_event_source")["endpoints"]
        assert endpoints == {"KAFKA_BOOTSTRAP_SERVERS": "kafka-1.internal:9096,kafka-2.internal:9096"}
        access = {a["type"]: a["uri"] for a in made.blocks("source_access_configuration")}
        assert re.search(":secret:kafka-reader-[A-Za-z0-9]{6}$", access["SASL_SCRAM_512_AUTH"])
        assert re.search(":secret:kafka-ca-[A-Za-z0-9]{6}$", access["SERVER_ROOT_CA_CERTIFICATE"])
        assert access["VPC_SUBNET"] == "subnet:subnet-0123456789abcdef0"
        assert access["VPC_SECURITY_GROUP"] == "security_group:sg-0123456789abcdef0"
        # With a destination for failed batches Lambda would give up after ten attempts.
        assert not made.blocks("destination_config") and not made.values.get("function_response_types")


def test_msk_is_read_by_iam(seven: Configuration) -> None:
    (found,) = mappings(seven, "collect-sensors")
    cluster = found["event_source_arn"]
    assert found.block("amazon_managed_kafka_event_source_config")["consumer_group_id"] == "warehouse"
    rights = allowed(seven, "collect-sensors")
    topic = cluster.replace(":cluster/", ":topic/") + "/readings"
    group = cluster.replace(":cluster/", ":group/") + "/warehouse"
    assert rights["kafka-cluster:ReadData"] == {cluster, topic, group}
    assert rights["kafka:GetBootstrapBrokers"] == {cluster}
    assert not [action for action in rights if action in ("kafka-cluster:WriteData", "kafka-cluster:CreateTopic")]


def test_alarms_watch_every_source_and_say_what_to_do(seven: Configuration) -> None:
    alarms = {a["alarm_name"].removeprefix(f"{DEV}-"): a for a in seven.all("aws_cloudwatch_metric_alarm")}
    for name in PULLED:
        assert alarms[f"pull-{name}-failed"]["metric_name"] == "PullsFailed"
        assert alarms[f"pull-{name}-stale"]["treat_missing_data"] == "breaching"
        assert alarms[f"pull-{name}-errors"]["metric_name"] == "Errors"
    assert alarms["pull-issues-stale"]["threshold"] == 36 * 3600
    behind = {name: alarms[f"collect-{name}-behind"] for name in COLLECTED}
    assert {name: a["metric_name"] for name, a in behind.items()} == {
        "clicks": "IteratorAge",
        "mails": "ApproximateAgeOfOldestMessage",
        "payments": "OffsetLag",
        "sensors": "OffsetLag",
    }
    assert behind["mails"]["dimensions"] == {"QueueName": "mails"}
    for name in COLLECTED:
        assert alarms[f"collect-{name}-poison"]["metric_name"] == "RecordsPoisoned"
        assert alarms[f"collect-{name}-poison"]["dimensions"] == {"service": f"{DEV}-collect-{name}"}
        assert alarms[f"collect-{name}-errors"]["metric_name"] == "Errors"
    assert alarms["streams-dead-letters"]["dimensions"] == {"QueueName": f"{DEV}-streams-dlq"}
    windows = {f"late-{name}" for name in ("fast-long", "fast-short", "slow-long", "slow-short")}
    for name in alarms.keys() - windows:  # the alarm of two windows tells of them
        assert len(alarms[name]["alarm_description"]) > 60 and alarms[name]["alarm_actions"]


def test_the_dashboard_has_a_row_for_sources(seven: Configuration, dev_known: Configuration) -> None:
    shown, usual = (
        json.loads(c.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"] for c in (seven, dev_known)
    )
    assert len(shown) == len(usual) + 2
    assert shown[-1]["y"] > usual[-1]["y"]


def test_a_private_source_without_a_network_is_told_at_plan() -> None:
    said = run("plan", f"-var-file={SEVEN}", "-var=vpc=null", f"-var=dist_dir={placeholders(SEVEN)}")
    assert "sources/shop.yaml says vpc: true, but the variable vpc is null" in " ".join(said.split())


def test_a_name_that_aws_would_refuse_is_told_at_plan(tmp_path: Path) -> None:
    declared = {"sources": {"m" * 30: {"kind": "sqs", "queue": "mails"}}}
    given = {"name_prefix": "p" * 31, "dist_dir": packaged(declared, tmp_path)}
    said = run("plan", *(f"-var={name}={value}" for name, value in given.items()))
    assert f"The source {'m' * 30} has too long a name for {'p' * 31}-dev" in " ".join(said.split())


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
