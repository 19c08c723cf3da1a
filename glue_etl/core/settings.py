"""The settings of the functions: one class, built once from the environment that Terraform gives every function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import TypeVar

from glue_etl.core.errors import MissingSetting


@dataclass(frozen=True, slots=True)
class Settings:
    """One field an environment variable (the field's name in capitals). Sizes are in bytes, times in seconds."""

    environment: str
    raw_bucket: str
    curated_bucket: str
    quarantine_bucket: str
    ledger_table: str
    job_state_table: str
    glue_job_name: str
    contracts_uri: str
    arrivals_queue_url: str
    notices_topic_arn: str
    catalog_database: str
    incoming_prefix: str = "data/incoming/"
    max_files_per_run: int = 1000
    max_bytes_per_run: int = 10 * 1024**3
    max_attempts: int = 3
    busy_wait_seconds: int = 30
    claim_lease_seconds: int = 900

    def manifest_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/manifest.json"

    def result_uri(self, claim: str, run_id: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/{run_id}/result.json"

    def quarantine_uri(self, dataset: str, batch_id: str) -> str:
        return f"s3://{self.quarantine_bucket}/{dataset}/{batch_id}/"

    def staging_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/staging/{claim}/"


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The settings of one source's own function. `source` is its name."""

    environment: str
    raw_bucket: str
    quarantine_bucket: str
    notices_topic_arn: str
    sources_uri: str
    sources_table: str
    source: str
    incoming_prefix: str = "data/incoming/"


_Kind = TypeVar("_Kind", Settings, SourceSettings)


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises MissingSetting, naming all that are missing or not a number."""
    return _from(Settings, environment)


def source_settings_from(environment: Mapping[str, str]) -> SourceSettings:
    """Settings of a source's function, as `settings_from`."""
    return _from(SourceSettings, environment)


def _from(kind: type[_Kind], environment: Mapping[str, str]) -> _Kind:
    given = {setting: environment.get(setting.name.upper(), "") for setting in fields(kind)}
    wrong = [f"{s.name.upper()} is not set" for s, text in given.items() if not text and s.default is MISSING]
    wrong += [f"{s.name.upper()}={text!r} is not a number" for s, text in given.items() if text and not _fits(s, text)]
    if wrong:
        raise MissingSetting(f"{'; '.join(wrong)}: see the functions' environment in terraform/main.tf")
    return kind(**{s.name: int(text) if s.type == "int" else text for s, text in given.items() if text})  # type: ignore[arg-type]


def _fits(setting: Field[object], text: str) -> bool:
    return setting.type != "int" or (text.isascii() and text.isdecimal())
