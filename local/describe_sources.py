"""Describes what Terraform makes for declared sources: functions, schedules, mappings and the table of their states. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.collecting.declarations import CollectedSource
from glue_etl.core.operating.sources import PULLED
from local.stack import Choices, EventSource, Function, Place, Schedule, Table, Topic

PULL_SECONDS, PULL_MB = 900, 1024
COLLECT_SECONDS, COLLECT_MB = 120, 512
ACCESS = {
    "scram_sha_512": "SASL_SCRAM_512_AUTH",
    "scram_sha_256": "SASL_SCRAM_256_AUTH",
    "plain": "BASIC_AUTH",
    "mtls": "CLIENT_CERTIFICATE_TLS_AUTH",
}


@dataclass(frozen=True, slots=True)
class SourceParts:
    """What a deployment has for its sources: nothing where there are none."""

    functions: tuple[Function, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    states: Table | None = None
    dead_letters: str = ""


def describe_sources(
    name: str, place: Place, choices: Choices, settings: Mapping[str, str], sources: Mapping[str, Any]
) -> SourceParts:
    """The parts of the deployment `name` for `sources` (core.sources.kinds' values), whose functions get `settings`."""
    if not sources:
        return SourceParts()
    pulled = [source for source in sources.values() if source.kind in PULLED]
    collected = [source for source in sources.values() if source.kind not in PULLED]
    kinesis = any(source.kind == "kinesis" for source in collected)
    return SourceParts(
        functions=tuple(_function(name, place, choices, settings, source) for source in sources.values()),
        event_sources=tuple(made for source in collected for made in _event_sources(name, place, choices, source)),
        schedules=tuple(schedule for source in pulled for schedule in _schedules(name, place, source)),
        states=Table(f"{name}-sources", "source", "part", ttl_attribute="expires_at"),
        dead_letters=f"{name}-streams-dlq" if kinesis else "",
    )


def _function(name: str, place: Place, choices: Choices, settings: Mapping[str, str], source: Any) -> Function:
    verb = "pull" if source.kind in PULLED else "collect"
    called = f"{name}-{verb}-{source.name}"
    seconds, memory = (PULL_SECONDS, PULL_MB) if verb == "pull" else (COLLECT_SECONDS, COLLECT_MB)
    return Function(
        name=called,
        handler=f"lambdas.{verb}.handler.lambda_handler",
        role_arn=place.role(called),
        zip_file=f"{verb}.zip",
        timeout_seconds=seconds,
        memory_mb=memory,
        environment={**settings, "SOURCE": source.name, "POWERTOOLS_SERVICE_NAME": called},
        vpc=choices.vpc if source.vpc else None,
    )


def _schedules(name: str, place: Place, source: Any) -> tuple[Schedule, ...]:
    """The source's own, which may be a day away and is tried for an hour; and the one that goes on with open windows."""
    function = place.arn("lambda", f"function:{name}-pull-{source.name}")
    role = place.role(f"{name}-start-{source.name}")
    return (
        Schedule(
            name=f"{name}-pull-{source.name}",
            expression=source.schedule,
            target_arn=function,
            role_arn=role,
            input={"action": "pull"},
            maximum_event_age_seconds=3600,
            maximum_retry_attempts=10,
        ),
        Schedule(
            name=f"{name}-continue-{source.name}",
            expression="rate(5 minutes)",
            target_arn=function,
            role_arn=role,
            input={"action": "continue"},
        ),
    )


def _event_sources(name: str, place: Place, choices: Choices, source: CollectedSource) -> tuple[EventSource, ...]:
    function = f"{name}-collect-{source.name}"
    batch = (source.batch_records, source.batch_seconds)
    if source.kind == "sqs":
        return (EventSource(origin_arn(place, source), function, *batch, maximum_concurrency=2),)
    if source.kind == "kinesis":
        return (_kinesis(name, place, source),)
    return tuple(
        EventSource(
            source.cluster_arn,
            function,
            *batch,
            function_response_types=(),
            starting_position=source.starting_position,
            topic=topic,
        )
        for topic in _topics(place, choices, source)
    )


def _kinesis(name: str, place: Place, source: CollectedSource) -> EventSource:
    return EventSource(
        origin_arn(place, source),
        f"{name}-collect-{source.name}",
        source.batch_records,
        source.batch_seconds,
        starting_position=source.starting_position,
        parallelization_factor=1,
        bisect_batch_on_error=True,
        maximum_retry_attempts=10_000,
        maximum_record_age_seconds=-1,
        dead_letters_arn=place.arn("sqs", f"{name}-streams-dlq"),
    )


def origin_arn(place: Place, source: CollectedSource) -> str:
    """The ARN of a Kinesis stream or SQS queue: a name is one of this account and region."""
    if source.origin.startswith("arn:"):
        return source.origin
    return place.arn(source.kind, f"stream/{source.origin}" if source.kind == "kinesis" else source.origin)


def _topics(place: Place, choices: Choices, source: CollectedSource) -> tuple[Topic, ...]:
    """Lambda reads one topic a mapping, each with a group of its own: the first has the declared one."""
    return tuple(
        Topic(
            name=topic,
            consumer_group=source.consumer_group if index == 0 else f"{source.consumer_group}-{topic}",
            bootstrap_servers=source.bootstrap_servers,
            access=_access(place, choices, source),
        )
        for index, topic in enumerate(source.topics)
    )


def _access(place: Place, choices: Choices, source: CollectedSource) -> tuple[tuple[str, str], ...]:
    """How Lambda proves itself to the cluster, whom it trusts, and through which network it goes."""
    network = choices.vpc if source.vpc and not source.cluster_arn else None
    return (
        *([("SERVER_ROOT_CA_CERTIFICATE", _secret(place, source.ca_secret))] if source.ca_secret else []),
        *(
            [(ACCESS[source.auth.type], _secret(place, source.auth.secret))]
            if source.auth and source.auth.secret
            else []
        ),
        *(("VPC_SUBNET", f"subnet:{subnet}") for subnet in (network.subnet_ids if network else ())),
        *(
            ("VPC_SECURITY_GROUP", f"security_group:{group}")
            for group in (network.security_group_ids if network else ())
        ),
    )


def _secret(place: Place, name: str) -> str:
    """Without the six characters that AWS appends: Secrets Manager finds it so too."""
    return place.arn("secretsmanager", f"secret:{name}")
