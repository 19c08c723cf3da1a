"""Schedule -> whatever fell between two steps is put back on its way: see glue_etl.steps.files.sweep."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.files.bootstrap import services
from glue_etl.steps.files.sweep import sweep
from glue_etl.steps.transforming.scheduled import make_due

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, float]:
    """Sweep once; the answer counts what was repaired. The schedule of a transform makes due what waits for it, before."""
    if transform := event.get("transform"):
        logger.info(
            "its time has come", extra={"transform": transform, "due": make_due(services(logger.info), transform)}
        )
    report = sweep(services(logger.info)).as_metrics()
    logger.info("swept", extra=report)
    for name, count in report.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    return report
