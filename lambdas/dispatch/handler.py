"""Arrivals queue -> runs: see glue_etl.steps.files.dispatch."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.files.bootstrap import services
from glue_etl.steps.files.dispatch import dispatch
from glue_etl.steps.files.intake import Message

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Dispatch a batch of SQS records; those given back are named in the partial batch response."""
    messages = [Message(r["messageId"], r["body"]) for r in event.get("Records", [])]
    report = dispatch(services(logger.info), messages)
    logger.info("dispatched", extra={"messages": len(messages), **report.as_metrics(), "runs_started": report.runs})
    for name, count in report.as_metrics().items():
        metrics.add_metric(name, MetricUnit.Count, count)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in report.given_back]}
