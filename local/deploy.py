"""Deploys the pipeline over the AWS API, as `terraform apply` would, in the order that its parts need each other.

For the local cloud: a second deployment updates. What is deployed is what `make package` put into dist/.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from local import provision
from local.describe import PREFIX, artifacts, describe
from local.describe_api import AUTHORIZER
from local.describe_sources import origin_arn
from local.stack import Function, Place, Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Clients = Callable[[str], Any]
LOCAL_CHOICES: Mapping[str, Any] = MappingProxyType(
    {
        "batching_window_seconds": 1,
        "glue_max_concurrent_runs": 2,
        "health_check": {"enabled": False},
        "api": {"auth": {"issuer": AUTHORIZER["Issuer"], "audience": AUTHORIZER["Audience"]}},
    }
)
"""Terraform's variables where this machine is better off with another value than their default."""


class NotPackaged(Exception):
    """dist/ lacks what is to be deployed. The message names the files and the command that makes them."""


def deploy(
    client: Clients,
    environment: str = "dev",
    dist: Path = Path("dist"),
    *,
    choices: Mapping[str, Any] = LOCAL_CHOICES,
    prefix: str = PREFIX,
    arrivals_visibility: int | None = None,
) -> Stack:
    """Creates or updates everything and returns what was described: `deploy_way`, then `deploy_rest`."""
    stack = deploy_way(
        client, environment, dist, choices=choices, prefix=prefix, arrivals_visibility=arrivals_visibility
    )
    deploy_rest(client, stack, dist)
    return stack


def deploy_way(
    client: Clients,
    environment: str = "dev",
    dist: Path = Path("dist"),
    *,
    choices: Mapping[str, Any] = LOCAL_CHOICES,
    prefix: str = PREFIX,
    arrivals_visibility: int | None = None,
) -> Stack:
    """Creates or updates all that is on a file's way, and returns what was described, which is more: see `deploy_rest`.

    `client` makes a boto3 client by service name. `choices` are Terraform's variables. `arrivals_visibility` (seconds) lets
    retries be seen sooner than AWS's advice of six times the function's timeout would.
    """
    content = _packaged(dist)
    digest = digest_of((dist / "sources.json").read_bytes())
    stack = describe(environment, content, _place(client), choices, prefix, digest)
    _data(client, stack, dist)
    _fed_by(client, stack.place, content)
    _processing(client, stack)
    _wiring(client, stack)
    if arrivals_visibility is not None:
        _shorten_visibility(client("sqs"), stack, arrivals_visibility)
    return stack


def deploy_rest(client: Clients, stack: Stack, dist: Path = Path("dist")) -> None:
    """Creates or updates what no file waits for: functions that a schedule or the API calls, and these themselves."""
    for function in stack.functions:
        if function.name not in stack.fed:
            provision.upload(client("s3"), dist / function.zip_file, stack.artifacts_bucket, function.code_key)
            _function(client, stack, function)
    if stack.http_api:
        provision.http_api(client("apigatewayv2"), stack.http_api)
    provision.schedule_group(client("scheduler"), stack.name)
    for schedule in stack.schedules:
        provision.role(client("iam"), schedule.request["Target"]["RoleArn"], "scheduler.amazonaws.com")
        provision.schedule(client("scheduler"), schedule)


def digest_of(content: bytes) -> str:
    """As Terraform writes it: SHA-256 in Base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _packaged(dist: Path) -> dict[str, Any]:
    """deployment.json, where all that it ships is there too."""
    description = dist / "deployment.json"
    content: dict[str, Any] = json.loads(description.read_text()) if description.is_file() else {"artifacts": {}}
    lacking = [name for name in (description.name, *artifacts(content)) if not (dist / name).is_file()]
    if lacking:
        raise NotPackaged(f"Not in {dist}: {', '.join(lacking)}. Run `make package` first: it builds what is deployed.")
    return content


def _place(client: Clients) -> Place:
    sqs = client("sqs")
    account = client("sts").get_caller_identity()["Account"]
    return Place(region=sqs.meta.region_name, account=account, queue_endpoint=sqs.meta.endpoint_url)


def _data(client: Clients, stack: Stack, dist: Path) -> None:
    """What holds data: buckets with the artifacts, queues, tables, the topic, the catalog."""
    key_arn = provision.key(client("kms"), stack.name)
    s3, sqs, dynamodb, glue = (client(service) for service in ("s3", "sqs", "dynamodb", "glue"))
    for name in stack.buckets:
        provision.bucket(s3, name, stack.place.region, key_arn, stack.lifecycles[name])
    of_the_rest = {function.zip_file for function in stack.functions if function.name not in stack.fed}
    for file, key in stack.shipped.items():
        if file not in of_the_rest:
            provision.upload(s3, dist / file, stack.artifacts_bucket, key)
    for queue in stack.queues.values():
        provision.queue(sqs, queue, key_arn)
    for name in stack.dead_letters:
        provision.dead_letter_queue(sqs, name, key_arn)
    for table in stack.tables.values():
        provision.table(dynamodb, table, key_arn)
    topic = client("sns").create_topic(Name=stack.notices_topic)["TopicArn"]
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key_arn)
    for described in stack.catalog:
        provision.catalog_table(glue, stack.database, described)


def _fed_by(client: Clients, place: Place, content: Mapping[str, Any]) -> None:
    """The streams and queues that sources name: on AWS they are the user's own, here nobody else would make them."""
    hidden = 6 * content["source_functions"]["collect"]["timeout_seconds"]
    for source in content["collected"].values():
        kind = source["kind"]
        if kind not in provision.ORIGINS:
            continue
        arn = origin_arn(content, place, source)
        if arn.startswith(place.arn(kind, "")):
            provision.ORIGINS[kind](client(kind), arn.rpartition(":")[2].rpartition("/")[2], hidden)


def _processing(client: Clients, stack: Stack) -> None:
    if stack.protection_secret:
        provision.secret(client("secretsmanager"), stack.protection_secret)
    iam = client("iam")
    for job in filter(None, (stack.job, stack.transform_job)):
        provision.role(iam, job.request["Role"], "glue.amazonaws.com")
        provision.job(client("glue"), job)
    for function in stack.functions:
        if function.name in stack.fed:
            _function(client, stack, function)


def _function(client: Clients, stack: Stack, function: Function) -> None:
    provision.role(client("iam"), function.role_arn, "lambda.amazonaws.com")
    provision.function(client("lambda"), function, stack.artifacts_bucket)


def _wiring(client: Clients, stack: Stack) -> None:
    """What sets the parts in motion, last: nothing arrives before all that it needs is there."""
    provision.rule(client("events"), stack.run_ended)
    for described in stack.event_sources:
        provision.event_source(client("lambda"), described)
    provision.notification(client("s3"), stack.raw_bucket, stack.incoming_prefix, stack.arrivals)


def _shorten_visibility(sqs: SQSClient, stack: Stack, seconds: int) -> None:
    """After the event source is there: AWS refuses one whose queue hides messages for less than its function runs."""
    url = sqs.get_queue_url(QueueName=stack.arrivals.name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
