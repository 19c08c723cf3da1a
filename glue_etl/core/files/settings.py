"""The settings of the functions that take files on their way: dispatch, finalize and sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glue_etl.core.errors import MissingSetting
from glue_etl.core.files.compaction import Rule
from glue_etl.core.files.compaction_plan import PLAN
from glue_etl.core.reasons import shown
from glue_etl.core.settings import from_environment

NOTICES = ("each", "problems_and_daily_summary")
"""Which runs people are told of: every one, or at once only those that need somebody and all others in a daily summary."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One field an environment variable (the field's name in capitals). Sizes are in bytes, times in seconds.

    `automatic_datasets` (automatic.MODES): what names the dataset of a file that no contract claims. At most
    `new_datasets_a_day` of them begin in a day (UTC). `schema_policy` (schemas.POLICIES): what becomes there of a file that
    differs. `table_format` (contracts.TABLE_FORMATS): of datasets whose schema is kept. `compact_…`: see compaction.Rule.
    Snapshots of an Iceberg table expire after `snapshot_days` (0: never), but for the newest `snapshots_kept`.
    `least_seconds_between_runs`: a run is not started sooner after the one before, files wait meanwhile. `notices`: see NOTICES.
    `row_text_in_reasons`: reasons in the ledger and in notices quote the rows they are about; quarantine always does.
    `tell_unusual`: what is unlike the past. `watched_datasets` (by commas): those with metrics of their own
    (figures.watched_datasets). `publish_within_minutes`: how soon after arrival a file is to be readable.
    `transform_job_name`: the job of transforms, made where one is declared. `openlineage_url`: who is told of lineage; "file": a
    file beside each run's result alone, "": nobody. `redshift_copies` (by commas): datasets with a copy
    in the `redshift_database` of `redshift_workgroup`, which reads objects as `redshift_role_arn`.
    Data sets whose ids are `quicksight_prefix` and a dataset's name are imported in `quicksight_account_id` after a change, at
    most once in `quicksight_refresh_minutes`.
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
    tell_unusual: bool = True
    automatic_datasets: str = "stem"
    new_datasets_a_day: int = 50
    schema_policy: str = "evolve"
    table_format: str = "parquet"
    transform_job_name: str = ""
    openlineage_url: str = ""
    compact_after_hours: int = 24
    compact_least_objects: int = 100
    compact_object_bytes: int = 128 * 1024**2
    compact_days_per_sweep: int = 20
    snapshot_days: int = 7
    snapshots_kept: int = 10
    watched_datasets: str = ""
    publish_within_minutes: int = 30
    redshift_copies: str = ""
    redshift_workgroup: str = ""
    redshift_database: str = ""
    redshift_role_arn: str = ""
    quicksight_prefix: str = ""
    quicksight_account_id: str = ""
    quicksight_refresh_minutes: int = 60

    def __post_init__(self) -> None:
        if self.notices not in NOTICES:
            raise MissingSetting(f"NOTICES={self.notices!r} is none of: {', '.join(NOTICES)} (terraform/variables.tf)")

    @property
    def compaction(self) -> Rule:
        """When a day's small objects are compacted, and into how large ones."""
        return Rule(
            self.compact_after_hours, self.compact_least_objects, self.compact_object_bytes, self.compact_days_per_sweep
        )

    @property
    def tells_each_run(self) -> bool:
        """Whether people are told of every run, not only of what needs them."""
        return self.notices == "each"

    def told(self, reasons: Iterable[str]) -> tuple[str, ...]:
        """Reasons for the ledger and for notices: without text of rows, unless this deployment wants that."""
        return tuple(shown(reason, self.row_text_in_reasons) for reason in reasons)

    @property
    def copied_datasets(self) -> tuple[str, ...]:
        """The datasets that have a copy in Redshift."""
        return tuple(name.strip() for name in self.redshift_copies.split(",") if name.strip())

    @property
    def artifacts_bucket(self) -> str:
        """Where what was built lies, the contracts among it."""
        return self.contracts_uri.removeprefix("s3://").partition("/")[0]

    def manifest_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/manifest.json"

    def compaction_uri(self, claim: str) -> str:
        return f"s3://{self.raw_bucket}/data/runs/{claim}/{PLAN}"

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
