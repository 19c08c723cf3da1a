"""Describes the deployment that Terraform would make: names, settings and arguments, from a few choices. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from local.catalog_tables import catalog_tables
from local.describe_sources import describe_sources
from local.stack import Choices, EventSource, Function, Job, Place, Queue, Rule, Schedule, Stack, Table

PREFIX = "glue-etl-pipeline"
INCOMING_PREFIX = "data/incoming/"
END_STATES = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
TIMEOUT_SECONDS = {"dispatch": 120, "finalize": 300, "sweep": 300}
MEMORY_MB = 512
LEDGER_INDEXES = {
    "by-key": ("object_key", "arrived_at"),
    "by-state": ("open_state", "updated_at"),
    "by-dataset": ("dataset", "updated_at"),
    "by-run": ("run_id", "batch_id"),
}
# File in dist/ and its key in the artifacts bucket.
ARTIFACTS = {
    "dispatch.zip": "functions/dispatch.zip",
    "finalize.zip": "functions/finalize.zip",
    "sweep.zip": "functions/sweep.zip",
    "pull.zip": "functions/pull.zip",
    "collect.zip": "functions/collect.zip",
    "glue_etl.zip": "glue/glue_etl.zip",
    "ingest.py": "glue/ingest.py",
    "contracts.json": "contracts/contracts.json",
    "sources.json": "sources/sources.json",
}
# What is deployed only where a source needs it.
SOURCE_ZIPS = ("pull.zip", "collect.zip")


def describe(
    environment: str,
    contracts: Mapping[str, Any],
    place: Place = Place(),
    choices: Choices = Choices(),
    prefix: str = PREFIX,
    sources: Mapping[str, Any] = MappingProxyType({}),
    sources_digest: str = "",
) -> Stack:
    """The deployment named `<prefix>-<environment>`; `contracts` is what contracts.json holds, `sources` by name.

    `sources_digest` is of sources.json: functions read it once, and are started anew where their environment changes.
    """
    name = f"{prefix}-{environment}"
    told = {**_source_settings(name, environment, place, choices), "SOURCES_DIGEST": sources_digest}
    of_sources = describe_sources(name, place, choices, told, sources)
    database = name.replace("-", "_")
    return Stack(
        name=name,
        environment=environment,
        place=place,
        **{f"{kind}_bucket": f"{name}-{kind}" for kind in ("raw", "curated", "quarantine", "artifacts")},
        incoming_prefix=INCOMING_PREFIX,
        arrivals=_arrivals(name, place),
        outcomes=_outcomes(name, place),
        schedules_dead_letters=f"{name}-schedules-dlq",
        ledger=Table(f"{name}-ledger", "batch_id", indexes=LEDGER_INDEXES),
        job_state=Table(f"{name}-job-state", "job_name", "updated_at", ttl_attribute="expires_at"),
        notices_topic=f"{name}-notices",
        notices_topic_arn=place.arn("sns", f"{name}-notices"),
        functions=(*_functions(name, environment, place, choices), *of_sources.functions),
        event_sources=(*_event_sources(name, place, choices), *of_sources.event_sources),
        job=_job(name, environment, place, choices),
        run_ended=_run_ended(name, place),
        schedules=(*_schedules(name, place, choices), *of_sources.schedules),
        database=database,
        tables=catalog_tables(contracts, f"{name}-curated"),
        source_states=of_sources.states,
        streams_dead_letters=of_sources.dead_letters,
    )


def _arrivals(name: str, place: Place) -> Queue:
    """Six times the function's timeout: what AWS advises for a queue that feeds a function."""
    return Queue(
        name=f"{name}-arrivals",
        arn=place.arn("sqs", f"{name}-arrivals"),
        url=place.queue_url(f"{name}-arrivals"),
        visibility_timeout_seconds=6 * TIMEOUT_SECONDS["dispatch"],
        max_receive_count=100,
        sender="s3.amazonaws.com",
        source_arn=f"arn:aws:s3:::{name}-raw",
    )


def _outcomes(name: str, place: Place) -> Queue:
    return Queue(
        name=f"{name}-outcomes",
        arn=place.arn("sqs", f"{name}-outcomes"),
        url=place.queue_url(f"{name}-outcomes"),
        visibility_timeout_seconds=6 * TIMEOUT_SECONDS["finalize"],
        max_receive_count=5,
        sender="events.amazonaws.com",
        source_arn=place.arn("events", f"rule/{name}-run-ended"),
    )


def _functions(name: str, environment: str, place: Place, choices: Choices) -> tuple[Function, ...]:
    settings = _settings(name, environment, place, choices)
    return tuple(
        Function(
            name=f"{name}-{function}",
            handler=f"lambdas.{function}.handler.lambda_handler",
            role_arn=place.role(f"{name}-{function}"),
            zip_file=f"{function}.zip",
            timeout_seconds=timeout,
            memory_mb=MEMORY_MB,
            environment={**settings, "POWERTOOLS_SERVICE_NAME": f"{name}-{function}"},
        )
        for function, timeout in TIMEOUT_SECONDS.items()
    )


def _settings(name: str, environment: str, place: Place, choices: Choices) -> dict[str, str]:
    return {
        "ENVIRONMENT": environment,
        "RAW_BUCKET": f"{name}-raw",
        "CURATED_BUCKET": f"{name}-curated",
        "QUARANTINE_BUCKET": f"{name}-quarantine",
        "INCOMING_PREFIX": INCOMING_PREFIX,
        "LEDGER_TABLE": f"{name}-ledger",
        "JOB_STATE_TABLE": f"{name}-job-state",
        "GLUE_JOB_NAME": f"{name}-ingest",
        "CONTRACTS_URI": _artifact(name, "contracts.json"),
        "ARRIVALS_QUEUE_URL": place.queue_url(f"{name}-arrivals"),
        "NOTICES_TOPIC_ARN": place.arn("sns", f"{name}-notices"),
        "CATALOG_DATABASE": name.replace("-", "_"),
        "MAX_FILES_PER_RUN": str(choices.max_files_per_run),
        "MAX_BYTES_PER_RUN": str(choices.max_bytes_per_run),
        "MAX_ATTEMPTS": str(choices.max_attempts),
        "POWERTOOLS_METRICS_NAMESPACE": "GlueEtlPipeline",
        "POWERTOOLS_LOG_LEVEL": choices.log_level,
    }


def _source_settings(name: str, environment: str, place: Place, choices: Choices) -> dict[str, str]:
    """What the functions of all sources are told."""
    told = _settings(name, environment, place, choices)
    shared = ("ENVIRONMENT", "RAW_BUCKET", "QUARANTINE_BUCKET", "INCOMING_PREFIX", "NOTICES_TOPIC_ARN")
    powertools = ("POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL")
    return {
        **{setting: told[setting] for setting in (*shared, *powertools)},
        "SOURCES_URI": _artifact(name, "sources.json"),
        "SOURCES_TABLE": f"{name}-sources",
    }


def _event_sources(name: str, place: Place, choices: Choices) -> tuple[EventSource, ...]:
    arrivals, outcomes = (place.arn("sqs", f"{name}-{queue}") for queue in ("arrivals", "outcomes"))
    return (
        EventSource(arrivals, f"{name}-dispatch", 1000, choices.batching_window_seconds, maximum_concurrency=2),
        EventSource(outcomes, f"{name}-finalize", 10, 0, maximum_concurrency=5),
    )


def _job(name: str, environment: str, place: Place, choices: Choices) -> Job:
    return Job(
        name=f"{name}-ingest",
        role_arn=place.role(f"{name}-ingest"),
        script_uri=_artifact(name, "ingest.py"),
        default_arguments=_job_arguments(name, environment, choices),
        max_concurrent_runs=choices.glue_max_concurrent_runs,
        timeout_minutes=choices.glue_timeout_minutes,
        glue_version=choices.glue_version,
        worker_type=choices.glue_worker_type,
        number_of_workers=choices.glue_max_workers,
    )


def _job_arguments(name: str, environment: str, choices: Choices) -> dict[str, str]:
    arguments = {
        "--environment": environment,
        "--raw-bucket": f"{name}-raw",
        "--extra-py-files": _artifact(name, "glue_etl.zip"),
        "--TempDir": f"s3://{name}-artifacts/glue/temporary/",
        "--job-language": "python",
        "--job-bookmark-option": "job-bookmark-disable",
        "--enable-auto-scaling": "true",
        "--enable-metrics": "true",
        "--enable-observability-metrics": "true",
        "--enable-continuous-cloudwatch-log": "true",
        "--custom-logGroup-prefix": f"/aws-glue/jobs/{name}-ingest",
    }
    if choices.wheel_uris:
        arguments["--additional-python-modules"] = ",".join(choices.wheel_uris)
        arguments["--python-modules-installer-option"] = "--no-index --no-deps"
    return arguments


def _run_ended(name: str, place: Place) -> Rule:
    return Rule(
        name=f"{name}-run-ended",
        pattern={
            "source": ["aws.glue"],
            "detail-type": ["Glue Job State Change"],
            "detail": {"jobName": [f"{name}-ingest"], "state": list(END_STATES)},
        },
        target_id="outcomes",
        target_arn=place.arn("sqs", f"{name}-outcomes"),
        dead_letters_arn=place.arn("sqs", f"{name}-outcomes-dlq"),
    )


def _schedules(name: str, place: Place, choices: Choices) -> tuple[Schedule, ...]:
    minutes = choices.sweep_minutes
    return (
        Schedule(
            name=f"{name}-sweep",
            expression=f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})",
            target_arn=place.arn("lambda", f"function:{name}-sweep"),
            role_arn=place.role(f"{name}-sweep-schedule"),
        ),
        Schedule(
            name=f"{name}-health-check",
            expression=choices.health_check_schedule,
            target_arn="arn:aws:scheduler:::aws-sdk:glue:startJobRun",
            role_arn=place.role(f"{name}-health-check-schedule"),
            input={"JobName": f"{name}-ingest", "Arguments": {"--health-check-mode": "true"}},
            enabled=choices.health_check_enabled,
            maximum_event_age_seconds=3600,
            maximum_retry_attempts=10,
        ),
    )


def _artifact(name: str, file: str) -> str:
    return f"s3://{name}-artifacts/{ARTIFACTS[file]}"
