"""`glue-etl transform`: what is declared, its tests, days that are made, and how they stand."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    DryRun,
    Environment,
    Prefix,
    deployment,
    operator,
)
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console, moment_of, show_entries, show_list, show_rows
from glue_etl.core.documents import near
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.transforming.declarations import Transform

transform = typer.Typer(help="Transforms: business tables of what is published.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A transform: transforms/NAME.sql or .py.")]
Folder = Annotated[Path, typer.Option("--folder", help="The checkout: where `transforms` is.")]
HERE = Path()


@transform.command()
def add(
    example: Annotated[str | None, typer.Argument(metavar="[EXAMPLE]", help="None: tell which there are.")] = None,
    folder: Folder = HERE,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Copy a worked example into this checkout: the transform, its tests, its suite, the contract of its reference table.

    Examples: glue-etl transform add; glue-etl transform add daily_revenue
    """
    from glue_etl.cli.transform_files import copy_example, examples

    if example is None:
        show_rows("Examples", ("name", "what"), list(examples().items()))
        return
    for path in copy_example(example, folder, force):
        console().print(f"written: {path}")


@transform.command(name="list")
def list_transforms(folder: Folder = HERE, json_lines: AsJson = False) -> None:
    """All transforms of this checkout, in their order, and every mistake in them. Ends with 1 where there is one.

    Example: glue-etl transform list
    """
    from glue_etl.cli.transform_files import read_transforms

    found, mistakes = read_transforms(folder)
    if json_lines:
        for each in found:
            print(
                json.dumps({k: v for k, v in asdict(each).items() if k not in ("text", "columns")}, ensure_ascii=False)
            )
        for mistake in mistakes:
            print(json.dumps({"kind": "mistake", "message": mistake}, ensure_ascii=False))
    else:
        rows = [(t.name, t.dataset, ", ".join(t.reads), t.materialise, t.schedule, t.conserves.rule) for t in found]
        show_rows("Transforms", ("name", "makes", "of", "as", "when", "conserves"), rows)
        show_list("Mistakes:", mistakes)
    if mistakes:
        raise typer.Exit(1)


@transform.command()
def test(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="None: all of this checkout.")] = None,
    folder: Folder = HERE,
    json_lines: AsJson = False,
) -> None:
    """Try transforms on the rows of transforms/tests/NAME/*.yaml, on this machine. Ends with 1 where one fails.

    Examples: glue-etl transform test; glue-etl transform test daily_revenue
    """
    from glue_etl.cli.transform_files import chosen, read_transforms
    from local.transform_tests import try_all

    found, mistakes = read_transforms(folder)
    if mistakes:
        show_list("Mistakes:", mistakes)
        raise typer.Exit(1)
    tried = list(try_all(folder.resolve(), chosen(found, names or [])))
    if not tried:
        raise CommandFailed("there are no tests: write transforms/tests/NAME/anything.yaml with `given` and `expect`")
    if json_lines:
        for t, each in tried:
            told = {"error": each.error, "missing": each.missing, "beside": each.beside, "figures": each.figures}
            print(
                json.dumps(
                    {"transform": t.name, "case": each.case.name, "passed": each.passed, **told}, ensure_ascii=False
                )
            )
    else:
        show_entries("Tests", ((f"{t.name}/{each.case.name}", _told(each)) for t, each in tried))
    failed = sum(not each.passed for _, each in tried)
    if not json_lines:
        console().print(f"{counted(len(tried), 'test')}: {failed} failed")
    if failed:
        raise typer.Exit(1)


def _told(tried: object) -> list[str]:
    from glue_etl.spark.transform_cases import Tried

    assert isinstance(tried, Tried)
    if tried.passed:
        return ["passed", *tried.figures]
    told = [f"failed: {tried.error}"] if tried.error else ["failed"]
    return [*told, *(f"missing: {row}" for row in tried.missing), *(f"not expected: {row}" for row in tried.beside)]


@transform.command()
def run(
    name: Name,
    days: Annotated[str, typer.Argument(metavar="DAY|FROM..TO", help="2024-01-31, or 2024-01-01..2024-01-31.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Without the files of the day that failed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Make days again, whatever they were made from: a backfill. Shows which have something to be made of, then asks.

    Examples: glue-etl transform run daily_revenue 2024-01-31; glue-etl transform run orders 2024-01-01..2024-01-31 --dry-run
    """
    from glue_etl.steps.transforming.ordering import days_between, order, plan

    found = deployment(environment, prefix)
    declared = _declared(found, name)
    planned = plan(found.services, declared, days_between(*_span(days)))
    work = [part for part in planned if part.has_work]
    if json_lines:
        for part in planned:
            print(
                json.dumps(
                    {"part": part.due.part, "objects": part.objects, "state": part.due.state, "make": part.has_work}
                )
            )
    else:
        rows = [(part.due.part, part.objects, part.due.state, part.due.rows) for part in work]
        show_rows(f"Days of {name} with something to be made of", ("part", "objects", "state", "rows so far"), rows)
    if dry_run or not work:
        return
    if not yes and not typer.confirm(f"Make {counted(len(work), 'part')} of {name}?", err=True):
        raise CommandFailed("nothing was made")
    count = order(found.services, planned, operator(), anyway)
    if not json_lines:
        console().print(f"{counted(count, 'part')} due: `glue-etl transform show {name}` follows them")


@transform.command()
def show(
    name: Name,
    day: Annotated[str, typer.Argument(metavar="[DAY]", help="2024-01-31; none: all days.")] = "",
    folder: Folder = HERE,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """How the days of a transform stand: what is due, runs, is stopped and why, what was made, and what became of its file.

    Examples: glue-etl transform show daily_revenue; glue-etl transform show daily_revenue 2024-01-31
    """
    from glue_etl.cli.transform_shown import deployed, parts_with_files

    found = deployed(name, folder, lambda: deployment(environment, prefix))
    parts = parts_with_files(found, _declared(found, name), day)
    if json_lines:
        for due, file in parts:
            landed = file and {"key": file.file.key, "state": file.state, "batch_id": file.batch_id}
            print(json.dumps({"part": due.part, **asdict(due), "landed_file": landed}, ensure_ascii=False))
        return
    rows = [
        (d.part, d.state, file.state if file else "", d.rows, moment_of(d.updated_at), d.run_id, d.reason)
        for d, file in parts
    ]
    show_rows(f"Transform {name}", ("part", "state", "its file", "rows", "changed (UTC)", "run", "why"), rows)
    if not parts:
        console().print("No day of it is due yet: it begins with the next file of its inputs, or with `transform run`.")


def _declared(found: Deployment, name: str) -> Transform:
    transforming = found.services.transforming
    known = transforming.declared.by_name if transforming else {}
    if name not in known:
        there = f" There are: {', '.join(known)}" if known else " None is deployed: `make package` and deploy first"
        raise CommandFailed(f"there is no transform {name!r}{near(name, known)}.{there}")
    return known[name]


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise CommandFailed(f"{text!r} names no days: give 2024-01-31 or 2024-01-01..2024-01-31") from error
