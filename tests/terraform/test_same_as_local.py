"""The local cloud's description of the deployment equals Terraform's, field by field: the two cannot drift.

Once without sources, from both readers of Terraform; once with one source of each kind.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from typing import Any

import pytest

from glue_etl.core.operating.sources import load_sources
from local.deploy import digest_of
from local.describe import ARTIFACTS, describe
from local.stack import Choices, EventSource, Network, Place, Stack, Topic
from shipping.contracts import compile_contracts
from shipping.sources import compile_sources
from tests.terraform.configuration import ROOT, SEVEN, Configuration, Resource, placeholders, read

WHEELS = "s3://glue-etl-pipeline-dev-artifacts/glue/glue-wheels.gluewheels.zip"
# What environments/dev.tfvars says besides the defaults.
DEV = Choices(glue_max_workers=5, wheel_uris=(WHEELS,))


# What sources.tfvars says besides.
NETWORK = Network(("subnet-0123456789abcdef0",), ("sg-0123456789abcdef0",))


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
    declared = any("-pull-" in f["function_name"] for f in found.all("aws_lambda_function"))
    sources = load_sources(compile_sources(ROOT, "tests/terraform/sources")) if declared else {}
    choices = replace(DEV, vpc=NETWORK) if declared else DEV
    digest = digest_of((placeholders() / "sources.json").read_bytes())
    return describe("dev", compile_contracts(ROOT), Place(), choices, sources=sources, sources_digest=digest)


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
    dead_letters = {q.dead_letters for q in expected} | {local.schedules_dead_letters, local.streams_dead_letters}
    assert set(found) == {q.name for q in expected} | dead_letters - {""}
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
        network = made.block("vpc_config") if made.blocks("vpc_config") else None
        assert (network and (tuple(network["subnet_ids"]), tuple(network["security_group_ids"]))) == (
            function.vpc and (function.vpc.subnet_ids, function.vpc.security_group_ids)
        )


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
    made = [mapping_of(dev, m) for m in dev.all("aws_lambda_event_source_mapping")]
    expected = [s if dev.known else replace(s, source_arn="", function="") for s in local.event_sources]
    assert sorted(made, key=repr) == sorted(expected, key=repr)


def mapping_of(dev: Configuration, made: Resource) -> EventSource:
    """What Terraform makes, as the local description has it. What is not said, tfcheck has as 0."""
    scaling = made.block("scaling_config") if made.blocks("scaling_config") else {}
    failed = made.block("destination_config") if made.blocks("destination_config") else {}
    return EventSource(
        source_arn=(made["event_source_arn"] or "") if dev.known else "",
        function=made["function_name"].rsplit(":", 1)[-1] if dev.known else "",
        batch_size=made["batch_size"],
        batching_window_seconds=made["maximum_batching_window_in_seconds"],
        maximum_concurrency=scaling.get("maximum_concurrency"),
        function_response_types=tuple(made.values.get("function_response_types") or ()),
        starting_position=made.values.get("starting_position"),
        parallelization_factor=made.values.get("parallelization_factor") or None,
        bisect_batch_on_error=made.values.get("bisect_batch_on_function_error"),
        maximum_retry_attempts=made.values.get("maximum_retry_attempts") or None,
        maximum_record_age_seconds=made.values.get("maximum_record_age_in_seconds") or None,
        dead_letters_arn=failed["on_failure"][0]["destination_arn"] if failed else None,
        topic=topic_of(made),
    )


def topic_of(made: Resource) -> Topic | None:
    """The secrets' ARNs end with six characters, which only AWS knows."""
    if not made.values.get("topics"):
        return None
    servers = made.blocks("self_managed_event_source")
    kind = "self_managed_kafka" if servers else "amazon_managed_kafka"
    (name,) = made["topics"]
    return Topic(
        name=name,
        consumer_group=made.block(f"{kind}_event_source_config")["consumer_group_id"],
        bootstrap_servers=tuple(servers[0]["endpoints"]["KAFKA_BOOTSTRAP_SERVERS"].split(",")) if servers else (),
        access=tuple(
            (access["type"], re.sub("(:secret:.*)-[A-Za-z0-9]{6}$", r"\1", access["uri"]))
            for access in sorted(
                made.blocks("source_access_configuration"), key=lambda a: ACCESS_ORDER.index(a["type"])
            )
        ),
    )


# Terraform has them as a set.
ACCESS_ORDER = ["SERVER_ROOT_CA_CERTIFICATE", "SASL_SCRAM_512_AUTH", "VPC_SUBNET", "VPC_SECURITY_GROUP"]


def test_tables(dev: Configuration, local: Stack) -> None:
    found = named(dev, "aws_dynamodb_table")
    expected = [table for table in (local.ledger, local.job_state, local.source_states) if table]
    assert set(found) == {table.name for table in expected}
    for table in expected:
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
        retries = made.block("target")["retry_policy"]
        retries = retries[0] if isinstance(retries, list) else retries
        assert (retries["maximum_event_age_in_seconds"], retries["maximum_retry_attempts"]) == (
            schedule.maximum_event_age_seconds,
            schedule.maximum_retry_attempts,
        )
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
