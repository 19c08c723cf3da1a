"""What S3 does by itself with the objects of a deployment's buckets, as terraform/modules/storage says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.deployment import Deployment

# The defaults inside Terraform's variable retention_days.
RETENTION_DAYS = {"staging": 7, "runs": 90, "old_versions": 30, "quarantine": 365}


def lifecycles(deployment: Deployment) -> dict[str, list[dict[str, Any]]]:
    """Bucket -> its lifecycle rules."""
    days = RETENTION_DAYS | dict(deployment.choices.get("retention_days") or {})
    return {
        deployment.names[f"{purpose}_bucket"]: [_old_versions(days["old_versions"]), *map(_expiring, found.items())]
        for purpose, found in _expirations(deployment.content["prefixes"], days).items()
    }


def _expirations(prefixes: Mapping[str, str], days: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {
        "raw": {prefixes["staging"]: days["staging"], prefixes["runs"]: days["runs"]},
        "curated": {},
        "quarantine": {"": days["quarantine"]},
        "artifacts": {"athena-results/": 7, "glue/temporary/": 3},
    }


def _old_versions(days: int) -> dict[str, Any]:
    return {
        "ID": "old-versions-and-unfinished-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }


def _expiring(expiration: tuple[str, int]) -> dict[str, Any]:
    prefix, days = expiration
    working: dict[str, Any] = {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}} if prefix else {}
    name = prefix.replace("/", "-").strip("-") or "everything"
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}, **working}
