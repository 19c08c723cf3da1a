"""What Terraform and the local cloud both say of their own: parts' names, what functions and job are told, who calls whom.

All else is read by both from deployment.json. Once without sources, from both readers of Terraform; once with one source of
each kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from local.deploy import digest_of
from local.describe import describe
from local.stack import Stack
from shipping.build import ROOT
from shipping.deployment import variable_defaults
from tests.terraform.configuration import SEVEN, Configuration, Resource, placeholders, read

# What environments/dev.tfvars says besides the defaults, and sources.tfvars.
DEV = {"glue_max_workers": 5, "retention_days": {"staging": 3, "runs": 30, "old_versions": 7, "quarantine": 90}}
SETTINGS = (
    "versioning", "ownership_controls", "public_access_block", "server_side_encryption_configuration",
    "lifecycle_configuration",
)  # fmt: skip
BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
NETWORK = {"subnet_id": "subnet-0123456789abcdef0", "security_group_ids": ["sg-0123456789abcdef0"]}
# The job's on AWS alone: Great Expectations is installed here.
WHEELS = {"--additional-python-modules", "--python-modules-installer-option"}


@pytest.fixture(scope="module", params=["tfcheck", "tfparse", "tfcheck with sources"])
def dev(request: pytest.FixtureRequest) -> Configuration:
    reader, _, sources = request.param.partition(" with ")
    return read(reader, "dev", *([SEVEN] if sources else []))


@pytest.fixture(scope="module", params=["no sources", "sources"])
def dev_known(request: pytest.FixtureRequest) -> Configuration:
    return read("tfcheck", "dev", *([SEVEN] if request.param == "sources" else []))


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Stack:
    """The local description of what the reader of this test has read."""
    found = next(request.getfixturevalue(name) for name in ("dev", "dev_known") if name in request.fixturenames)
    declared = [SEVEN] if any("-pull-" in f["function_name"] for f in found.all("aws_lambda_function")) else []
    dist = placeholders(*declared)
    choices = {**DEV, "vpc": NETWORK} if declared else DEV
    digest = digest_of((dist / "sources.json").read_bytes())
    return describe("dev", json.loads((dist / "deployment.json").read_text()), choices=choices, sources_digest=digest)


def named(dev: Configuration, type_: str, attribute: str = "name") -> dict[str, Resource]:
    return {r[attribute]: r for r in dev.all(type_)}


def test_parts_have_the_same_names(dev: Configuration, local: Stack) -> None:
    queues = {q for queue in local.queues.values() for q in (queue.name, queue.dead_letters)}
    assert set(named(dev, "aws_s3_bucket", "bucket")) == set(local.buckets)
    assert set(named(dev, "aws_sqs_queue")) == queues | set(local.dead_letters)
    assert set(named(dev, "aws_dynamodb_table")) == {table.name for table in local.tables.values()}
    assert set(named(dev, "aws_lambda_function", "function_name")) == {f.name for f in local.functions}
    assert set(named(dev, "aws_scheduler_schedule")) == {s.name for s in local.schedules}
    assert set(named(dev, "aws_glue_catalog_table")) == {table.name for table in local.catalog}
    assert dev.one("aws_glue_catalog_database")["name"] == local.database
    assert dev.one("aws_glue_job")["name"] == local.job.name
    assert dev.one("aws_cloudwatch_event_rule")["name"] == local.run_ended.name
    assert {o["key"] for o in dev.all("aws_s3_object")} - set(local.shipped.values()) == {
        "glue/glue-wheels.gluewheels.zip"
    }


def test_buckets_have_the_same_settings(dev_known: Configuration, local: Stack) -> None:
    """What local/provision.py sets on every bucket; the policy that refuses http is Terraform's alone."""
    made = {type_: dev_known.all(f"aws_s3_bucket_{type_}") for type_ in SETTINGS}
    assert all({r["bucket"] for r in found} == set(local.buckets) for found in made.values())
    key = dev_known.one("aws_kms_key")["arn"]
    for found in made["server_side_encryption_configuration"]:
        default = found.block("rule", "apply_server_side_encryption_by_default")
        assert (default["sse_algorithm"], default["kms_master_key_id"]) == ("aws:kms", key)
        assert found.block("rule")["bucket_key_enabled"] is True
    assert all({r[name] for name in BLOCKS} == {True} for r in made["public_access_block"])
    assert {r.block("rule")["object_ownership"] for r in made["ownership_controls"]} == {"BucketOwnerEnforced"}
    for found in made["lifecycle_configuration"]:
        rules = {rule["id"]: rule_of(rule) for rule in found.blocks("rule")}
        assert rules == {rule["ID"]: rule for rule in local.lifecycles[found["bucket"]]}


def rule_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle rule in the words of S3's call."""
    (filtered,), expiration = rule["filter"], rule["expiration"][0]
    days = {"Days": expiration["days"]} if expiration["days"] else {"ExpiredObjectDeleteMarker": True}
    old = [o["noncurrent_days"] for o in rule["noncurrent_version_expiration"]]
    unfinished = [u["days_after_initiation"] for u in rule["abort_incomplete_multipart_upload"]]
    return {
        **{"ID": rule["id"], "Status": rule["status"], "Filter": {"Prefix": filtered["prefix"]}, "Expiration": days},
        **({"NoncurrentVersionExpiration": {"NoncurrentDays": old[0]}} if old else {}),
        **({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": unfinished[0]}} if unfinished else {}),
    }


def test_functions_are_told_the_same(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_lambda_function", "function_name")
    addresses = set() if dev.known else {"ARRIVALS_QUEUE_URL", "NOTICES_TOPIC_ARN"}
    for function in local.functions:
        made = found[function.name].block("environment")["variables"]
        assert set(made) == set(function.environment)
        assert {k: v for k, v in made.items() if k not in addresses} == {
            k: v for k, v in function.environment.items() if k not in addresses
        }


def test_functions_run_the_same_code_in_the_same_place(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_lambda_function", "function_name")
    for function in local.functions:
        made, request = found[function.name], function.request
        assert (made["runtime"], made["s3_key"]) == (request["Runtime"], function.code_key)
        network = made.block("vpc_config") if made.blocks("vpc_config") else None
        assert (network and [list(network["subnet_ids"]), list(network["security_group_ids"])]) == (
            list(request["VpcConfig"].values()) if "VpcConfig" in request else None
        )
        assert not dev.known or made["role"] == function.role_arn


def test_the_job_is_told_the_same(dev: Configuration, local: Stack) -> None:
    made, request = dev.one("aws_glue_job"), local.job.request
    told = {name: value for name, value in made["default_arguments"].items() if name not in WHEELS}
    assert told == request["DefaultArguments"]
    assert (made["glue_version"], made["worker_type"], made["number_of_workers"], made["timeout"]) == tuple(
        request[name] for name in ("GlueVersion", "WorkerType", "NumberOfWorkers", "Timeout")
    )
    assert made.block("execution_property")["max_concurrent_runs"] == request["ExecutionProperty"]["MaxConcurrentRuns"]
    command = made.block("command")
    assert [command[name] for name in ("name", "script_location", "python_version")] == list(
        request["Command"].values()
    )


@pytest.mark.parametrize("kind", ["arrivals", "outcomes"])
def test_the_same_may_send_to_a_queue(dev_known: Configuration, local: Stack, kind: str) -> None:
    queue = local.queues[kind]
    policies = [json.loads(p["policy"])["Statement"] for p in dev_known.all("aws_sqs_queue_policy")]
    allow = next(s[0] for s in policies if s[0]["Resource"] == queue.arn)
    assert (allow["Principal"], allow["Condition"]["ArnEquals"]) == (
        {"Service": queue.sender},
        {"aws:SourceArn": queue.source_arn},
    )


def test_the_same_feeds_functions(dev_known: Configuration, local: Stack) -> None:
    made = [mapping_of(m) for m in dev_known.all("aws_lambda_event_source_mapping")]
    expected = [{"function": e.function, **e.fixed, **e.request} for e in local.event_sources]
    assert sorted(made, key=repr) == sorted((without_empty(e) for e in expected), key=repr)


def mapping_of(made: Resource) -> dict[str, Any]:
    """What Terraform makes in the words of Lambda's call. What is not said, tfcheck has as 0.

    The last six characters of a secret's ARN are known to AWS alone.
    """
    scaling = made.block("scaling_config") if made.blocks("scaling_config") else {}
    failed = made.block("destination_config") if made.blocks("destination_config") else {}
    kafka = [kind for kind in ("self_managed", "amazon_managed") if made.blocks(f"{kind}_kafka_event_source_config")]
    servers = [s["endpoints"]["KAFKA_BOOTSTRAP_SERVERS"].split(",") for s in made.blocks("self_managed_event_source")]
    access = [
        {"Type": a["type"], "URI": re.sub("(:secret:.*)-[A-Za-z0-9]{6}$", r"\1", a["uri"])}
        for a in made.blocks("source_access_configuration")
    ]
    said = {
        "function": made["function_name"].rsplit(":", 1)[-1],
        "EventSourceArn": made["event_source_arn"],
        "Topics": made["topics"],
        "StartingPosition": made["starting_position"],
        **{
            {"self_managed": "SelfManaged", "amazon_managed": "AmazonManaged"}[kind] + "KafkaEventSourceConfig": {
                "ConsumerGroupId": made.block(f"{kind}_kafka_event_source_config")["consumer_group_id"]
            }
            for kind in kafka
        },
        "SelfManagedEventSource": servers and {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers[0]}},
        "BatchSize": made["batch_size"],
        "MaximumBatchingWindowInSeconds": made["maximum_batching_window_in_seconds"],
        "FunctionResponseTypes": made["function_response_types"],
        "ScalingConfig": scaling and {"MaximumConcurrency": scaling["maximum_concurrency"]},
        "ParallelizationFactor": made["parallelization_factor"],
        "BisectBatchOnFunctionError": made["bisect_batch_on_function_error"],
        "MaximumRetryAttempts": made["maximum_retry_attempts"],
        "MaximumRecordAgeInSeconds": made["maximum_record_age_in_seconds"],
        "DestinationConfig": failed and {"OnFailure": {"Destination": failed["on_failure"][0]["destination_arn"]}},
        "SourceAccessConfigurations": access,
    }
    return without_empty(said)


def without_empty(mapping: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing, in one order."""
    access = mapping.get("SourceAccessConfigurations") or []
    said = {**mapping, "SourceAccessConfigurations": sorted(access, key=repr)}
    return {name: said[name] for name in sorted(said) if said[name] or name == "MaximumBatchingWindowInSeconds"}


def test_the_job_s_end_reaches_the_same_queue(dev: Configuration, local: Stack) -> None:
    rule, target = dev.one("aws_cloudwatch_event_rule"), dev.one("aws_cloudwatch_event_target")
    assert json.loads(rule["event_pattern"]) == dict(local.run_ended.pattern)
    assert target["target_id"] == local.run_ended.target["Id"]
    assert not dev.known or target["arn"] == local.run_ended.target["Arn"]


def test_schedules_call_the_same(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_scheduler_schedule")
    for schedule in local.schedules:
        made, target = found[schedule.name], schedule.request["Target"]
        called = made.block("target")
        assert made["schedule_expression"] == schedule.request["ScheduleExpression"]
        assert json.loads(called.get("input") or "null") == json.loads(target.get("Input", "null"))
        assert (made.values.get("state") or "ENABLED") == schedule.request["State"]
        retries = made.block("target", "retry_policy")
        assert retries["maximum_retry_attempts"] == target["RetryPolicy"]["MaximumRetryAttempts"]
        assert not dev.known or (called["arn"], called["role_arn"]) == (target["Arn"], target["RoleArn"])


def test_the_same_folder_is_the_incoming_one(dev: Configuration, local: Stack) -> None:
    notification = dev.one("aws_s3_bucket_notification")
    assert notification["bucket"] == local.raw_bucket
    assert notification.block("queue")["filter_prefix"] == local.incoming_prefix


def test_tables_of_the_catalog_are_the_same(dev_known: Configuration, local: Stack) -> None:
    found = named(dev_known, "aws_glue_catalog_table")
    for table in local.catalog:
        made, storage = found[table.name].block("storage_descriptor"), table.request["StorageDescriptor"]
        assert (made["location"], made["input_format"]) == (storage["Location"], storage["InputFormat"])
        assert [k["name"] for k in found[table.name]["partition_keys"]] == [
            k["Name"] for k in table.request["PartitionKeys"]
        ]
        assert [(c["name"], c["type"]) for c in made["columns"]] == [(c["Name"], c["Type"]) for c in storage["Columns"]]


def test_the_defaults_of_variables_are_those_that_terraform_reads() -> None:
    load = pytest.importorskip("tfparse").load_from_path
    found = load(str(ROOT / "terraform"), vars_paths=["environments/dev.tfvars"])["variable"]
    read_by_terraform = {
        v["__tfmeta"]["label"]: v["default"]
        for v in found
        if v["__tfmeta"]["filename"] == "variables.tf" and "default" in v
    }
    defaults = variable_defaults(ROOT / "terraform" / "variables.tf")
    assert {name: value for name, value in defaults.items() if isinstance(value, str | int) and value != ""} == {
        name: value for name, value in read_by_terraform.items() if isinstance(value, str | int) and value != ""
    }
