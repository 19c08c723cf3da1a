"""Routes on datasets, their quality and their cost: what there is, never rows."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Response, Router

from glue_etl.access.callers import READ
from glue_etl.access.costs import show_cost
from glue_etl.access.datasets import list_datasets, show_dataset
from glue_etl.access.reports import dataset_report
from glue_etl.access.routing import Cursor, Dataset, Days, Limit, Text, caller_with, estate_of_request, problems
from glue_etl.access.runs import show_quality
from glue_etl.access.shapes import CostShape, DatasetList, DatasetShape, QualityShape

router = Router()


@router.get("/v1/datasets", responses=problems(), tags=["datasets"], operation_id="listDatasets")
def datasets(limit: Limit = 100, cursor: Cursor = None) -> DatasetList:
    """All datasets, by name."""
    caller_with(READ)
    return list_datasets(estate_of_request(), limit, cursor)


@router.get("/v1/datasets/<dataset>", responses=problems(), tags=["datasets"], operation_id="showDataset")
def one_dataset(dataset: Dataset) -> DatasetShape:
    """A dataset: its table, its columns with what they can be compared by, and what changed them."""
    caller_with(READ)
    return show_dataset(estate_of_request(), dataset)


@router.get("/v1/datasets/<dataset>/quality", responses=problems(), tags=["quality"], operation_id="showQuality")
def quality(dataset: Dataset, since: Text = "") -> QualityShape:
    """The verdicts on the dataset's newest 200 files that came to rest, by time."""
    caller_with(READ)
    return show_quality(estate_of_request(), dataset, since)


@router.get("/v1/datasets/<dataset>/cost", responses=problems(), tags=["datasets"], operation_id="showCost")
def cost(dataset: Dataset, days: Days = 31) -> CostShape:
    """What the dataset cost, by day: Glue's run time by its files' bytes, and requests."""
    caller_with(READ)
    return show_cost(estate_of_request(), dataset, days)


@router.get("/v1/datasets/<dataset>/report", responses=problems(), tags=["quality"], operation_id="reportDataset")
def report(dataset: Dataset, since: Text = "") -> Response[str]:
    """The page of `glue-etl report dataset`: HTML that fetches nothing."""
    caller_with(READ)
    return dataset_report(estate_of_request(), dataset, since)
