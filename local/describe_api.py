"""What the API adds to a deployment, as Terraform's modules/api makes it. Pure."""

from __future__ import annotations

from glue_etl.access.callers import SCOPES
from local.deployment import Deployment, settings_of
from local.stack import Function, HttpApi

AUTHORIZER = {"Issuer": "https://tokens.local", "Audience": ["local"]}
"""Whose tokens the local cloud takes: its own."""


def api_functions(deployment: Deployment) -> tuple[Function, ...]:
    """Those of the API, where the variable `api` is set. Rows are asked of DuckDB here."""
    chosen = deployment.choices.get("api")
    if not chosen:
        return ()
    told = {
        **settings_of(deployment),
        "QUERY_ENGINE": "duckdb",
        "QUERY_WORKGROUP": f"{deployment.name}-api",
        "QUERY_RESULTS": f"s3://{deployment.names['artifacts_bucket']}/athena-results/api/",
        "QUERY_REUSE_MINUTES": str(chosen.get("result_reuse_minutes", 0)),
    }
    return tuple(
        deployment.function(described, f"{deployment.name}-{name}", name, told)
        for name, described in deployment.content["api_functions"].items()
    )


def http_api(deployment: Deployment) -> HttpApi | None:
    """The gateway with its routes; None where the variable `api` is not set."""
    if not deployment.choices.get("api"):
        return None
    routes = {
        route: (
            deployment.place.arn("lambda", f"function:{deployment.name}-{to['function']}"),
            f"{SCOPES}{to['role']}",
        )
        for route, to in deployment.content["api_routes"].items()
    }
    return HttpApi(deployment.names["api"], routes, AUTHORIZER)
