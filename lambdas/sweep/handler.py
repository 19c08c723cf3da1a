"""Schedule -> whatever fell between two steps is put back on its way: see glue_etl.steps.files.sweep."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.files.bootstrap import services
from glue_etl.aws.files.figures import emit_ages, emit_figures
from glue_etl.steps.files.sweep import sweep
from glue_etl.steps.files.watching import watched_figures
from glue_etl.steps.transforming.scheduled import make_due

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, float]:
    """Sweep once; the answer counts what was repaired. What waits for a transform's schedule is due before."""
    found = services(logger.info)
    if transform := event.get("transform"):
        logger.info("its time has come", extra={"transform": transform, "due": make_due(found, transform)})
    report = sweep(found)
    counts = report.as_metrics()
    logger.info("swept", extra=counts)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    for summary in report.summaries:
        emit_figures(found.settings.glue_job_name, watched_figures(found, summary))
    emit_ages(found.settings.glue_job_name, report.ages)
    return counts
