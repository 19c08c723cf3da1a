"""Compiles deployment.yaml, contracts and sources into deployment.json: what Terraform and the local cloud both make."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from glue_etl.core.collecting.declarations import CollectedSource
from glue_etl.core.datasets.beyond import datasets_read
from glue_etl.core.datasets.contracts import DEFAULT_DATASET, load_bundle
from glue_etl.core.datasets.protection import need_key
from glue_etl.core.datasets.quality_table import tables
from glue_etl.core.errors import Terminal
from glue_etl.core.operating.sources import PULLED, load_sources
from glue_etl.core.transforming.declarations import ON_ARRIVAL
from shipping.catalog import catalog_tables

DESCRIPTION: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("deployment.yaml").read_text(encoding="utf-8"))
"""deployment.yaml as it is written."""

# Lambda's names for how it proves itself to a Kafka cluster.
_ACCESS = {
    "scram_sha_512": "SASL_SCRAM_512_AUTH",
    "scram_sha_256": "SASL_SCRAM_256_AUTH",
    "plain": "BASIC_AUTH",
    "mtls": "CLIENT_CERTIFICATE_TLS_AUTH",
}
_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_DEFAULT = re.compile(r"^  default +?= (.+)$", re.MULTILINE)


class BadDeployment(Terminal):
    """The description of the deployment can't be compiled. The message names the file and what is wrong."""


def compile_deployment(root: Path, contracts: Mapping[str, Any], sources: Mapping[str, Any]) -> dict[str, Any]:
    """deployment.json of the checkout at `root`; `contracts` and `sources` are contracts.json's and sources.json's content."""
    declared = load_sources(sources)
    return {
        **DESCRIPTION,
        "functions": {name: {**f, **_code(name)} for name, f in DESCRIPTION["functions"].items()},
        "api_functions": {name: {**f, **_code(name)} for name, f in DESCRIPTION["api_functions"].items()},
        "source_functions": {name: {**f, **_code(name)} for name, f in DESCRIPTION["source_functions"].items()},
        "queues": {name: _queue(name, **queue) for name, queue in DESCRIPTION["queues"].items()},
        "artifacts": _artifacts(),
        "catalog": catalog_tables(contracts),
        "quality_tables": tables(),
        "datasets_read": _datasets_read(contracts),
        "pulled": {name: _pulled(source) for name, source in declared.items() if source.kind in PULLED},
        "collected": {name: _collected(source) for name, source in declared.items() if source.kind not in PULLED},
        "transforms": {name: _transform(t["header"]) for name, t in (contracts.get("transforms") or {}).items()},
        "protection": {"needs_key": need_key(contracts["datasets"].values())},
        "defaults": variable_defaults(root / "terraform" / "variables.tf"),
    }


def _datasets_read(contracts: Mapping[str, Any]) -> list[str]:
    """The datasets whose published rows the job reads, to judge files of others or of their own.

    Where the default's suite asks for a dataset's own, all those without a contract of their own are read: "*".
    """
    known = load_bundle(contracts)
    read = sorted({name for dataset, c in known.items() for name in datasets_read(dataset, c.suite)})
    return ["*"] if DEFAULT_DATASET in read else read


def _code(function: str) -> dict[str, Any]:
    return {"handler": f"lambdas.{function}.handler.lambda_handler"}


def _queue(name: str, max_receive_count: int, hidden_for_timeouts: int) -> dict[str, int]:
    (timeout,) = (
        f["timeout_seconds"] for f in DESCRIPTION["functions"].values() if f.get("queue", {}).get("name") == name
    )
    return {"max_receive_count": max_receive_count, "visibility_timeout_seconds": hidden_for_timeouts * timeout}


def _artifacts() -> dict[str, dict[str, str]]:
    made = (*DESCRIPTION["functions"], *DESCRIPTION["api_functions"], *DESCRIPTION["source_functions"])
    zips = (f"{name}.zip" for name in made)
    of_functions = {file.removesuffix(".zip"): {"file": file, "key": f"functions/{file}"} for file in zips}
    return {**of_functions, **DESCRIPTION["artifacts"]}


def _pulled(source: Any) -> dict[str, Any]:
    """What Terraform and the local cloud have to know of a source that is pulled."""
    own = source.auth.secret if getattr(source, "auth", None) else getattr(source, "secret", "")
    return {
        "schedule": source.schedule,
        "stale_after_hours": source.stale_after_hours,
        "secrets": list(dict.fromkeys(filter(None, (own, source.ca_secret)))),
        "vpc": source.vpc,
    }


def _collected(source: CollectedSource) -> dict[str, Any]:
    """As `_pulled`. `origin` is a stream's or queue's name or ARN, a cluster's ARN, or "" for self-managed Kafka."""
    return {
        "kind": source.kind,
        "origin": source.origin or source.cluster_arn,
        "bootstrap_servers": list(source.bootstrap_servers),
        "topics": _topics(source),
        "starting_position": source.starting_position,
        "batch_size": source.batch_records,
        "batching_window_seconds": source.batch_seconds,
        "access": _access(source),
        "iam": bool(source.cluster_arn) and source.auth is not None and source.auth.type == "iam",
        "glue_registry": source.payload.registry == "glue",
        "vpc": source.vpc,
    }


def _topics(source: CollectedSource) -> list[dict[str, str]]:
    """Lambda reads one topic a mapping, each with a group of its own: the first has the declared one."""
    groups = [source.consumer_group, *(f"{source.consumer_group}-{topic}" for topic in source.topics[1:])]
    return [{"name": topic, "group": group} for topic, group in zip(source.topics, groups, strict=False)]


def _access(source: CollectedSource) -> list[dict[str, str]]:
    """How Lambda proves itself to a Kafka cluster, and whom it trusts: the type, and the secret with the proof."""
    found = [{"type": "SERVER_ROOT_CA_CERTIFICATE", "secret": source.ca_secret}] if source.ca_secret else []
    if source.auth and source.auth.secret:
        found.append({"type": _ACCESS[source.auth.type], "secret": source.auth.secret})
    return found


def _transform(header: Mapping[str, Any]) -> dict[str, Any]:
    """What Terraform and the local cloud have to know of a transform: "" where it is made when its inputs arrive."""
    schedule = header.get("schedule", ON_ARRIVAL)
    return {"schedule": "" if schedule == ON_ARRIVAL else schedule}


def variable_defaults(file: Path) -> dict[str, Any]:
    """Terraform variable -> its default, of those that have one: the local cloud deploys with the same."""
    found: dict[str, Any] = {}
    for name, block in _VARIABLE.findall(file.read_text(encoding="utf-8")):
        default = _DEFAULT.search(block)
        try:
            found |= {name: json.loads(default[1])} if default else {}
        except ValueError as error:
            raise BadDeployment(f"terraform/{file.name}: the default of {name} must be written as in JSON") from error
    return found
