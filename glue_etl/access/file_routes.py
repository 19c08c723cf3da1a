"""Routes on files and runs: where they stand, and how they got there."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Response, Router

from glue_etl.access.callers import READ, ROWS
from glue_etl.access.files import list_bad_rows, list_files, show_file
from glue_etl.access.reports import file_report, run_report
from glue_etl.access.routing import (
    BatchId,
    Cursor,
    Limit,
    RunId,
    Text,
    caller_with,
    estate_of_request,
    problems,
)
from glue_etl.access.runs import list_runs, show_run
from glue_etl.access.shapes import BadRowList, FileList, FileShape, RunList, RunShape

router = Router()


@router.get("/v1/files", responses=problems(), tags=["files"], operation_id="listFiles")
def files(
    state: Text = "", dataset: Text = "", prefix: Text = "", limit: Limit = 50, cursor: Cursor = None
) -> FileList:
    """Files, the latest change first; with `prefix` the newest version of each key that begins so, by key."""
    caller_with(READ)
    asked = {"state": state, "dataset": dataset, "prefix": prefix}
    return list_files(estate_of_request(), asked, limit, cursor)


@router.get("/v1/files/<batch_id>", responses=problems(), tags=["files"], operation_id="showFile")
def one_file(batch_id: BatchId) -> FileShape:
    """A file: its record, history, verdict, what quarantine keeps of it. Rows that fail only for those who may see rows."""
    caller = caller_with(READ)
    return show_file(estate_of_request(), batch_id, with_rows=ROWS in caller.roles)


@router.get("/v1/files/<batch_id>/bad-rows", responses=problems(), tags=["files"], operation_id="readBadRows")
def bad_rows(batch_id: BatchId) -> BadRowList:
    """The first twenty records of a file that could not become rows, as quarantine keeps them."""
    caller_with(ROWS)
    return list_bad_rows(estate_of_request(), batch_id)


@router.get("/v1/files/<batch_id>/report", responses=problems(), tags=["quality"], operation_id="reportFile")
def report_of_file(batch_id: BatchId) -> Response[str]:
    """The page of `glue-etl report file`, without text of rows."""
    caller_with(READ)
    return file_report(estate_of_request(), batch_id)


@router.get("/v1/runs", responses=problems(), tags=["runs"], operation_id="listRuns")
def runs(limit: Limit = 50, cursor: Cursor = None) -> RunList:
    """Runs: on the first page those that work now, then those that ended, the latest first."""
    caller_with(READ)
    return list_runs(estate_of_request(), limit, cursor)


@router.get("/v1/runs/<run_id>", responses=problems(), tags=["runs"], operation_id="showRun")
def one_run(run_id: RunId) -> RunShape:
    """A run with its files, at most 1,000 of them."""
    caller_with(READ)
    return show_run(estate_of_request(), run_id)


@router.get("/v1/runs/<run_id>/report", responses=problems(), tags=["quality"], operation_id="reportRun")
def report_of_run(run_id: RunId) -> Response[str]:
    """The page of `glue-etl report run`, without text of rows."""
    caller_with(READ)
    return run_report(estate_of_request(), run_id)
