"""dist/deployment.json read as Terraform reads it, and the parts that every deployment has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from glue_etl.core.files.settings import Settings
from local.stack import EventSource, Function, Part, Place, Queue, Rule, Table


@dataclass(frozen=True, slots=True)
class Deployment:
    """deployment.json with what the one who deploys decides: `choices` are Terraform's variables."""

    content: Mapping[str, Any]
    choices: Mapping[str, Any]
    place: Place
    name: str

    @property
    def names(self) -> dict[str, str]:
        chosen = self.choices.get("bucket_suffix")
        suffix = f"-{self.place.account}" if chosen is None else chosen
        endings = self.content["names"].items()
        return {part: f"{self.name}-{ending}{suffix if part.endswith('_bucket') else ''}" for part, ending in endings}

    def artifact(self, name: str) -> str:
        return f"s3://{self.names['artifacts_bucket']}/{self.content['artifacts'][name]['key']}"

    def function(self, of: Mapping[str, Any], name: str, zip_name: str, settings: Mapping[str, str]) -> Function:
        """The function `name`, as `of` (of deployment.json) has it."""
        environment = {**settings, "POWERTOOLS_SERVICE_NAME": name}
        artifact = self.content["artifacts"][zip_name]
        request = {
            "FunctionName": name,
            "Handler": of["handler"],
            "Role": self.place.role(name),
            "Runtime": f"python{self.content['python']['functions']}",
            "Timeout": of["timeout_seconds"],
            "MemorySize": of["memory_mb"],
            "Environment": {"Variables": environment},
        }
        return Function(name, self.place.role(name), artifact["file"], artifact["key"], environment, request)

    def schedule(self, name: str, kind: str, expression: str, target: Mapping[str, Any], enabled: bool = True) -> Part:
        """`kind` is the schedule's in deployment.json; `target` has the ARNs of what is called and of the role."""
        said = self.content["schedules"][kind]
        retries = {
            "MaximumEventAgeInSeconds": said["maximum_event_age_in_seconds"],
            "MaximumRetryAttempts": said["maximum_retry_attempts"],
        }
        dead_letters = {"Arn": self.place.arn("sqs", self.names["schedules_dead_letters"])}
        request = {
            "Name": name,
            "GroupName": self.name,
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED" if enabled else "DISABLED",
            "Target": {**target, "DeadLetterConfig": dead_letters, "RetryPolicy": retries},
        }
        return Part(name, request)


def tables(deployment: Deployment) -> dict[str, Table]:
    """That of sources only where there are any."""
    wanted = deployment.content["tables"]
    if not deployment.content["pulled"] and not deployment.content["collected"]:
        wanted = {what: keys for what, keys in wanted.items() if what != "sources"}
    return {what: _table(deployment.names[f"{what}_table"], keys) for what, keys in wanted.items()}


def _table(name: str, keys: Mapping[str, Any]) -> Table:
    indexes = keys.get("indexes", {})
    used = sorted({k[key] for k in (keys, *indexes.values()) for key in ("hash_key", "range_key") if key in k})
    described = [
        {"IndexName": index, "KeySchema": _key_schema(k), "Projection": {"ProjectionType": "ALL"}}
        for index, k in indexes.items()
    ]
    request = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(keys),
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in used],
        **({"GlobalSecondaryIndexes": described} if described else {}),
    }
    return Table(name, request, keys.get("ttl_attribute", ""))


def _key_schema(keys: Mapping[str, Any]) -> list[dict[str, str]]:
    kinds = {"hash_key": "HASH", "range_key": "RANGE"}
    return [{"AttributeName": keys[key], "KeyType": kind} for key, kind in kinds.items() if key in keys]


def queue(deployment: Deployment, name: str, sender: str, source_arn: str) -> Queue:
    """The queue `name` of deployment.json, to which `sender` may send for `source_arn`."""
    called, place = deployment.names[f"{name}_queue"], deployment.place
    return Queue(
        called,
        place.arn("sqs", called),
        place.queue_url(called),
        sender=sender,
        source_arn=source_arn,
        **deployment.content["queues"][name],
    )


def functions(deployment: Deployment) -> tuple[Function, ...]:
    """dispatch, finalize, sweep, with what they are told: Terraform's settings in terraform/main.tf."""
    settings = settings_of(deployment)
    return tuple(
        deployment.function(described, f"{deployment.name}-{name}", name, settings)
        for name, described in deployment.content["functions"].items()
    )


def _as_terraform_writes(value: Any) -> str:
    """Terraform's tostring(), and its join() of a list by commas."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def settings_of(deployment: Deployment) -> dict[str, str]:
    """Where everything is, and the variables that are settings' namesakes."""
    names, place = deployment.names, deployment.place
    namesakes = [setting.name for setting in fields(Settings) if setting.name in deployment.choices]
    return {
        **{name.upper(): _as_terraform_writes(deployment.choices[name]) for name in namesakes},
        "RAW_BUCKET": names["raw_bucket"],
        "CURATED_BUCKET": names["curated_bucket"],
        "QUARANTINE_BUCKET": names["quarantine_bucket"],
        "INCOMING_PREFIX": deployment.content["prefixes"]["incoming"],
        "LEDGER_TABLE": names["ledger_table"],
        "JOB_STATE_TABLE": names["job_state_table"],
        "GLUE_JOB_NAME": names["ingest_job"],
        "TRANSFORM_JOB_NAME": names["transform_job"],
        "CONTRACTS_URI": deployment.artifact("contracts"),
        "ARRIVALS_QUEUE_URL": place.queue_url(names["arrivals_queue"]),
        "NOTICES_TOPIC_ARN": place.arn("sns", names["notices_topic"]),
        "CATALOG_DATABASE": database(deployment),
        "POWERTOOLS_METRICS_NAMESPACE": deployment.content["metrics_namespace"],
        "POWERTOOLS_LOG_LEVEL": deployment.choices["log_level"],
    }


def database(deployment: Deployment) -> str:
    return deployment.name.replace("-", "_")


def event_sources(deployment: Deployment) -> tuple[EventSource, ...]:
    """The queues that feed the functions."""
    return tuple(
        queue_mapping(
            f"{deployment.name}-{name}",
            deployment.place.arn("sqs", deployment.names[f"{described['queue']['name']}_queue"]),
            {"batching_window_seconds": deployment.choices["batching_window_seconds"], **described["queue"]},
        )
        for name, described in deployment.content["functions"].items()
        if "queue" in described
    )


def queue_mapping(function: str, arn: str, batches: Mapping[str, Any]) -> EventSource:
    """A mapping from a queue, whose failed messages the function names one by one."""
    request = {
        **batch(batches),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": batches["maximum_concurrency"]},
    }
    return EventSource(function, {"EventSourceArn": arn}, request)


def batch(batches: Mapping[str, Any]) -> dict[str, int]:
    return {
        "BatchSize": batches["batch_size"],
        "MaximumBatchingWindowInSeconds": batches["batching_window_seconds"],
    }


def job(deployment: Deployment) -> Part:
    """The Glue job. Great Expectations is installed here: no wheels are passed."""
    secret = protection_secret(deployment)
    told = {"--protection-secret": secret} if secret else {}
    return _glue_job(deployment, deployment.names["ingest_job"], "script", told)


def transform_job(deployment: Deployment) -> Part | None:
    """The job of transforms; None where none is declared."""
    if not deployment.content["transforms"]:
        return None
    told = {"--openlineage-url": deployment.choices["openlineage_url"]}
    return _glue_job(deployment, deployment.names["transform_job"], "transform_script", told)


def _glue_job(deployment: Deployment, name: str, script: str, told: Mapping[str, str] = MappingProxyType({})) -> Part:
    said, choices, names = deployment.content["job"], deployment.choices, deployment.names
    arguments = {
        **said["arguments"],
        "--environment": choices["environment"],
        "--raw-bucket": names["raw_bucket"],
        "--extra-py-files": deployment.artifact("package"),
        "--TempDir": f"s3://{names['artifacts_bucket']}/glue/temporary/",
        "--custom-logGroup-prefix": f"/aws-glue/jobs/{name}",
        **told,
    }
    command = {
        "Name": said["command"],
        "ScriptLocation": deployment.artifact(script),
        "PythonVersion": said["python_version"],
    }
    request = {
        "Name": name,
        "Role": deployment.place.role(name),
        "Command": command,
        "DefaultArguments": arguments,
        "ExecutionProperty": {"MaxConcurrentRuns": choices["glue_max_concurrent_runs"]},
        "MaxRetries": said["max_retries"],
        "Timeout": choices["glue_timeout_minutes"],
        "GlueVersion": choices["glue_version"],
        "WorkerType": choices["glue_worker_type"],
        "NumberOfWorkers": choices["glue_max_workers"],
    }
    return Part(name, request)


def protection_secret(deployment: Deployment) -> str:
    """The name of the secret with the key of protected columns; "" where no contract needs one."""
    return deployment.names["protection_secret"] if deployment.content["protection"]["needs_key"] else ""


def run_ended(deployment: Deployment) -> Rule:
    """Whatever way a run of a job ends, the outcomes queue is told."""
    names, place = deployment.names, deployment.place
    jobs = [names["ingest_job"], *([names["transform_job"]] if deployment.content["transforms"] else [])]
    detail = {"jobName": jobs, "state": deployment.content["job"]["end_states"]}
    arn = place.arn("sqs", names["outcomes_queue"])
    return Rule(
        names["run_ended_rule"],
        {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": detail},
        {"Id": "outcomes", "Arn": arn, "DeadLetterConfig": {"Arn": f"{arn}-dlq"}},
    )
