"""The real provider can make the stack in the local cloud: moto answers what it calls, for each resource type we use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.terraform.calls import CALLS
from tests.terraform.calls.named import REGION
from tests.terraform.configuration import ROOT, Configuration, from_tfparse, read

# What terraform/examples/local/README.md lists, with the reasons.
LEFT_OUT = {
    "aws_s3_bucket_policy",
    "aws_cloudwatch_composite_alarm",
    "aws_sqs_queue_redrive_allow_policy",
    "aws_glue_connection",
}
NOT_AWS = {"terraform_data"}
# Not made with dev's values: an address is needed, a declared source, a network, or the API.
API = {
    *(f"aws_apigatewayv2_{part}" for part in ("api", "authorizer", "integration", "route", "stage")),
    "aws_lambda_permission",
    "aws_iam_policy",
}
ON_DEMAND = API | {
    "aws_glue_connection",
    "aws_sns_topic_subscription",
    "aws_lambda_event_source_mapping of Kinesis",
    "data.aws_secretsmanager_secret",
}


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, REGION, aws_access_key_id="t", aws_secret_access_key="t")


@pytest.fixture(scope="module")
def failures() -> dict[str, str]:
    """Resource type -> why moto cannot do it; all types in one account, one after the other."""
    found: dict[str, str] = {}
    with mock_aws():
        for type_, call in CALLS.items():
            try:
                call(client)
            except Exception as error:  # noqa: BLE001  (whatever it is, the test tells it)
                found[type_] = f"{type(error).__name__}: {error}"
    return found


def test_every_resource_type_is_tried(dev: Configuration) -> None:
    assert {r.type for r in dev.resources} - NOT_AWS == set(CALLS) - ON_DEMAND


def test_declared_sources_need_no_further_type(seven: Configuration) -> None:
    """Glue's connection comes with the network that sources.tfvars names."""
    assert {r.type for r in seven.resources} - NOT_AWS == set(CALLS) - ON_DEMAND | {"aws_glue_connection"}


def test_the_api_s_types_are_tried() -> None:
    with_api = read("tfcheck", "dev", "../tests/terraform/api.tfvars")
    assert {r.type for r in with_api.resources} - NOT_AWS == set(CALLS) - ON_DEMAND | API - {"aws_iam_policy"}


def test_moto_makes_and_reads_back_all_that_is_not_left_out(failures: dict[str, str]) -> None:
    assert {type_: why for type_, why in failures.items() if type_ not in LEFT_OUT} == {}


def test_moto_still_lacks_what_is_left_out(failures: dict[str, str]) -> None:
    assert set(failures) >= LEFT_OUT, "moto can do it now: leave it in, and take it out of examples/local/README.md"


def test_a_local_deployment_leaves_out_just_that(tmp_path: Path) -> None:
    pytest.importorskip("tfparse")
    private = tmp_path / "private.tfvars"
    private.write_text((ROOT / "tests" / "terraform" / "sources.tfvars").read_text())
    seen = os.path.relpath(private, ROOT / "terraform")
    local = from_tfparse("dev", seen, "examples/local/local.tfvars")
    assert {r.type for r in from_tfparse("dev", seen).resources} - {r.type for r in local.resources} == LEFT_OUT


def test_what_is_left_out_is_told() -> None:
    text = (ROOT / "terraform" / "examples" / "local" / "README.md").read_text()
    assert all(f"| `{type_}` |" in text for type_ in LEFT_OUT)
