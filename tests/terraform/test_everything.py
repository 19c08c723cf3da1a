"""All that can be declared and chosen, at once and with the longest names: within AWS's limits, and with each right explained."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shipping.build import DECLARED
from shipping.sources import compile_sources
from tests.terraform.configuration import ROOT, SEVEN, SOURCES, Configuration, applied, from_state, packaged, tfcheck
from tests.terraform.test_policies import statements

CHOSEN = (SEVEN, *(f"../tests/terraform/{name}.tfvars" for name in ("warehouse", "everything")))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """A source of each kind, a transform of each kind of schedule, a protected column, the API, Redshift, QuickSight, Iceberg."""
    tool = tfcheck()
    if tool is None:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    dist = built_of_all(tmp_path_factory.mktemp("declared"), tmp_path_factory.mktemp("dist"))
    return from_state(applied(tool, "dev", dist, *CHOSEN))


def built_of_all(declared: Path, dist: Path) -> Path:
    for name in DECLARED:
        shutil.copytree(ROOT / name, declared / name)
    example = ROOT / "transforms" / "examples" / "daily_revenue"
    shutil.copytree(example, declared, dirs_exist_ok=True)
    text = (example / "transforms" / "daily_revenue.sql").read_text(encoding="utf-8")
    nightly = text.replace("dataset: daily_revenue", "dataset: nightly").replace("on_arrival", "cron(0 3 * * ? *)")
    (declared / "transforms" / "nightly.sql").write_text(nightly, encoding="utf-8")
    sources = compile_sources(ROOT, SOURCES)["sources"]
    scram = {**sources["sensors"], "auth": {"type": "scram_sha_512", "secret": "AmazonMSK_reader"}}
    packaged({"sources": {**sources, "scram": scram}}, dist, declared)
    described = json.loads((dist / "deployment.json").read_text())
    described["protection"]["needs_key"] = True
    described["datasets_read"] = ["sales"]
    (dist / "deployment.json").write_text(json.dumps(described))
    return dist


# Whose policies Terraform makes besides roles': type -> the argument with the policy.
RESOURCE_POLICIES = {"aws_sqs_queue_policy": "policy", "aws_sns_topic_policy": "policy", "aws_kms_key": "policy"}
ROW = re.compile(r"^\| (\w+) \| ([^|]+) \| (`[^|]+`) \| ([^|]+) \|$", re.M)


def rights(made: Configuration) -> dict[str, tuple[set[str], set[str]]]:
    """Sid -> who has the right, by the kind of the role, and its actions; of all policies."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for sid, who, actions in _allowed(made):
        names, of = found.setdefault(sid, (set(), set()))
        names.add(who)
        of.update(actions)
    return found


def _allowed(made: Configuration) -> Iterator[tuple[str, str, list[str]]]:
    for policy in made.all("aws_iam_role_policy"):
        yield from ((s["Sid"], _kind(policy["role"]), s["Action"]) for s in statements(policy["policy"]))
    for policy in made.all("aws_iam_policy"):
        yield from ((s["Sid"], "callers", s["Action"]) for s in statements(policy["policy"]))
    for type_, argument in RESOURCE_POLICIES.items():
        for policy in made.all(type_):
            for statement in statements(policy[argument]):
                if statement["Effect"] == "Allow":
                    yield from ((statement["Sid"], who, statement["Action"]) for who in _principals(statement))
    for permission in made.all("aws_lambda_permission"):
        yield permission["statement_id"], permission["principal"], [permission["action"]]


def _kind(role: str) -> str:
    """dispatch of <name>-dispatch, pull of <name>-pull-<source>."""
    if role.startswith("aws-quicksight"):
        return "quicksight"
    own = role.removeprefix("a-prefix-of-thirty-one-letters1-staging-")
    return own.partition("-")[0] if own.startswith(("pull-", "collect-", "start-")) else own


def _principals(statement: Mapping[str, Any]) -> list[str]:
    services = statement["Principal"].get("Service", [])
    services = [services] if isinstance(services, str) else services
    return [re.sub(r"\.[a-z]+-[a-z]+-\d\.", ".<region>.", name) for name in services] or ["account"]


def test_every_right_is_explained_and_nothing_is_that_nobody_has(everything: Configuration) -> None:
    """docs/permissions.md has a row for each statement: who has it, each of its actions, and why in a sentence."""
    written = {
        sid: (set(who.split(", ")), set(re.findall("`([^`]+)`", actions)))
        for sid, who, actions, why in ROW.findall((ROOT / "docs" / "permissions.md").read_text())
        if len(why.split()) >= 3
    }
    assert written == rights(everything)


# Type -> the argument with its name, and how long that may be: "Lambda quotas", "IAM and AWS STS quotas", "CreateSchedule",
# "PutRule", "CreateWorkgroup" (Redshift), "CreateQueue", "General purpose bucket naming rules".
NAMES = {
    "aws_lambda_function": ("function_name", 64),
    "aws_iam_role": ("name", 64),
    "aws_scheduler_schedule": ("name", 64),
    "aws_scheduler_schedule_group": ("name", 64),
    "aws_cloudwatch_event_rule": ("name", 64),
    "aws_redshiftserverless_namespace": ("namespace_name", 64),
    "aws_redshiftserverless_workgroup": ("workgroup_name", 64),
    "aws_s3_bucket": ("bucket", 63),
    "aws_sqs_queue": ("name", 80),
}


def test_the_longest_names_are_within_aws_s_limits(everything: Configuration) -> None:
    for type_, (argument, most) in NAMES.items():
        names = [made[argument] for made in everything.all(type_)]
        assert names and max(map(len, names)) <= most, type_
    assert max(len(b["bucket"]) for b in everything.all("aws_s3_bucket")) == 63, "a longer prefix could be allowed"


def test_functions_environments_are_within_4_kb(everything: Configuration) -> None:
    """Keys and values of a function together ("Lambda quotas"); as JSON they are longer still."""
    for function in everything.all("aws_lambda_function"):
        told = function.block("environment")["variables"]
        assert len(json.dumps(told)) <= 4096, function["function_name"]
    watched = everything.one("aws_lambda_function", '.module.function["sweep"].aws_lambda_function.this')
    assert len(watched.block("environment")["variables"]["WATCHED_DATASETS"]) == 1200, "the most that is allowed"


def test_all_inline_policies_of_a_role_are_within_10_240_characters(everything: Configuration) -> None:
    """ "IAM and AWS STS quotas"; of QuickSight's service role others have a share."""
    for policy in everything.all("aws_iam_role_policy"):
        assert len(re.sub(r"\s", "", policy["policy"])) <= 10_240, policy["role"]


def test_every_stream_and_queue_reaches_a_function_that_has_time_for_it(everything: Configuration) -> None:
    """Lambda refuses a queue whose messages come back before the function's time is up ("Using Lambda with Amazon SQS")."""
    queues = {q["arn"]: q for q in everything.all("aws_sqs_queue")}
    functions = {f["arn"]: f for f in everything.all("aws_lambda_function")}
    mappings = [m for m in everything.all("aws_lambda_event_source_mapping") if m["event_source_arn"] in queues]
    assert len(mappings) == 2
    for mapping in mappings:
        visible = queues[mapping["event_source_arn"]]["visibility_timeout_seconds"]
        window = mapping["maximum_batching_window_in_seconds"]
        assert visible >= functions[mapping["function_name"]]["timeout"] + window
        assert mapping["batch_size"] <= 10 or window >= 1, "more than ten messages only with a window"
        assert 2 <= mapping.block("scaling_config")["maximum_concurrency"] <= 1000
