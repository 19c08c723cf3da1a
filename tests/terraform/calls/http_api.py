"""The HTTP API, made where the variable `api` is set: the calls that make it and read it back, change it and remove it.

"A second plan changes nothing" hangs on what is read back: each call is followed by the provider's own reading of it.
"""

from __future__ import annotations

import json

from tests.terraform.calls.named import ACCOUNT, FUNCTION, Aws, arn, same

NAME = "t-api"
ROUTE = "GET /v1/datasets/{dataset}"


def api(aws: Aws) -> None:
    gateway = aws("apigatewayv2")
    given = {"Name": NAME, "ProtocolType": "HTTP", "Description": "d", "Tags": {"a": "b"}}
    expressions = {
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "RouteSelectionExpression": "$request.method $request.path",
    }
    made = gateway.create_api(**given, **expressions)["ApiId"]
    found = gateway.get_api(ApiId=made)
    same({name: found[name] for name in (*given, *expressions)}, {**given, **expressions})
    same(found["DisableExecuteApiEndpoint"], False)
    gateway.update_api(ApiId=made, Description="other")
    same(gateway.get_api(ApiId=made)["Description"], "other")


def authorizer(aws: Aws) -> str:
    """Its id."""
    gateway, where = aws("apigatewayv2"), _where(aws)
    given = {
        "AuthorizerType": "JWT", "Name": "tokens", "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["reports"], "Issuer": "https://tokens.example.com"},
    }  # fmt: skip
    made = gateway.create_authorizer(**where, **given)["AuthorizerId"]
    found = gateway.get_authorizer(**where, AuthorizerId=made)
    same({name: found[name] for name in given}, given)
    return str(made)


def integration(aws: Aws) -> str:
    """Its id."""
    gateway, where = aws("apigatewayv2"), _where(aws)
    given = {
        "ConnectionType": "INTERNET", "IntegrationType": "AWS_PROXY", "IntegrationUri": arn("lambda", f"function:{FUNCTION}"),
        "PayloadFormatVersion": "2.0", "TimeoutInMillis": 30000,
    }  # fmt: skip
    made = gateway.create_integration(**where, **given)["IntegrationId"]
    found = gateway.get_integration(**where, IntegrationId=made)
    same({name: found[name] for name in given}, given)
    return str(made)


def route(aws: Aws) -> None:
    gateway, where = aws("apigatewayv2"), _where(aws)
    given = {
        "ApiKeyRequired": False, "AuthorizationType": "JWT", "RouteKey": ROUTE,
        "AuthorizationScopes": ["glue-etl-pipeline/read"],
        "AuthorizerId": authorizer(aws),
        "Target": f"integrations/{integration(aws)}",
    }  # fmt: skip
    made = gateway.create_route(**where, **given)["RouteId"]
    found = gateway.get_route(**where, RouteId=made)
    same({name: found[name] for name in given}, given)


def stage(aws: Aws) -> None:
    gateway, where = aws("apigatewayv2"), {**_where(aws), "StageName": "$default"}
    given = {
        "AutoDeploy": True, "Tags": {"a": "b"},
        "DefaultRouteSettings": {"DetailedMetricsEnabled": True, "ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50.0},
        "AccessLogSettings": {"DestinationArn": arn("logs", "log-group:/aws/vendedlogs/apis/t"), "Format": "{}"},
    }  # fmt: skip
    gateway.create_stage(**where, **given)
    found = gateway.get_stage(**where)
    same({name: found[name] for name in given}, given)


def permission(aws: Aws) -> None:
    source = f"{arn('execute-api', 'a')}/$default/*"
    given = {"FunctionName": FUNCTION, "StatementId": "gateway", "Action": "lambda:InvokeFunction"}
    aws("lambda").add_permission(**given, Principal="apigateway.amazonaws.com", SourceArn=source)
    (found,) = json.loads(aws("lambda").get_policy(FunctionName=FUNCTION)["Policy"])["Statement"]
    same((found["Sid"], found["Condition"]), ("gateway", {"ArnLike": {"AWS:SourceArn": source}}))


def callers_policy(aws: Aws) -> None:
    """With auth.type iam; the provider reads the default version back."""
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn("execute-api", "a/*")}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam, where = aws("iam"), {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-read"}
    iam.create_policy(PolicyName=f"{NAME}-read", PolicyDocument=json.dumps(document), Tags=[{"Key": "a", "Value": "b"}])
    version = iam.get_policy(**where)["Policy"]["DefaultVersionId"]
    same(iam.get_policy_version(**where, VersionId=version)["PolicyVersion"]["Document"], document)
    iam.list_policy_versions(**where)


def _where(aws: Aws) -> dict[str, str]:
    """The API that `api` made."""
    (found,) = [item["ApiId"] for item in aws("apigatewayv2").get_apis()["Items"] if item["Name"] == NAME]
    return {"ApiId": found}
