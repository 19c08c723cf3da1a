"""Pages of `glue-etl report` as answers: HTML without text of rows, which fetches nothing."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Response

from glue_etl.access.datasets import known
from glue_etl.access.estate import Estate
from glue_etl.access.files import find_file
from glue_etl.access.runs import run_records
from glue_etl.aws.operating.reported import Reported

_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def dataset_report(estate: Estate, dataset: str, since: str) -> Response[str]:
    """The page on a dataset over time. Raises Problem (404)."""
    from glue_etl.reports.pages import dataset_page  # late: templates are read where a page is asked for

    known(estate, dataset)
    return _page(dataset_page(_reported(estate).dataset(dataset, since)))


def file_report(estate: Estate, batch_id: str) -> Response[str]:
    """The page on a file. Raises Problem (404)."""
    from glue_etl.reports.pages import file_page

    record = find_file(estate, batch_id)
    versions = [record, *(r for r in estate.ledger.by_key(record.file.bucket, record.file.key) if r != record)]
    older = [r for r in versions if r.file.arrived_at <= record.file.arrived_at]
    return _page(file_page(_reported(estate).one_file(older)))


def run_report(estate: Estate, run_id: str) -> Response[str]:
    """The page on a run. Raises Problem (404)."""
    from glue_etl.reports.pages import run_page

    return _page(run_page(_reported(estate).run(run_records(estate, run_id))))


def _reported(estate: Estate) -> Reported:
    return Reported(estate.deployment, with_rows=False)


def _page(body: str) -> Response[str]:
    return Response(status_code=200, content_type="text/html; charset=utf-8", body=body, headers=dict(_HEADERS))
