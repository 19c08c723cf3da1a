"""What a deployment consists of, as frozen values: what Terraform makes, as far as the local cloud acts on it. Pure.

Field by field comparable with Terraform's plan. Encryption, roles, alarms and dashboards are not here: nothing local
looks at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.catalog_tables import CatalogTable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment is. `queue_endpoint` begins the queues' URLs: AWS's own, or the local cloud's."""

    region: str = "us-east-1"
    account: str = "123456789012"
    queue_endpoint: str = ""

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{name}"

    def queue_url(self, name: str) -> str:
        endpoint = self.queue_endpoint or f"https://sqs.{self.region}.amazonaws.com"
        return f"{endpoint.rstrip('/')}/{self.account}/{name}"


@dataclass(frozen=True, slots=True)
class Network:
    """Subnets and security groups that a function is attached to."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the one who deploys decides; Terraform's variables of the same names. Times as their names say."""

    batching_window_seconds: int = 20
    glue_max_concurrent_runs: int = 3
    glue_timeout_minutes: int = 60
    glue_version: str = "5.1"
    glue_worker_type: str = "G.1X"
    glue_max_workers: int = 10
    sweep_minutes: int = 5
    health_check_enabled: bool = True
    health_check_schedule: str = "cron(0 6 * * ? *)"
    max_files_per_run: int = 1000
    max_bytes_per_run: int = 10 * 1024**3
    max_attempts: int = 3
    log_level: str = "INFO"
    wheel_uris: tuple[str, ...] = ()
    vpc: Network | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; what it cannot get rid of goes to `<name>-dlq`. `sender` may send for `source_arn`."""

    name: str
    arn: str
    url: str
    visibility_timeout_seconds: int
    max_receive_count: int
    sender: str
    source_arn: str

    @property
    def dead_letters(self) -> str:
        return f"{self.name}-dlq"

    @property
    def dead_letters_arn(self) -> str:
        return f"{self.arn}-dlq"


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: its code is `zip_file` of dist/."""

    name: str
    handler: str
    role_arn: str
    zip_file: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, str]
    runtime: str = "python3.11"
    architectures: tuple[str, ...] = ("arm64",)
    vpc: Network | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic, as Lambda reads it. `access`: pairs of what an address is for and the address (of a secret, ...)."""

    name: str
    consumer_group: str
    bootstrap_servers: tuple[str, ...] = ()
    access: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EventSource:
    """A queue, stream or topic that feeds a function. `source_arn` is "" for self-managed Kafka; None: not said."""

    source_arn: str
    function: str
    batch_size: int
    batching_window_seconds: int
    maximum_concurrency: int | None = None
    function_response_types: tuple[str, ...] = ("ReportBatchItemFailures",)
    starting_position: str | None = None
    parallelization_factor: int | None = None
    bisect_batch_on_error: bool | None = None
    maximum_retry_attempts: int | None = None
    maximum_record_age_seconds: int | None = None
    dead_letters_arn: str | None = None
    topic: Topic | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table with string keys. Indexes hold all attributes: name -> (hash key, range key)."""

    name: str
    hash_key: str
    range_key: str = ""
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ttl_attribute: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """The Glue job."""

    name: str
    role_arn: str
    script_uri: str
    default_arguments: Mapping[str, str]
    max_concurrent_runs: int
    timeout_minutes: int
    glue_version: str
    worker_type: str
    number_of_workers: int
    command: str = "glueetl"
    python_version: str = "3"
    max_retries: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """An EventBridge rule with one target, a queue."""

    name: str
    pattern: Mapping[str, Any]
    target_id: str
    target_arn: str
    dead_letters_arn: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """An EventBridge Scheduler schedule of the deployment's group."""

    name: str
    expression: str
    target_arn: str
    role_arn: str
    input: Mapping[str, Any] | None = None
    enabled: bool = True
    maximum_event_age_seconds: int = 300
    maximum_retry_attempts: int = 1


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployment."""

    name: str
    environment: str
    place: Place
    raw_bucket: str
    curated_bucket: str
    quarantine_bucket: str
    artifacts_bucket: str
    incoming_prefix: str
    arrivals: Queue
    outcomes: Queue
    schedules_dead_letters: str
    ledger: Table
    job_state: Table
    notices_topic: str
    notices_topic_arn: str
    functions: tuple[Function, ...]
    event_sources: tuple[EventSource, ...]
    job: Job
    run_ended: Rule
    schedules: tuple[Schedule, ...]
    database: str
    tables: tuple[CatalogTable, ...]
    source_states: Table | None = None
    streams_dead_letters: str = ""

    @property
    def buckets(self) -> tuple[str, ...]:
        return (self.raw_bucket, self.curated_bucket, self.quarantine_bucket, self.artifacts_bucket)
