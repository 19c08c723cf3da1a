"""The settings of one source's own function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glue_etl.core.settings import from_environment


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The settings of one source's own function. `source` is its name, the others are as the files' settings."""

    environment: str
    raw_bucket: str
    quarantine_bucket: str
    notices_topic_arn: str
    sources_uri: str
    sources_table: str
    source: str
    incoming_prefix: str = "data/incoming/"
    row_text_in_reasons: bool = False


def source_settings_from(environment: Mapping[str, str]) -> SourceSettings:
    """Settings of a source's function, as `settings_from`."""
    return from_environment(SourceSettings, environment)
