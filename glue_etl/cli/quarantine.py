"""`glue-etl quarantine`: what was set aside, why, and letting it through."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    DryRun,
    Environment,
    Prefix,
    as_json,
    dataset_files,
    dataset_names,
    deployment,
    moment,
    operator,
)  # fmt: skip
from glue_etl.cli.named import FILE_HELP, files_named, newest
from glue_etl.cli.operate import show_answers
from glue_etl.cli.tables import show_list, show_records
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.aws.operating.source_control import Poison
    from glue_etl.core.files.ledger import Record

quarantine = typer.Typer(
    help="Files that were set aside: which, why, and their release.", no_args_is_help=True, rich_markup_mode=None
)


@quarantine.command(name="list", short_help="What is set aside now, and why.")
def list_files(
    dataset: Annotated[str | None, typer.Option(help="Files of this dataset only.")] = None,
    since: Annotated[str | None, typer.Option(help="Set aside since then: 30m, 6h, 7d, a date or a time.")] = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Files that are QUARANTINED or REJECTED now, and records of streams that could not be decoded.

    Example: glue-etl quarantine list --dataset sales --since 7d
    """
    found = deployment(environment, prefix)
    datasets = [dataset] if dataset else dataset_names(found)
    files = [r for name in datasets for r in dataset_files(found, name, moment(since))]
    aside = [r for r in files if r.state in ("QUARANTINED", "REJECTED")]
    poison = [] if dataset else _poison(found, moment(since))
    if json_lines:
        for line in [*map(as_json, aside), *map(asdict, poison)]:
            print(json.dumps(line, ensure_ascii=False))
        return
    show_records("Set aside", aside)
    show_list("Records of streams that could not be decoded:", map(_poison_line, poison))


def _poison(found: Deployment, since: str) -> list[Poison]:
    from glue_etl.aws.operating.source_control import SourceControl
    from glue_etl.core.operating.sources import COLLECTED

    control = SourceControl(found)
    streams = [name for name, declared in control.declared().items() if declared.get("kind") in COLLECTED]
    return [poison for name in streams if (poison := control.poison(name, since))]


def _poison_line(poison: Poison) -> str:
    return (
        f"{poison.source}: {counted(poison.objects, 'object')} below {poison.folder}; the newest, "
        f"{poison.newest.rsplit('/', 1)[-1]}, has {counted(len(poison.reasons), 'record')}, the first because {poison.reasons[0]}"
    )


@quarantine.command(short_help="Why a file was set aside, and where its rows are kept.")
def show(
    name: Annotated[str, typer.Argument(metavar="FILE", help=FILE_HELP)],
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Why a file was set aside, and where its rows are kept.

    Example: glue-etl quarantine show sales.csv
    """
    found = deployment(environment, prefix)
    for record in newest(files_named(found, name)):
        kept = _kept(found, record)
        if json_lines:
            print(json.dumps({**as_json(record), "kept": kept}, ensure_ascii=False))
        else:
            show_records("File", [record])
            show_list("Kept aside:" if kept else "", kept)


@quarantine.command(short_help="Publish quarantined files in spite of their verdict.")
def release(
    names: Annotated[list[str], typer.Argument(metavar="FILE", help="Quarantined files, named as for `show`.")],
    why: Annotated[str, typer.Option(help="The reason, for the history.")],
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Publish quarantined files in spite of their verdict: they run again and pass the gates on your word.

    Example: glue-etl quarantine release sales.csv --why "nulls are agreed with the supplier"
    """
    from glue_etl.steps.operating.operate import Operator

    found = deployment(environment, prefix)
    records = [record for name in names for record in newest(files_named(found, name))]
    show_answers(Operator(found.services, operator(), dry_run).release(records, why), json_lines, dry_run)


def _kept(found: Deployment, record: Record) -> list[str]:
    """What lies in the quarantine bucket of this file: of a published one, the rows that could not be."""
    settings = found.services.settings
    listed = found.services.objects.list(settings.quarantine_uri(record.dataset, record.batch_id))
    return [f"s3://{settings.quarantine_bucket}/{key}" for key, _ in listed]
