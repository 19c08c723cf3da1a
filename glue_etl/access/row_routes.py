"""Routes on rows. Questions come in bodies, so that no value of a row ever stands in an address, or in a log of addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body

from glue_etl.access.asked import (
    AggregateAnswer,
    AggregateAsked,
    DownloadAnswer,
    DownloadAsked,
    RowsAnswer,
    RowsAsked,
)
from glue_etl.access.callers import ROWS
from glue_etl.access.routing import Dataset, caller_with, estate_of_request, problems
from glue_etl.access.rows import download, figures, page_of_rows

router = Router()
_LIMITED = (HTTPStatus.REQUEST_TIMEOUT,)


@router.post("/v1/datasets/<dataset>/rows", responses=problems(*_LIMITED), tags=["rows"], operation_id="readRows")
def rows(dataset: Dataset, asked: Annotated[RowsAsked, Body()]) -> RowsAnswer:
    """A page of a dataset's published rows."""
    caller_with(ROWS)
    return page_of_rows(estate_of_request(), dataset, asked)


@router.post(
    "/v1/datasets/<dataset>/aggregates", responses=problems(*_LIMITED), tags=["rows"], operation_id="aggregateRows"
)
def aggregates(dataset: Dataset, asked: Annotated[AggregateAsked, Body()]) -> AggregateAnswer:
    """Figures of a dataset's published rows: count, sum, min, max, avg, in all or by groups."""
    caller_with(ROWS)
    return figures(estate_of_request(), dataset, asked)


@router.post(
    "/v1/datasets/<dataset>/downloads", responses=problems(*_LIMITED), tags=["rows"], operation_id="downloadRows"
)
def downloads(dataset: Dataset, asked: Annotated[DownloadAsked, Body()]) -> DownloadAnswer:
    """A dataset's published rows as CSV or Parquet, behind addresses that are good for some minutes."""
    caller_with(ROWS)
    return download(estate_of_request(), dataset, asked)
