"""What declared sources add to a deployment: functions, schedules and mappings, as Terraform makes them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from glue_etl.core.sources.settings import SourceSettings
from local.deployment import Deployment, batch, queue_mapping, settings_of
from local.stack import EventSource, Function, Part, Place


def source_functions(deployment: Deployment, sources_digest: str) -> tuple[Function, ...]:
    """One a source."""
    told = {
        **settings_of(deployment),
        "SOURCES_URI": deployment.artifact("sources"),
        "SOURCES_TABLE": deployment.names["sources_table"],
    }
    wanted = {setting.name.upper() for setting in fields(SourceSettings)} | {
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
    }
    shared = {name: value for name, value in told.items() if name in wanted} | {"SOURCES_DIGEST": sources_digest}
    return tuple(
        _function(deployment, verb, name, source, shared)
        for verb, kind in (("pull", "pulled"), ("collect", "collected"))
        for name, source in deployment.content[kind].items()
    )


def _function(
    deployment: Deployment, verb: str, name: str, source: Mapping[str, Any], shared: Mapping[str, str]
) -> Function:
    described = deployment.content["source_functions"][verb]
    made = deployment.function(described, f"{deployment.names[verb]}-{name}", verb, {**shared, "SOURCE": name})
    network = deployment.choices["vpc"] if source["vpc"] else None
    if not network:
        return made
    attached = {"SubnetIds": [network["subnet_id"]], "SecurityGroupIds": list(network["security_group_ids"])}
    return replace(made, request={**made.request, "VpcConfig": attached})


def source_schedules(deployment: Deployment) -> tuple[Part, ...]:
    """Of each source that is pulled: its own, and the one that goes on with open windows."""
    return tuple(
        schedule
        for name, source in deployment.content["pulled"].items()
        for schedule in _pulls(deployment, name, source)
    )


def _pulls(deployment: Deployment, name: str, source: Mapping[str, Any]) -> tuple[Part, Part]:
    names, place = deployment.names, deployment.place
    target = {
        "Arn": place.arn("lambda", f"function:{names['pull']}-{name}"),
        "RoleArn": place.role(f"{names['start']}-{name}"),
    }
    often = deployment.content["schedules"]["continue"]["expression"]
    pull, go_on = ({**target, "Input": json.dumps({"action": action})} for action in ("pull", "continue"))
    return (
        deployment.schedule(f"{names['pull']}-{name}", "pull", source["schedule"], pull),
        deployment.schedule(f"{names['continue']}-{name}", "continue", often, go_on),
    )


def source_event_sources(deployment: Deployment) -> tuple[EventSource, ...]:
    """What feeds the sources that are collected."""
    return tuple(
        made for name, source in deployment.content["collected"].items() for made in _mappings(deployment, name, source)
    )


def _mappings(deployment: Deployment, name: str, source: Mapping[str, Any]) -> list[EventSource]:
    function = f"{deployment.names['collect']}-{name}"
    kind = deployment.content["collected_kinds"][source["kind"]]
    if kind["fed_by"] == "topics":
        return [_topic(deployment, function, source, topic) for topic in source["topics"]]
    arn = origin_arn(deployment.content, deployment.place, source)
    if kind["fed_by"] == "queue":
        return [queue_mapping(function, arn, {**source, "maximum_concurrency": kind["maximum_concurrency"]})]
    return [_stream(deployment, function, source, arn)]


def _stream(deployment: Deployment, function: str, source: Mapping[str, Any], arn: str) -> EventSource:
    said, place = deployment.content["collected_kinds"][source["kind"]]["retries"], deployment.place
    fixed = {"EventSourceArn": arn, "StartingPosition": source["starting_position"]}
    request = {
        **batch(source),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ParallelizationFactor": said["parallelization_factor"],
        "BisectBatchOnFunctionError": said["bisect_batch_on_function_error"],
        "MaximumRetryAttempts": said["maximum_retry_attempts"],
        "MaximumRecordAgeInSeconds": said["maximum_record_age_in_seconds"],
        "DestinationConfig": {"OnFailure": {"Destination": place.arn("sqs", deployment.names["streams_dead_letters"])}},
    }
    return EventSource(function, fixed, request)


def origin_arn(content: Mapping[str, Any], place: Place, source: Mapping[str, Any]) -> str:
    """The ARN of a stream or queue: a name is one of this account and region. `content` is deployment.json's."""
    origin = str(source["origin"])
    if origin.startswith("arn:"):
        return origin
    named: str = content["collected_kinds"][source["kind"]]["arn"]
    return place.arn(source["kind"], named.format(origin=origin))


def _topic(deployment: Deployment, function: str, source: Mapping[str, Any], topic: Mapping[str, str]) -> EventSource:
    group = {"ConsumerGroupId": topic["group"]}
    cluster: dict[str, Any] = {
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": source["bootstrap_servers"]}},
        "SelfManagedKafkaEventSourceConfig": group,
    }
    if source["origin"]:
        cluster = {"EventSourceArn": source["origin"], "AmazonManagedKafkaEventSourceConfig": group}
    fixed = {"Topics": [topic["name"]], "StartingPosition": source["starting_position"], **cluster}
    access = _access(deployment, source)
    return EventSource(
        function, fixed, {**batch(source), "FunctionResponseTypes": [], "SourceAccessConfigurations": access}
    )


def _access(deployment: Deployment, source: Mapping[str, Any]) -> list[dict[str, str]]:
    """Secrets without the six characters that AWS appends to their ARNs: Secrets Manager finds them so too.

    A self-managed cluster in the VPC is reached through its subnets; of MSK's clusters Lambda knows them.
    """
    secrets = {a["type"]: deployment.place.arn("secretsmanager", f"secret:{a['secret']}") for a in source["access"]}
    proofs = [{"Type": kind, "URI": arn} for kind, arn in secrets.items()]
    network = deployment.choices["vpc"] if source["vpc"] and not source["origin"] else None
    if not network:
        return proofs
    groups = [{"Type": "VPC_SECURITY_GROUP", "URI": f"security_group:{g}"} for g in network["security_group_ids"]]
    return [*proofs, {"Type": "VPC_SUBNET", "URI": f"subnet:{network['subnet_id']}"}, *groups]
