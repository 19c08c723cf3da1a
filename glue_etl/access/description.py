"""The OpenAPI 3.1 document, made of the routes and their models."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

VERSION = "1.0.0"
TITLE = "glue-etl-pipeline"
_DESCRIPTION = (
    "Datasets, files, runs and rows of one deployment. Every request carries a bearer token with the scopes of its route, or is "
    "signed (SigV4) where the deployment has IAM. What goes wrong is told as application/problem+json (RFC 9457)."
)


def described(app: APIGatewayHttpResolver) -> str:
    """The document as JSON, keys in a certain order."""
    document: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(title=TITLE, version=VERSION, openapi_version="3.1.0", description=_DESCRIPTION)
    )
    document["servers"] = [{"url": "/"}]
    document.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    document["security"] = [{"token": []}]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
