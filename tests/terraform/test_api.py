"""The API as Terraform makes it: its routes and no other, nobody let in unseen, logs without questions, few rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.describe import describe
from shipping.deployment import DESCRIPTION
from tests.terraform.configuration import Configuration, placeholders, read
from tests.terraform.test_policies import WITHOUT_RESOURCE, allowed, role_statements, statements

API = "../tests/terraform/api.tfvars"


@pytest.fixture(scope="module")
def dev() -> Configuration:
    return read("tfcheck", "dev", API)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    file = tmp_path_factory.mktemp("api") / "api.tfvars"
    file.write_text('api = { auth = { type = "iam" } }\n')
    return read("tfcheck", "dev", str(file))


def test_every_route_has_an_authorizer_and_the_scope_of_its_role(dev: Configuration) -> None:
    routes = {r["route_key"]: r for r in dev.all("aws_apigatewayv2_route")}
    assert set(routes) == set(DESCRIPTION["api_routes"])
    for key, route in routes.items():
        assert route["authorization_type"] == "JWT" and route["authorizer_id"]
        assert route["authorization_scopes"] == [f"glue-etl-pipeline/{DESCRIPTION['api_routes'][key]['role']}"]
    assert not dev.one("aws_apigatewayv2_api").blocks("cors_configuration")


def test_with_iam_every_route_is_signed_and_a_policy_a_role_names_its_routes(signed: Configuration) -> None:
    assert {r["authorization_type"] for r in signed.all("aws_apigatewayv2_route")} == {"AWS_IAM"}
    policies = {p["name"].rpartition("-")[2]: p for p in signed.all("aws_iam_policy")}
    assert set(policies) == {"read", "rows", "operate"}
    (operate,) = statements(policies["operate"]["policy"])
    assert operate["Action"] == ["execute-api:Invoke"]
    ends = {resource.partition("/$default/")[2] for resource in operate["Resource"]}
    assert ends == {f"POST/v1/files/*/{action}" for action in ("replay", "release", "rollback")}


def test_the_access_log_has_neither_queries_nor_bodies_nor_headers(dev: Configuration) -> None:
    settings = dev.one("aws_apigatewayv2_stage").block("access_log_settings")
    told = set(json.loads(settings["format"]).values())
    assert "$context.path" in told
    assert not [value for value in told if any(word in value.lower() for word in ("query", "header", "body", "uri"))]
    throttled = dev.one("aws_apigatewayv2_stage").block("default_route_settings")
    assert (throttled["throttling_rate_limit"], throttled["throttling_burst_limit"]) == (50, 100)


def test_what_answers_questions_changes_nothing_but_its_own_results(dev: Configuration) -> None:
    rights = allowed(dev, "query")
    results = "arn:aws:s3:::glue-etl-pipeline-dev-artifacts-123456789012/athena-results/api/*"
    writing = ("Put", "Delete", "Update", "Create", "Send", "Publish", "Batch", "Abort")
    reads = ("glue:BatchGetPartition", "dynamodb:BatchGetItem")
    writes = {a: r for a, r in rights.items() if a.partition(":")[2].startswith(writing) and a not in reads}
    own = ("xray:", "logs:")
    assert {a for a in writes if not a.startswith(own)} == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert writes["s3:PutObject"] == {results}
    workgroup = dev.one("aws_athena_workgroup", "module.api[0].aws_athena_workgroup.api")
    assert rights["athena:StartQueryExecution"] == {workgroup["arn"]}
    assert workgroup.block("configuration")["enforce_workgroup_configuration"] is True
    incoming = "arn:aws:s3:::glue-etl-pipeline-dev-raw-123456789012/data/incoming/*"
    assert incoming not in rights["s3:GetObject"]
    kept = {resource.partition(":::")[2] for resource in rights["s3:GetObject"] if "-quarantine-" in resource}
    assert kept == {"glue-etl-pipeline-dev-quarantine-123456789012/*/bad_rows/*"}, "no rows that a gate has kept"


def test_who_operates_asks_athena_nothing_and_starts_no_run(dev: Configuration) -> None:
    assert not [a for a in allowed(dev, "operate") if a.startswith(("athena:", "glue:Start"))]


def test_no_action_and_no_resource_is_a_wildcard(dev: Configuration) -> None:
    for role, statement in role_statements(dev):
        assert not [a for a in statement["Action"] if "*" in a]
        assert "*" not in statement["Resource"] or set(statement["Action"]) <= WITHOUT_RESOURCE, role


def test_the_local_cloud_makes_the_same_routes_and_tells_the_functions_the_same(dev: Configuration) -> None:
    content = json.loads((placeholders(API) / "deployment.json").read_text())
    days: dict[str, Any] = {"staging": 3, "runs": 30, "old_versions": 7, "quarantine": 90}
    choices = {"glue_max_workers": 5, "retention_days": days, "api": {"result_reuse_minutes": 5}}
    stack = describe("dev", content, choices=choices)
    assert stack.http_api is not None and dev.one("aws_apigatewayv2_api")["name"] == stack.http_api.name
    wanted = {r["route_key"]: r["authorization_scopes"][0] for r in dev.all("aws_apigatewayv2_route")}
    assert {route: scope for route, (_, scope) in stack.http_api.routes.items()} == wanted
    made = {f["function_name"]: f.block("environment")["variables"] for f in dev.all("aws_lambda_function")}
    for function in stack.functions:
        there = dict(made[function.name])
        here = dict(function.environment)
        for place in ("ARRIVALS_QUEUE_URL", "NOTICES_TOPIC_ARN"):
            assert there.pop(place) and here.pop(place)
        assert (there.pop("QUERY_ENGINE", None), here.pop("QUERY_ENGINE", None)) in ((None, None), ("athena", "duckdb"))
        assert there == here


def test_the_file_of_variables_is_where_terraform_looks_for_it() -> None:
    assert (Path(__file__).parent / "api.tfvars").is_file()
