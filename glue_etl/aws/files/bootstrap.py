"""Builds the services of a function or a command: settings read once, AWS clients made once, on first use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from glue_etl.aws.files.catalog import Catalog
from glue_etl.aws.files.jobs import Jobs
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.outcomes import JobStates, Notices, Queue
from glue_etl.core.datasets.contracts import load_bundle
from glue_etl.core.errors import Terminal
from glue_etl.core.settings import Settings, settings_from
from glue_etl.steps.files.ports import Log, Services

WORKERS = 16
LONGEST_INVOCATION = 900
"""Seconds a function may take ("Lambda quotas")."""
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=2 * WORKERS,
)


@cache
def client(service: str) -> Any:
    """A boto3 client; region, credentials and endpoint come from the environment (AWS_ENDPOINT_URL on one machine)."""
    return boto3.client(service, config=CLIENT_CONFIG)  # type: ignore[call-overload]


@cache
def patient_client(service: str) -> Any:
    """A client that waits for the longest invocation of a function (900 s), and never makes the call a second time."""
    config = CLIENT_CONFIG.merge(Config(retries={"total_max_attempts": 1}, read_timeout=LONGEST_INVOCATION + 30))
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@cache
def services(log: Log) -> Services:
    """The services of this process, from its environment; `log` is the function's logger."""
    return build_services(settings_from(os.environ), client, log)


def build_services(settings: Settings, client_of: Callable[[str], Any], log: Log) -> Services:
    """Services on the clients that `client_of` gives by service name. Raises Terminal where the contracts are missing."""
    objects = Objects(client_of("s3"))
    bundle = objects.read_json(settings.contracts_uri)
    if bundle is None:
        raise Terminal(
            f"no contracts at {settings.contracts_uri}: `make package` builds them, `terraform apply` uploads them"
        )
    return Services(
        settings=settings,
        contracts=load_bundle(bundle),
        bundle=bundle,
        objects=objects,
        ledger=Ledger(client_of("dynamodb"), settings.ledger_table),
        jobs=Jobs(client_of("glue"), settings.glue_job_name),
        job_states=JobStates(client_of("dynamodb"), settings.job_state_table, settings.environment),
        notices=Notices(client_of("sns"), settings.notices_topic_arn),
        catalog=Catalog(client_of("glue"), settings.catalog_database, settings.curated_bucket),
        arrivals=Queue(client_of("sqs"), settings.arrivals_queue_url),
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        each=each,
        log=log,
    )


def each(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """`function` of every item, in order, several at once; the first error is raised after all were tried."""
    items = list(items)
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
        return [future.result() for future in [pool.submit(function, item) for item in items]]
