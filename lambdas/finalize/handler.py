"""Outcomes queue -> published or quarantined files: see glue_etl.steps.files.finalize."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.aws.files.bootstrap import services
from glue_etl.aws.files.figures import emit_figures
from glue_etl.core.files.events import parse_run_ended
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.watching import watched_figures

logger = Logger()
tracer = Tracer()
metrics = Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Finalize the run of each record; a run that could not be finalized yet is delivered again."""
    failed = [record["messageId"] for record in event.get("Records", []) if not _finalize(record["body"])]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _finalize(body: str) -> bool:
    try:
        found = services(logger.info)
        summary = finalize_run(found, parse_run_ended(body))
    except Exception as error:  # one record's run comes again; the batch's others are not finalized twice for it
        logger.exception("the run could not be finalized", extra={"error": str(error)})
        return False
    for name, count in summary.as_metrics().items():
        metrics.add_metric(name, MetricUnit.Count, count)
    emit_figures(found.settings.glue_job_name, watched_figures(found, summary))
    return not summary.unfinished
