"""Builds the services of the collect function: its declaration read once, its clients made once."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from glue_etl.aws.calls import each
from glue_etl.aws.clients import client
from glue_etl.aws.sources.collected import CollectedObjects, Positions
from glue_etl.aws.sources.declared import declaration
from glue_etl.aws.sources.schemas import Schemas, from_confluent, from_glue
from glue_etl.core.collecting.declarations import GLUE_REGISTRY
from glue_etl.core.collecting.kinds import COLLECTED, KINDS, parse_collected
from glue_etl.core.collecting.payloads import NoSchema, SchemaOf
from glue_etl.core.sources.settings import SourceSettings, source_settings_from
from glue_etl.steps.ports import Log
from glue_etl.steps.sources.collect import Collected, CollectServices, collect
from glue_etl.steps.sources.collect_messages import collect_messages


@cache
def collect_services(log: Log) -> CollectServices:
    """The services of this process, from its environment; `log` is the function's logger."""
    return build_collect_services(source_settings_from(os.environ), client, log)


def collect_event(services: CollectServices, event: dict[str, Any], remaining: timedelta) -> Collected:
    """Land an event's records; `remaining` is the time that this invocation still has."""
    if KINDS[services.source.kind].ordered:
        return collect(services, event)
    return collect_messages(services, event, remaining)


def build_collect_services(settings: SourceSettings, client_of: Callable[[str], Any], log: Log) -> CollectServices:
    """Services on the clients that `client_of` gives by service name. Raises Terminal where the source is not declared."""
    declared = declaration(settings, client_of("s3"), "collect", COLLECTED)
    source = parse_collected(settings.source, declared, f"{settings.sources_uri}: {settings.source}")

    def now() -> datetime:
        return datetime.now(UTC)

    return CollectServices(
        settings=settings,
        source=source,
        objects=CollectedObjects(client_of("s3")),
        positions=Positions(client_of("dynamodb"), settings.sources_table, source.name, now),
        schema_of=schema_of(source.payload.registry, client_of),
        now=now,
        new_id=lambda: uuid.uuid4().hex,
        each=each,
        log=log,
    )


def schema_of(registry: str, client_of: Callable[[str], Any]) -> SchemaOf:
    """What finds a payload's schema by its id, in the registry that the source declares."""
    if not registry:
        return lambda schema_id: NoSchema("the source declares no registry")
    return Schemas(from_glue(client_of("glue")) if registry == GLUE_REGISTRY else from_confluent(registry))
