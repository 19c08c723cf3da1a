"""The tree of commands."""

from __future__ import annotations

from collections.abc import Callable

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

_HELP = """Drop a file: it is detected, read, audited and published as Parquet, or quarantined with the reasons.

Begin on this machine: `glue-etl local up`, or `glue-etl preview FILE` without any cloud. Commands on what is deployed take AWS's
usual variables and credentials, and --environment.
"""
_TOLD: dict[Callable[..., None], str] = {
    console: "A page on all of this in a browser, live.",
    preview: "How files would be read, their first rows and scores; no cloud.",
    status: "Where files stand: one, those of a run, or what is not at rest.",
    history: "Who moved a file when, and why.",
    replay: "Process files again; their rows replace the earlier ones.",
    backfill: "Load files that lie below a prefix already.",
    rollback: "Take the rows of a run or of a file back.",
    cost: "What each dataset cost, in DPU-seconds and dollars.",
    doctor: "Is the wiring whole, is anything stuck, has a source failed.",
}
"""The commands that are in no group, in the order of the list, each with its line there."""

application = typer.Typer(
    name="glue-etl",
    help=_HELP,
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
for command, line in _TOLD.items():
    application.command(name=command.__name__, short_help=line)(command)
