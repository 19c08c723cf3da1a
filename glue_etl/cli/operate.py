"""`glue-etl replay`, `rollback` and `backfill`: what changes files at rest. Each shows first, with --dry-run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    DryRun,
    Environment,
    Prefix,
    dataset_files,
    deployment,
    moment,
    operator,
)  # fmt: skip
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.named import files_named, newest
from glue_etl.cli.tables import console, shortened, show_entries, show_rows
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.files.ledger import Record
    from glue_etl.steps.operating.operate import Answer


def replay(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE|RUN", help="Files or runs to process again; a file as for `history`."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="All files of this dataset (with --since: changed since then).")
    ] = None,
    day: Annotated[str | None, typer.Option(help="All files of this arrival day, YYYY-MM-DD.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All files that failed for good.")] = False,
    since: Annotated[str | None, typer.Option(help="Narrow --dataset: 30m, 6h, 7d, a date or a time.")] = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Process files again, from the same object versions; their rows replace the ones published before.

    Examples: glue-etl replay sales.csv; glue-etl replay --failed; glue-etl replay --dataset sales --since 7d --dry-run
    """
    from glue_etl.steps.operating.operate import Operator

    found = deployment(environment, prefix)
    records = _selected(found, names or [], dataset, day, failed, moment(since))
    show_answers(Operator(found.services, operator(), dry_run).replay(records), json_lines, dry_run)


def rollback(
    name: Annotated[
        str, typer.Argument(metavar="RUN|FILE", help="A run's id, jr_..., or one file of it, as for `history`.")
    ],
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Take back the rows that a run published, or left readable where it failed; or those of one file.

    A copy is kept in quarantine. The files themselves stay: a replay publishes them again.

    Examples: glue-etl rollback jr_0a1b... --dry-run; glue-etl rollback sales.csv
    """
    from glue_etl.steps.operating.operate import Operator

    found = deployment(environment, prefix)
    readable = [r for r in files_named(found, name) if r.is_readable]
    if not readable:
        raise CommandFailed(f"{name} has no published files (any more): nothing to take back")
    show_answers(Operator(found.services, operator(), dry_run).roll_back(readable), json_lines, dry_run)


def backfill(
    key_prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="Key prefix in the raw bucket, e.g. data/incoming/2023/")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Load files that lie below a prefix already; shows how many, how large and what Glue would bill, then asks.

    Example: glue-etl backfill data/incoming/2023/ --dry-run
    """
    from glue_etl.steps.operating.backfill import plan_backfill, start_backfill

    found = deployment(environment, prefix)
    bucket = found.services.settings.raw_bucket
    plan = plan_backfill(found.services, key_prefix.removeprefix(f"s3://{bucket}/"))
    figures = {
        "prefix": plan.prefix, "known": plan.known, "to_load": len(plan.files), "bytes": plan.size, "runs": plan.cost.runs,
        "dpu_hours": plan.cost.dpu_hours, "usd": plan.cost.usd,
    }  # fmt: skip
    if json_lines:
        print(json.dumps(figures))
    else:
        shown = {**figures, "prefix": shortened(plan.prefix, 24)}
        show_rows("Backfill (an estimate: us-east-1 prices)", tuple(shown), [tuple(shown.values())])
    if dry_run or not plan.files:
        return
    if not yes and not typer.confirm(f"Load {counted(len(plan.files), 'file')}?", err=True):
        raise CommandFailed("nothing was loaded")
    count = start_backfill(found.services, plan)
    if not json_lines:
        console().print(f"announced {counted(count, 'file')}: `glue-etl status` follows them")


def show_answers(answers: Sequence[Answer], json_lines: bool, dry_run: bool) -> None:
    """What came of a command, file by file, or with `dry_run` what would; fails where nothing could be done."""
    outcome = "would be done" if dry_run else "done"
    if json_lines:
        for a in answers:
            line = {"key": a.record.file.key, "batch_id": a.record.batch_id, outcome.replace(" ", "_"): a.done}
            print(json.dumps({**line, "why": a.why}, ensure_ascii=False))
    else:
        said = ((a.record.file.key, [f"{outcome if a.done else 'not done'}: {a.why}"]) for a in answers)
        show_entries("Files", said)
    if answers and not any(answer.done for answer in answers):
        raise CommandFailed("nothing was changed: the table says why")


def _selected(
    found: Deployment, names: list[str], dataset: str | None, day: str | None, failed: bool, since: str
) -> list[Record]:
    if sum((bool(names), bool(dataset), bool(day), failed)) != 1:
        raise CommandFailed("name files or runs, or give one of --dataset, --day, --failed")
    if dataset:
        return newest(dataset_files(found, dataset, since))
    if failed:
        return list(found.ledger.by_state("PARKED"))
    if day:
        return _of_day(found, day)
    return [record for name in names for record in newest(files_named(found, name))]


def _of_day(found: Deployment, day: str) -> list[Record]:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise CommandFailed(f"--day {day!r} is no date: give YYYY-MM-DD") from error
    settings = found.services.settings
    folder = f"/{day.replace('-', '/')}/"
    listed = found.services.objects.versions(settings.raw_bucket, settings.incoming_prefix)
    keys = dict.fromkeys(file.key for file in listed if folder in f"/{file.key}")
    records = [record for key in keys for record in found.ledger.by_key(settings.raw_bucket, key)]
    if not records:
        raise CommandFailed(
            f"the ledger has no file of {day} (days are folders YYYY/MM/DD below {settings.incoming_prefix})"
        )
    return newest(records)
