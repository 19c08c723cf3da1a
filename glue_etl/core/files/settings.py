"""The settings of the functions that take files on their way: dispatch, finalize and sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glue_etl.core.errors import MissingSetting
from glue_etl.core.reasons import shown
from glue_etl.core.settings import from_environment

NOTICES = ("each", "problems_and_daily_summary")
"""Which runs people are told of: every one, or at once only those that need somebody and all others in a daily summary."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One field an environment variable (the field's name in capitals). Sizes are in bytes, times in seconds.

    `automatic_datasets` (automatic.MODES): what names the dataset of a file that no contract claims. At most
    `new_datasets_a_day` of them begin in a day (UTC). `schema_policy` (schemas.POLICIES): what becomes there of a file that
    differs. `table_format` (contracts.TABLE_FORMATS): of datasets whose schema is kept. `transform_job_name`: the job of
    transforms, made where one is declared. `least_seconds_between_runs`: a run is not started sooner after the one before, files
    wait meanwhile. `notices`: see NOTICES. `row_text_in_reasons`: reasons in the ledger and in notices quote the rows they are
    about; quarantine always does.
    """

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
    claim_lease_seconds: int = 900
    least_seconds_between_runs: int = 0
    notices: str = "problems_and_daily_summary"
    row_text_in_reasons: bool = False
    automatic_datasets: str = "stem"
    new_datasets_a_day: int = 50
    schema_policy: str = "evolve"
    table_format: str = "parquet"
    transform_job_name: str = ""

    def __post_init__(self) -> None:
        if self.notices not in NOTICES:
            raise MissingSetting(f"NOTICES={self.notices!r} is none of: {', '.join(NOTICES)} (terraform/variables.tf)")

    @property
    def tells_each_run(self) -> bool:
        """Whether people are told of every run, not only of what needs them."""
        return self.notices == "each"

    def told(self, reasons: Iterable[str]) -> tuple[str, ...]:
        """Reasons for the ledger and for notices: without text of rows, unless this deployment wants that."""
        return tuple(shown(reason, self.row_text_in_reasons) for reason in reasons)

    def manifest_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/manifest.json"

    def result_uri(self, claim: str, run_id: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/{run_id}/result.json"

    def begun_uri(self, claim: str, run_id: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/{run_id}/begun.json"

    def quarantine_uri(self, dataset: str, batch_id: str) -> str:
        return f"s3://{self.quarantine_bucket}/{dataset}/{batch_id}/"

    def staging_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/staging/{claim}/"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises MissingSetting, naming all that are missing or not a number."""
    return from_environment(Settings, environment)
