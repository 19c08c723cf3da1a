"""What a deployment consists of, as frozen values: what Terraform makes, as far as the local cloud acts on it. Pure.

A `request` is in the words of the AWS call that makes the part. Roles' permissions, alarms and dashboards are not here:
nothing local looks at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    """A Lambda function: its code is `zip_file` of dist/, below `code_key` in the artifacts bucket."""

    name: str
    role_arn: str
    zip_file: str
    code_key: str
    environment: Mapping[str, str]
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventSource:
    """A queue, stream or topic that feeds a function: what is fixed (source, topic, start), and what can be updated."""

    function: str
    fixed: Mapping[str, Any]
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table with string keys."""

    name: str
    request: Mapping[str, Any]
    ttl_attribute: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that one call makes: the Glue job, EventBridge's rule, a schedule of the deployment's group, a catalog table."""

    name: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """An EventBridge rule with one target, a queue."""

    name: str
    pattern: Mapping[str, Any]
    target: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HttpApi:
    """API Gateway's HTTP API. `routes`: route -> ARN of the function that answers, and the scope that its caller needs.

    `authorizer`: issuer and audience of the tokens that it takes.
    """

    name: str
    routes: Mapping[str, tuple[str, str]]
    authorizer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployment. `lifecycles`: bucket -> its rules; `shipped`: file in dist/ -> its key in the artifacts bucket.
    `transform_job`: None where no transform is declared.
    """

    name: str
    environment: str
    place: Place
    raw_bucket: str
    curated_bucket: str
    quarantine_bucket: str
    artifacts_bucket: str
    lifecycles: Mapping[str, list[dict[str, Any]]]
    shipped: Mapping[str, str]
    incoming_prefix: str
    queues: Mapping[str, Queue]
    dead_letters: tuple[str, ...]
    tables: Mapping[str, Table]
    notices_topic: str
    notices_topic_arn: str
    functions: tuple[Function, ...]
    event_sources: tuple[EventSource, ...]
    job: Part
    transform_job: Part | None
    run_ended: Rule
    schedules: tuple[Part, ...]
    database: str
    catalog: tuple[Part, ...]
    protection_secret: str = ""
    http_api: HttpApi | None = None

    @property
    def buckets(self) -> tuple[str, ...]:
        return (self.raw_bucket, self.curated_bucket, self.quarantine_bucket, self.artifacts_bucket)

    @property
    def fed(self) -> frozenset[str]:
        """The names of the functions that queues, streams or topics feed."""
        return frozenset(source.function for source in self.event_sources)

    @property
    def arrivals(self) -> Queue:
        return self.queues["arrivals"]

    @property
    def outcomes(self) -> Queue:
        return self.queues["outcomes"]

    @property
    def ledger(self) -> Table:
        return self.tables["ledger"]

    @property
    def job_state(self) -> Table:
        return self.tables["job_state"]
