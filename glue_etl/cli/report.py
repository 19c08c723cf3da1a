"""`glue-etl report`: one HTML page for a run, a file, or a dataset over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    Environment,
    Prefix,
    dataset_files,
    deployment,
    files_named,
    moment,
    newest,
)  # fmt: skip
from glue_etl.cli.failures import CommandFailed

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.aws.operating.reported import Reported
    from glue_etl.core.files.ledger import Record

report = typer.Typer(
    help="One HTML page for a run, a file, or a dataset over time.", no_args_is_help=True, rich_markup_mode=None
)
Output = Annotated[
    Path | None, typer.Option(help="The file to write, or a folder for it (default: the current folder).")
]
Rows = Annotated[
    bool | None,
    typer.Option("--rows/--no-rows", help="Show text of rows, or not (default: as reasons in notices do)."),
]
DataDocs = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Make Great Expectations' own site, Data Docs, of these files there, besides."),
]


@report.callback()
def _group() -> None:
    """One HTML page that needs no network: the verdict in plain words, failed expectations, scores, columns, lineage."""


@report.command()
def run(
    name: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, as notices name it.")],
    output: Output = None,
    rows: Rows = None,
    data_docs: DataDocs = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
) -> None:
    """All files of a run, those that need somebody first.

    Example: glue-etl report run jr_0123456789abcdef --output reports/
    """
    from glue_etl.reports.pages import run_page

    found = deployment(environment, prefix)
    records = list(found.ledger.by_run(name))
    if not records:
        raise CommandFailed(
            f"the ledger has no files of a run {name!r}: `glue-etl status FILE --json` names a file's run"
        )
    reported = _reported(found, rows)
    write_page(run_page(reported.run(records)), output, f"run-{name}")
    _write_data_docs(reported, data_docs, records)


@report.command()
def file(
    name: Annotated[str, typer.Argument(metavar="FILE", help="A key, an s3:// address or a batch_id.")],
    output: Output = None,
    rows: Rows = None,
    data_docs: DataDocs = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
) -> None:
    """One file: what became of it and why, its columns, its way from file to table, and its history.

    Example: glue-etl report file 2024/01/31/sales.csv --rows
    """
    from glue_etl.reports.pages import file_page

    found = deployment(environment, prefix)
    records = files_named(found, name)
    if len(newest(records)) > 1:
        raise CommandFailed(f"{name} names several files: `glue-etl report run {name}` shows them")
    reported = _reported(found, rows)
    write_page(file_page(reported.one_file(records)), output, f"file-{records[0].batch_id}")
    _write_data_docs(reported, data_docs, records)


@report.command()
def dataset(
    name: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")],
    since: Annotated[
        str | None, typer.Option(help="Files that changed since then: 12h, 30d, a date or a time.")
    ] = None,
    output: Output = None,
    rows: Rows = None,
    data_docs: DataDocs = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
) -> None:
    """A dataset over time: scores, rows by outcome, what fails again and again, columns. At most its newest 200 files.

    Example: glue-etl report dataset sales --since 30d
    """
    from glue_etl.reports.pages import dataset_page

    found = deployment(environment, prefix)
    dataset_files(found, name, "9999")  # an unknown dataset is told, with those that are near
    reported = _reported(found, rows)
    facts = reported.dataset(name, moment(since))
    write_page(dataset_page(facts), output, f"dataset-{name}")
    _write_data_docs(reported, data_docs, [file.record for file in facts.files])


def _reported(found: Deployment, rows: bool | None) -> Reported:
    from glue_etl.aws.operating.reported import Reported

    return Reported(found, found.services.settings.row_text_in_reasons if rows is None else rows)


def _write_data_docs(reported: Reported, folder: Path | None, records: Sequence[Record]) -> None:
    if folder is None:
        return
    from glue_etl.engine.audit.data_docs import write_site  # takes seconds

    found = reported.validations(records)
    if not found:
        raise CommandFailed("no run has judged any of these files, or what it said is not kept any more: no Data Docs")
    print(write_site(folder, found).resolve())


def write_page(page: str, output: Path | None, name: str) -> Path:
    """Write the page to `output`, or as <name>.html below it where it is a folder, and print where it is."""
    if output is None or output.is_dir() or output.suffix != ".html":
        folder = output or Path()
        folder.mkdir(parents=True, exist_ok=True)
        output = folder / f"{name}.html"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8", errors="replace")
    print(output.resolve())
    return output
