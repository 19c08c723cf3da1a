"""The tree of commands."""

from __future__ import annotations

import typer

from glue_etl.cli.console import console
from glue_etl.cli.contract import contract
from glue_etl.cli.cost import cost
from glue_etl.cli.data import data
from glue_etl.cli.dataset import dataset
from glue_etl.cli.dead_letters import dlq
from glue_etl.cli.doctor import doctor
from glue_etl.cli.local import local
from glue_etl.cli.operate import backfill, replay, rollback
from glue_etl.cli.preview import preview
from glue_etl.cli.quarantine import quarantine
from glue_etl.cli.report import report
from glue_etl.cli.source import source
from glue_etl.cli.status import history, status
from glue_etl.cli.transform import transform

application = typer.Typer(
    name="glue-etl",
    help="Drop a file: it is detected, read, audited and published as Parquet, or quarantined with the reasons.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
application.add_typer(local, name="local")
application.add_typer(contract, name="contract")
application.add_typer(data, name="data")
application.add_typer(dataset, name="dataset")
application.add_typer(quarantine, name="quarantine")
application.add_typer(report, name="report")
application.add_typer(dlq, name="dlq")
application.add_typer(source, name="source")
application.add_typer(transform, name="transform")
for command in (console, preview, status, history, replay, backfill, rollback, cost, doctor):
    application.command(name=command.__name__)(command)
