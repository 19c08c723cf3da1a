"""A request -> its answer, which changes nothing: see glue_etl.access."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from glue_etl.access.application import READING, Api
from glue_etl.access.starting import estate

logger = Logger()
tracer = Tracer()
metrics = Metrics()


def audit(message: str, /, **fields: Any) -> None:
    logger.info(message, extra=fields)


api = Api(READING, partial(estate, audit), audit)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway's HTTP API (payload 2.0)."""
    answer = api.answer(event, context)
    metrics.add_metric(f"ApiAnswers{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    return answer
