"""The settings of the API's functions, besides those that all functions have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glue_etl.core.errors import MissingSetting
from glue_etl.core.settings import from_environment

ENGINES = ("athena", "duckdb")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """One field an environment variable (the field's name in capitals).

    `query_engine`: what runs questions on rows, athena on AWS, duckdb in the local cloud. `query_workgroup`: Athena's.
    `query_results`: the s3:// prefix that downloads are written below. `query_reuse_minutes`: Athena may answer from a result
    of the same query that is so old; 0: never.
    """

    query_engine: str
    query_workgroup: str
    query_results: str
    query_reuse_minutes: int = 0

    def __post_init__(self) -> None:
        if self.query_engine not in ENGINES:
            raise MissingSetting(f"QUERY_ENGINE={self.query_engine!r} is none of: {', '.join(ENGINES)}")


def api_settings_from(environment: Mapping[str, str]) -> ApiSettings:
    """Settings from environment variables. Raises MissingSetting, naming all that are missing or not a number."""
    return from_environment(ApiSettings, environment)
