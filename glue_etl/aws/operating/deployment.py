"""A deployed environment, found by its name: its settings are those of its dispatch function, its wiring is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from glue_etl.aws.calls import call, code_of, pages
from glue_etl.aws.files.bootstrap import build_services
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.operating.dead_letters import DeadLetters
from glue_etl.core.errors import Terminal, Transient
from glue_etl.core.files.settings import settings_from
from glue_etl.steps.files.ports import Services
from glue_etl.steps.ports import Log

QUEUES = ("arrivals", "outcomes")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One environment: `name` is `<prefix>-<environment>`; `ledger` is the adapter, with the queries by index."""

    name: str
    services: Services
    ledger: Ledger
    client: Callable[[str], Any]

    def dead_letters(self, queue: str) -> DeadLetters:
        return DeadLetters(self.client("sqs"), f"{self.name}-{queue}")

    def notification_prefixes(self) -> list[str]:
        """Prefixes of the raw bucket's notifications to the arrivals queue; empty where there are none."""
        bucket = self.services.settings.raw_bucket
        found = call(self.client("s3").get_bucket_notification_configuration, Bucket=bucket)
        return [
            rule["Value"]
            for queue in found.get("QueueConfigurations", [])
            if queue["QueueArn"].endswith(f":{self.name}-arrivals")
            for rule in queue.get("Filter", {}).get("Key", {}).get("FilterRules", [{"Name": "prefix", "Value": ""}])
            if rule["Name"].lower() == "prefix"
        ]

    def event_sources(self, function: str) -> list[dict[str, Any]]:
        """The event source mappings of a function, as Lambda describes them."""
        name = f"{self.name}-{function}"
        found = pages(self.client("lambda"), "list_event_source_mappings", FunctionName=name)
        return [mapping for page in found for mapping in page["EventSourceMappings"]]

    def environment_of(self, function: str) -> dict[str, str] | None:
        """A function's environment variables; None where it is not deployed."""
        try:
            found = call(self.client("lambda").get_function_configuration, FunctionName=f"{self.name}-{function}")
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        return dict(found.get("Environment", {}).get("Variables", {}))

    def rule_state(self) -> str:
        """ENABLED or DISABLED; "" where the rule for ended runs is missing."""
        try:
            return str(call(self.client("events").describe_rule, Name=f"{self.name}-run-ended")["State"])
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return ""
            raise

    def is_versioned(self) -> bool:
        """Whether the raw bucket keeps versions."""
        found = call(self.client("s3").get_bucket_versioning, Bucket=self.services.settings.raw_bucket)
        return bool(found.get("Status") == "Enabled")


def find_deployment(name: str, client_of: Callable[[str], Any], log: Log) -> Deployment:
    """The environment that was deployed under `name`. Raises Terminal, saying what to do, where there is none."""
    try:
        found = call(client_of("lambda").get_function_configuration, FunctionName=f"{name}-dispatch")
    except (NoCredentialsError, NoRegionError) as error:
        raise Terminal(
            f"{str(error).rstrip('.')}. On AWS, run `aws configure` or set AWS_PROFILE and AWS_DEFAULT_REGION; "
            "for the local cloud, set what `glue-etl local up` prints"
        ) from error
    except Transient as error:
        if isinstance(error.__cause__, EndpointConnectionError):
            raise Terminal(
                f"nothing answers at {client_of('lambda').meta.endpoint_url}: is the local cloud running "
                "(`glue-etl local up`), or is AWS_ENDPOINT_URL left over from one?"
            ) from error
        raise
    except ClientError as error:
        if code_of(error) in ("ResourceNotFoundException", "404"):
            raise Terminal(
                f"no function {name}-dispatch in this account and region: give --environment and --prefix of a deployed "
                "pipeline, or set AWS_ENDPOINT_URL to a local cloud's"
            ) from error
        raise
    settings = settings_from(found.get("Environment", {}).get("Variables", {}))
    services = build_services(settings, client_of, log)
    return Deployment(name, services, Ledger(client_of("dynamodb"), settings.ledger_table), client_of)
