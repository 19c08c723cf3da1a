"""The records of Kinesis, Kafka or SQS -> landed files: see glue_etl.steps.sources.collect and collect_messages beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.sources.collecting import collect_event, collect_services

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Land the records of a batch; those that could not be landed are named in the partial batch response."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    collected = collect_event(collect_services(logger.info), event, remaining)
    logger.info("collected", extra={**collected.as_metrics(), "given_back": len(collected.given_back)})
    for name, count in collected.as_metrics().items():
        metrics.add_metric(name, MetricUnit.Count, count)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in collected.given_back]}
