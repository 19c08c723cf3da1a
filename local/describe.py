"""Describes the deployment that dist/deployment.json asks for, as Terraform makes it from the same file. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from local.buckets import lifecycles
from local.deployment import (
    Deployment,
    database,
    event_sources,
    functions,
    job,
    protection_secret,
    queue,
    run_ended,
    tables,
    transform_job,
)
from local.describe_api import api_functions, http_api
from local.describe_sources import source_event_sources, source_functions, source_schedules
from local.stack import Part, Place, Stack

PREFIX = "glue-etl-pipeline"
PARTITION_KEYS = ("year", "month", "day")
OPTIONAL_ZIPS = ("pull", "collect", "query", "operate")
"""What is shipped only where a source needs it, or the API."""


def describe(
    environment: str,
    content: Mapping[str, Any],
    place: Place = Place(),
    choices: Mapping[str, Any] = MappingProxyType({}),
    prefix: str = PREFIX,
    sources_digest: str = "",
) -> Stack:
    """The deployment named `<prefix>-<environment>`; `content` is deployment.json's, `choices` are Terraform's variables.

    What is not chosen has Terraform's defaults. `sources_digest` is of sources.json: functions read it once, and are
    started anew where their environment changes.
    """
    chosen = {**content["defaults"], **choices, "environment": environment}
    deployment = Deployment(content, chosen, place, f"{prefix}-{environment}")
    names = deployment.names
    made = (*functions(deployment), *api_functions(deployment), *source_functions(deployment, sources_digest))
    kinds = {content["collected_kinds"][source["kind"]]["fed_by"] for source in content["collected"].values()}
    return Stack(
        name=deployment.name,
        environment=environment,
        place=place,
        **{f"{kind}_bucket": names[f"{kind}_bucket"] for kind in ("raw", "curated", "quarantine", "artifacts")},
        lifecycles=lifecycles(deployment),
        shipped=_shipped(content, {function.zip_file for function in made}),
        incoming_prefix=content["prefixes"]["incoming"],
        queues={name: queue(deployment, name, *sender) for name, sender in _senders(deployment).items()},
        dead_letters=(names["schedules_dead_letters"], *([names["streams_dead_letters"]] if "stream" in kinds else [])),
        tables=tables(deployment),
        notices_topic=names["notices_topic"],
        notices_topic_arn=place.arn("sns", names["notices_topic"]),
        functions=made,
        event_sources=(*event_sources(deployment), *source_event_sources(deployment)),
        job=job(deployment),
        transform_job=transform_job(deployment),
        run_ended=run_ended(deployment),
        schedules=(*_schedules(deployment), *_transform_schedules(deployment), *source_schedules(deployment)),
        database=database(deployment),
        catalog=tuple(_catalog_table(deployment, name, table) for name, table in _tables(deployment).items()),
        protection_secret=protection_secret(deployment),
        http_api=http_api(deployment),
    )


def _senders(deployment: Deployment) -> dict[str, tuple[str, str]]:
    """Queue -> the service that may send to it, and for what."""
    names, place = deployment.names, deployment.place
    return {
        "arrivals": ("s3.amazonaws.com", f"arn:aws:s3:::{names['raw_bucket']}"),
        "outcomes": ("events.amazonaws.com", place.arn("events", f"rule/{names['run_ended_rule']}")),
    }


def artifacts(content: Mapping[str, Any]) -> dict[str, str]:
    """File in dist/ -> its key, of all that is shipped; Great Expectations is installed here: without its wheels."""
    return {a["file"]: a["key"] for name, a in content["artifacts"].items() if name != "wheels"}


def _shipped(content: Mapping[str, Any], zips: set[str]) -> dict[str, str]:
    left_out = {content["artifacts"][name]["file"] for name in OPTIONAL_ZIPS} - zips
    left_out |= set() if content["transforms"] else {content["artifacts"]["transform_script"]["file"]}
    return {file: key for file, key in artifacts(content).items() if file not in left_out}


def _schedules(deployment: Deployment) -> tuple[Part, ...]:
    """What happens by the clock: functions that are called, and the canary."""
    place, names, canary = deployment.place, deployment.names, deployment.choices["health_check"]
    check = {"JobName": names["ingest_job"], "Arguments": {"--health-check-mode": "true"}}
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:glue:startJobRun",
        "RoleArn": place.role(f"{names['health_check']}-schedule"),
        "Input": json.dumps(check),
    }
    described = deployment.content["schedules"]["health_check"]
    expression, first = canary.get("schedule") or described["expression"], described["first"]
    enabled = canary.get("enabled", True)
    return (
        *(
            _call(deployment, f"{deployment.name}-{name}", described["schedule"])
            for name, described in deployment.content["functions"].items()
            if "schedule" in described
        ),
        deployment.schedule(names["health_check"], "health_check", expression, target, enabled),
        deployment.schedule(names["first_health_check"], "health_check", first, target, enabled),
    )


def _transform_schedules(deployment: Deployment) -> tuple[Part, ...]:
    """Of each transform that is made at a time: the sweep is told which."""
    names, place = deployment.names, deployment.place
    sweep = f"{deployment.name}-sweep"
    target = {"Arn": place.arn("lambda", f"function:{sweep}"), "RoleArn": place.role(f"{sweep}-schedule")}
    return tuple(
        deployment.schedule(
            f"{names['transform']}-{name}",
            "transform",
            transform["schedule"],
            {**target, "Input": json.dumps({"transform": name})},
        )
        for name, transform in deployment.content["transforms"].items()
        if transform["schedule"]
    )


def _call(deployment: Deployment, function: str, schedule: str) -> Part:
    place = deployment.place
    target = {"Arn": place.arn("lambda", f"function:{function}"), "RoleArn": place.role(f"{function}-schedule")}
    expression = schedule.replace("{sweep_minutes}", str(deployment.choices["sweep_minutes"]))
    return deployment.schedule(function, "function", expression, target)


def _tables(deployment: Deployment) -> dict[str, Mapping[str, Any]]:
    """Name -> table: those of datasets, and those of quality, whose names begin with the environment's."""
    start = deployment.choices["environment"].replace("-", "_")
    quality = {f"{start}_{ending}": table for ending, table in deployment.content["quality_tables"].items()}
    return {**deployment.content["catalog"], **{n: {**table, "dataset": n} for n, table in quality.items()}}


_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_STORAGE = {
    "parquet": {
        "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    },
    "json": {
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    },
}


def _catalog_table(deployment: Deployment, name: str, table: Mapping[str, Any]) -> Part:
    """Objects in the curated bucket, partitioned by the day: of a dataset's published rows by that of arrival."""
    form = table.get("format", "parquet")
    storage = {
        "Columns": [{"Name": c["name"], "Type": c["type"], "Comment": c["comment"]} for c in table["columns"]],
        "Location": f"s3://{deployment.names['curated_bucket']}/{table['dataset']}/",
        **_STORAGE[form],
    }
    request = {
        "Name": name,
        "Description": table["description"],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": form},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in PARTITION_KEYS],
        "StorageDescriptor": storage,
    }
    return Part(name, request)
