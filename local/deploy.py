"""Deploys the pipeline over the AWS API, as `terraform apply` would, in the order that its parts need each other.

For the local cloud: a second deployment updates. What is deployed is what `make package` put into dist/.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from glue_etl.core.operating.sources import load_sources
from local import provision
from local.describe import ARTIFACTS, PREFIX, SOURCE_ZIPS, describe
from local.describe_sources import COLLECT_SECONDS, origin_arn
from local.provision_mappings import event_source
from local.stack import Choices, Place, Stack

Clients = Callable[[str], Any]
LOCAL_CHOICES = Choices(batching_window_seconds=1, glue_max_concurrent_runs=2, health_check_enabled=False)


class NotPackaged(Exception):
    """dist/ lacks what is to be deployed. The message names the files and the command that makes them."""


def deploy(
    client: Clients,
    environment: str = "dev",
    dist: Path = Path("dist"),
    *,
    batching_window: int = 1,
    choices: Choices = LOCAL_CHOICES,
    prefix: str = PREFIX,
    arrivals_visibility: int | None = None,
) -> Stack:
    """Creates or updates everything and returns what was described.

    `client` makes a boto3 client by service name. `arrivals_visibility` (seconds) lets retries be seen sooner than
    AWS's advice of six times the function's timeout would.
    """
    _check_packaged(dist)
    contracts = json.loads((dist / "contracts.json").read_text())
    declared = (dist / "sources.json").read_bytes()
    sources = load_sources(json.loads(declared))
    wanted = replace(choices, batching_window_seconds=batching_window)
    stack = describe(environment, contracts, _place(client), wanted, prefix, sources, digest_of(declared))
    _data(client, stack, dist)
    _fed_by(client, stack.place, sources)
    _processing(client, stack)
    _wiring(client, stack)
    if arrivals_visibility is not None:
        _shorten_visibility(client("sqs"), stack, arrivals_visibility)
    return stack


def digest_of(content: bytes) -> str:
    """As Terraform writes it: SHA-256 in Base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _check_packaged(dist: Path) -> None:
    lacking = [name for name in ARTIFACTS if not (dist / name).is_file()]
    if lacking:
        raise NotPackaged(f"Not in {dist}: {', '.join(lacking)}. Run `make package` first: it builds what is deployed.")


def _place(client: Clients) -> Place:
    sqs = client("sqs")
    account = client("sts").get_caller_identity()["Account"]
    return Place(region=sqs.meta.region_name, account=account, queue_endpoint=sqs.meta.endpoint_url)


def _data(client: Clients, stack: Stack, dist: Path) -> None:
    """What holds data: buckets with the artifacts, queues, tables, the topic, the catalog."""
    s3, sqs, dynamodb, glue = (client(service) for service in ("s3", "sqs", "dynamodb", "glue"))
    for name in stack.buckets:
        provision.bucket(s3, name, stack.place.region)
    for file, key in _shipped(stack).items():
        provision.upload(s3, dist / file, stack.artifacts_bucket, key)
    for queue in (stack.arrivals, stack.outcomes):
        provision.queue(sqs, queue)
    for name in filter(None, (stack.schedules_dead_letters, stack.streams_dead_letters)):
        provision.dead_letter_queue(sqs, name)
    for table in filter(None, (stack.ledger, stack.job_state, stack.source_states)):
        provision.table(dynamodb, table)
    client("sns").create_topic(Name=stack.notices_topic)
    for described in stack.tables:
        provision.catalog_table(glue, stack.database, described)


def _shipped(stack: Stack) -> dict[str, str]:
    """The artifacts that this deployment has: file in dist/ -> key."""
    used = {function.zip_file for function in stack.functions}
    return {file: key for file, key in ARTIFACTS.items() if file in used or file not in SOURCE_ZIPS}


def _fed_by(client: Clients, place: Place, sources: Mapping[str, Any]) -> None:
    """The streams and queues that sources name: on AWS they are the user's own, here nobody else would make them."""
    for source in sources.values():
        if source.kind == "kinesis" and origin_arn(place, source).startswith(place.arn("kinesis", "")):
            provision.stream(client("kinesis"), origin_arn(place, source).rpartition("/")[2])
        elif source.kind == "sqs" and origin_arn(place, source).startswith(place.arn("sqs", "")):
            provision.fed_queue(client("sqs"), origin_arn(place, source).rpartition(":")[2], 6 * COLLECT_SECONDS)


def _processing(client: Clients, stack: Stack) -> None:
    iam = client("iam")
    provision.role(iam, stack.job.role_arn, "glue.amazonaws.com")
    provision.job(client("glue"), stack.job)
    for function in stack.functions:
        provision.role(iam, function.role_arn, "lambda.amazonaws.com")
        provision.function(client("lambda"), function, stack.artifacts_bucket, ARTIFACTS[function.zip_file])


def _wiring(client: Clients, stack: Stack) -> None:
    """What sets the parts in motion, last: nothing arrives before all that it needs is there."""
    provision.rule(client("events"), stack.run_ended)
    for described in stack.event_sources:
        event_source(client("lambda"), described)
    dead_letters = stack.place.arn("sqs", stack.schedules_dead_letters)
    provision.schedule_group(client("scheduler"), stack.name)
    for schedule in stack.schedules:
        provision.role(client("iam"), schedule.role_arn, "scheduler.amazonaws.com")
        provision.schedule(client("scheduler"), stack.name, schedule, dead_letters)
    provision.notification(client("s3"), stack.raw_bucket, stack.incoming_prefix, stack.arrivals)


def _shorten_visibility(sqs: Any, stack: Stack, seconds: int) -> None:
    """After the event source is there: AWS refuses one whose queue hides messages for less than its function runs."""
    url = sqs.get_queue_url(QueueName=stack.arrivals.name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
