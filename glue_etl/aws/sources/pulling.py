"""Builds the services of a pull function: its declaration read once a process, its secrets once an invocation."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from glue_etl.aws.clients import client
from glue_etl.aws.notices import Notices
from glue_etl.aws.sources.declared import declaration
from glue_etl.aws.sources.pulled import Landing, PullStates
from glue_etl.aws.sources.secrets import Secrets
from glue_etl.core.pulling.kinds import PULLED, AnyPulledSource, parse_pulled
from glue_etl.core.sources.settings import SourceSettings, source_settings_from
from glue_etl.steps.ports import Log
from glue_etl.steps.sources.ports import Extractor, PullServices


class Extraction(Protocol):
    """What reads the source: see glue_etl.extract.extraction, which this layer does not import."""

    def extractor(self) -> Extractor: ...
    def scrub(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Process:
    """What stays the same from one invocation to the next."""

    settings: SourceSettings
    source: AnyPulledSource
    client_of: Callable[[str], Any]
    log: Log

    def read_secret(self, name: str) -> dict[str, str]:
        return Secrets(self.client_of("secretsmanager")).read(name)


@cache
def source_services(log: Log) -> Process:
    """This process's part of the services, from its environment; `log` is the function's logger."""
    return build_process(source_settings_from(os.environ), client, log)


def build_process(settings: SourceSettings, client_of: Callable[[str], Any], log: Log) -> Process:
    """As `source_services`. Raises Terminal where the source is not declared."""
    declared = declaration(settings, client_of("s3"), "pull", PULLED)
    source = parse_pulled(settings.source, declared, f"{settings.sources_uri}: {settings.source}")
    return Process(settings, source, client_of, log)


def pull_services(process: Process, extraction: Extraction, remaining: Callable[[], float]) -> PullServices:
    """The services of one invocation, which has `remaining()` seconds left."""
    settings, client_of = process.settings, process.client_of
    return PullServices(
        settings=settings,
        source=process.source,
        streams=process.source.streams,
        extractor=extraction.extractor,
        landing=Landing(client_of("s3"), settings.raw_bucket),
        states=PullStates(client_of("dynamodb"), settings.sources_table),
        notices=Notices(client_of("sns"), settings.notices_topic_arn),
        now=lambda: datetime.now(UTC),
        remaining=remaining,
        new_id=lambda: uuid.uuid4().hex,
        scrub=extraction.scrub,
        log=process.log,
    )
