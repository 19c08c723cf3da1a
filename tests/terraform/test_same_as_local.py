"""The local cloud's description of the deployment equals Terraform's, field by field: the two cannot drift."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from local.describe import ARTIFACTS, describe
from local.stack import Choices, Place, Stack
from shipping.contracts import compile_contracts
from tests.terraform.configuration import ROOT, Configuration, Resource

WHEELS = "s3://glue-etl-pipeline-dev-artifacts/glue/glue-wheels.gluewheels.zip"
# What environments/dev.tfvars says besides the defaults.
DEV = Choices(glue_max_workers=5, wheel_uris=(WHEELS,))


@pytest.fixture(scope="module")
def local() -> Stack:
    return describe("dev", compile_contracts(ROOT), Place(), DEV)


def named(dev: Configuration, type_: str, attribute: str = "name") -> dict[str, Resource]:
    return {r[attribute]: r for r in dev.all(type_)}


def opaque(dev: Configuration, **values: Any) -> dict[str, Any]:
    """The values, without those that a reader does not know: other resources' ARNs."""
    return values if dev.known else {}


def test_buckets(dev: Configuration, local: Stack) -> None:
    assert set(named(dev, "aws_s3_bucket", "bucket")) == set(local.buckets)


def test_queues(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_sqs_queue")
    expected = [local.arrivals, local.outcomes]
    assert set(found) == {q.name for q in expected} | {q.dead_letters for q in expected} | {
        local.schedules_dead_letters
    }
    for queue in expected:
        made = found[queue.name]
        redrive = json.loads(made["redrive_policy"])
        assert made["visibility_timeout_seconds"] == queue.visibility_timeout_seconds
        assert redrive["maxReceiveCount"] == queue.max_receive_count
        assert opaque(dev, arn=made.values.get("arn"), dlq=redrive["deadLetterTargetArn"]) == opaque(
            dev, arn=queue.arn, dlq=queue.dead_letters_arn
        )


@pytest.mark.parametrize("kind", ["arrivals", "outcomes"])
def test_queue_policies(dev_known: Configuration, local: Stack, kind: str) -> None:
    queue = getattr(local, kind)
    policies = [json.loads(p["policy"])["Statement"] for p in dev_known.all("aws_sqs_queue_policy")]
    allow = next(s[0] for s in policies if s[0]["Resource"] == queue.arn)
    assert (allow["Principal"], allow["Condition"]["ArnEquals"]) == (
        {"Service": queue.sender},
        {"aws:SourceArn": queue.source_arn},
    )


def test_notification(dev: Configuration, local: Stack) -> None:
    notification = dev.one("aws_s3_bucket_notification")
    assert notification["bucket"] == local.raw_bucket
    assert notification.block("queue")["filter_prefix"] == local.incoming_prefix


def test_functions(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_lambda_function", "function_name")
    assert set(found) == {f.name for f in local.functions}
    for function in local.functions:
        made = found[function.name]
        assert made["handler"] == function.handler
        assert (made["timeout"], made["memory_size"]) == (function.timeout_seconds, function.memory_mb)
        assert (made["runtime"], tuple(made["architectures"])) == (function.runtime, function.architectures)
        assert made["s3_key"] == ARTIFACTS[function.zip_file]
        assert opaque(dev, role=made.values.get("role")) == opaque(dev, role=function.role_arn)


def test_function_environments(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_lambda_function", "function_name")
    addresses = set() if dev.known else {"ARRIVALS_QUEUE_URL", "NOTICES_TOPIC_ARN"}
    for function in local.functions:
        made = found[function.name].block("environment")["variables"]
        assert set(made) == set(function.environment)
        assert {k: v for k, v in made.items() if k not in addresses} == {
            k: v for k, v in function.environment.items() if k not in addresses
        }


def test_event_source_mappings(dev: Configuration, local: Stack) -> None:
    made = {
        (
            m["batch_size"],
            m["maximum_batching_window_in_seconds"],
            m.block("scaling_config")["maximum_concurrency"],
            tuple(m["function_response_types"]),
            m["event_source_arn"] if dev.known else "",
            m["function_name"].rsplit(":", 1)[-1] if dev.known else "",
        )
        for m in dev.all("aws_lambda_event_source_mapping")
    }
    assert made == {
        (
            s.batch_size,
            s.batching_window_seconds,
            s.maximum_concurrency,
            s.function_response_types,
            s.queue_arn if dev.known else "",
            s.function if dev.known else "",
        )
        for s in local.event_sources
    }


def test_tables(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_dynamodb_table")
    assert set(found) == {local.ledger.name, local.job_state.name}
    for table in (local.ledger, local.job_state):
        made = found[table.name]
        indexes = {i["name"]: (i["hash_key"], i["range_key"]) for i in made.blocks("global_secondary_index")}
        assert (made["hash_key"], made.values.get("range_key") or "") == (table.hash_key, table.range_key)
        assert indexes == dict(table.indexes)
        ttl = made.block("ttl")["attribute_name"] if made.blocks("ttl") else ""
        assert ttl == table.ttl_attribute


def test_job(dev: Configuration, local: Stack) -> None:
    made, job = dev.one("aws_glue_job"), local.job
    assert made["default_arguments"] == dict(job.default_arguments)
    assert made["name"] == job.name
    assert (made["glue_version"], made["worker_type"]) == (job.glue_version, job.worker_type)
    assert (made["number_of_workers"], made["timeout"], made["max_retries"]) == (
        job.number_of_workers,
        job.timeout_minutes,
        job.max_retries,
    )
    assert made.block("execution_property")["max_concurrent_runs"] == job.max_concurrent_runs
    command = made.block("command")
    assert (command["name"], command["python_version"], command["script_location"]) == (
        job.command,
        job.python_version,
        job.script_uri,
    )


def test_rule(dev: Configuration, local: Stack) -> None:
    rule, target = dev.one("aws_cloudwatch_event_rule"), dev.one("aws_cloudwatch_event_target")
    assert (rule["name"], json.loads(rule["event_pattern"])) == (local.run_ended.name, dict(local.run_ended.pattern))
    assert target["target_id"] == local.run_ended.target_id
    assert opaque(dev, arn=target["arn"]) == opaque(dev, arn=local.run_ended.target_arn)


def test_schedules(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_scheduler_schedule")
    assert set(found) == {s.name for s in local.schedules}
    for schedule in local.schedules:
        made = found[schedule.name]
        target = made.block("target")
        given = json.loads(target["input"]) if target.get("input") else None
        assert (made["schedule_expression"], given) == (schedule.expression, schedule.input)
        assert (made.values.get("state") or "ENABLED") == ("ENABLED" if schedule.enabled else "DISABLED")
        assert opaque(dev, arn=target["arn"], role=target["role_arn"]) == opaque(
            dev, arn=schedule.target_arn, role=schedule.role_arn
        )


def test_catalog(dev_known: Configuration, local: Stack) -> None:
    assert dev_known.one("aws_glue_catalog_database")["name"] == local.database
    found = named(dev_known, "aws_glue_catalog_table")
    assert set(found) == {t.name for t in local.tables}
    for table in local.tables:
        made = found[table.name].block("storage_descriptor")
        assert (made["location"], found[table.name]["description"]) == (table.location, table.description)
        assert [(c["name"], c["type"], c["comment"]) for c in made["columns"]] == [
            (c.name, c.type, c.comment) for c in table.columns
        ]


def test_what_the_deployer_may_choose_has_the_same_defaults() -> None:
    """Choices has a field for a variable of the same name (health_check_enabled for health_check.enabled)."""
    defaults = _variable_defaults()
    same_name = [choice for choice in fields(Choices) if choice.name in defaults]
    assert len(same_name) >= 10
    assert {c.name: defaults[c.name] for c in same_name} == {c.name: c.default for c in same_name}


def _variable_defaults() -> dict[str, Any]:
    load = pytest.importorskip("tfparse").load_from_path
    found = load(str(ROOT / "terraform"), vars_paths=["environments/dev.tfvars"])["variable"]
    of_root = [v for v in found if v["__tfmeta"]["filename"] == "variables.tf"]
    return {v["__tfmeta"]["label"]: v.get("default") for v in of_root}
