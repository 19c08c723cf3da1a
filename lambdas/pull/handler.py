"""A schedule, or a person -> a source's new rows as landed files: see glue_etl.steps.sources.pull."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.sources.pulling import pull_services, source_services
from glue_etl.extract.extraction import Extraction, Invocation
from glue_etl.steps.sources.pull import pull

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Pull what the event asks for; the answer tells of each stream what became of it."""

    def remaining() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    process = source_services(logger.info)
    with closing(Extraction(process.source, Invocation(process.read_secret, remaining, log=process.log))) as extraction:
        report = pull(pull_services(process, extraction, remaining), event)
    logger.info("pulled", extra=report.as_log())
    for name, value in report.as_metrics().items():
        unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
        metrics.add_metric(name, unit, value)
    return report.to_json()
