"""`glue-etl local`: the whole pipeline on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.files import readable_files

if TYPE_CHECKING:
    from glue_etl.cli.local_output import LocalOutput
    from glue_etl.console.serving import Console
    from local.session import Dropped, Outcome, Session

STATE = Path(".local")
local = typer.Typer(help="The whole pipeline on this machine.", no_args_is_help=True, rich_markup_mode=None)


@local.callback()
def _group() -> None:
    """The whole pipeline on this machine: no cloud account, no container engine."""


@local.command()
def run(
    files: Annotated[list[Path] | None, typer.Argument(help="Files to drop. None: sample data in all formats.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file, and nothing else.")] = False,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day the files arrive on (default: today, UTC).")
    ] = None,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait for the files to reach a final state.")] = 900,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the local cloud; 0 takes a free one.")] = 0,
) -> None:
    """Drop files into a fresh local cloud, follow them to their final states, and show all that came of them.

    Ends with 0 when every file was published, quarantined or rejected, else with 1.

    Examples: glue-etl local run; glue-etl local run sales.csv orders.parquet --day 2024-01-31 --json
    """
    from glue_etl.cli.local_output import LocalOutput
    from local.session import Session

    output = LocalOutput(as_json)
    state = STATE / f"run-{os.getpid()}"
    given = readable_files(files) if files else []
    with tempfile.TemporaryDirectory(prefix="glue-etl-") as folder, ThreadPoolExecutor(1) as ahead:
        sample = ahead.submit(_sample, Path(folder)) if not given else None  # while the local cloud starts
        with Session(state, port, tell=output.tell) as session:
            paths = sample.result() if sample else given
            dropped = session.drop_all(paths, (day or datetime.now(UTC)).date())
            outcomes = _follow(session, dropped, timeout, output)
            read_back = session.read_back(outcomes, Path(folder))
            output.show(session, dropped, outcomes, read_back)
            output.report(_report(session, outcomes))
    _judge(dropped, outcomes, read_back, state)
    shutil.rmtree(state, ignore_errors=True)


def _report(session: Session, outcomes: list[Outcome]) -> Path:
    """The page on these files, which outlives the local cloud. They are this machine's own: their rows are shown."""
    from glue_etl.aws.operating.deployment import find_deployment
    from glue_etl.aws.operating.reported import Reported
    from glue_etl.cli.environment import log
    from glue_etl.reports.pages import run_page

    found = find_deployment(session.stack.name, session.client, log)
    records = [record for o in outcomes if (record := session.ledger.get(o.batch_id))]
    path = STATE / "reports" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(run_page(Reported(found, with_rows=True).run(records)), encoding="utf-8", errors="replace")
    return path


def _judge(dropped: list[Dropped], outcomes: list[Outcome], read_back: dict[str, int], state: Path) -> None:
    pairs = list(zip(dropped, outcomes, strict=True))
    unfinished = [str(file.path) for file, outcome in pairs if not outcome.rests_well]
    if unfinished:
        raise CommandFailed(f"not in a final state: {', '.join(unfinished)} (logs: {state / 'logs'})")
    different = [str(file.path) for file, o in pairs if read_back.get(o.batch_id, 0) != o.rows_published]
    if different:
        raise CommandFailed(f"the curated rows are not those that the ledger counts: {', '.join(different)}")


def _sample(folder: Path) -> list[Path]:
    from glue_etl.sample_data.generate import default_set

    return default_set(folder / "sample")


def _follow(session: Session, dropped: list[Dropped], timeout: int, output: LocalOutput) -> list[Outcome]:
    with output.following(len(dropped)) as changed:
        for outcome in session.follow(dropped, timeout):
            changed(outcome)
    return session.outcomes(dropped)


@local.command()
def up(
    folder: Annotated[Path, typer.Option(help="Files that are put here are dropped; made if it is not there.")] = Path(
        "drop"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the local cloud; 0 takes a free one.")] = 4566,
) -> None:
    """Keep a local cloud running, with the pipeline deployed, and drop what is put into a folder. Ctrl-C ends it.

    Example: glue-etl local up --folder inbox, then in another terminal: cp sales.csv inbox/
    """
    from glue_etl.cli.local_output import LocalOutput
    from local.session import Session
    from local.watch import watch

    if folder.exists() and not folder.is_dir():
        raise CommandFailed(f"{folder} is a file: name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    output = LocalOutput(as_json=False)
    state = STATE / f"up-{os.getpid()}"
    with Session(state, port, tell=output.tell) as session:
        session.complete()
        page = _console(session)
        output.explain(session, folder, page.address)
        try:
            for outcome in watch(session, folder):
                output.line(outcome)
        except KeyboardInterrupt:
            output.tell("ending what was started")
    shutil.rmtree(state, ignore_errors=True)


def _console(session: Session) -> Console:
    """The console of this local cloud; it ends with the process."""
    import getpass

    from glue_etl.access.callers import ROLES
    from glue_etl.aws.operating.deployment import find_deployment
    from glue_etl.console.serving import Console, quiet

    found = Console(find_deployment(session.stack.name, session.client, quiet), getpass.getuser(), ROLES)
    found.start()
    return found


@local.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 4566,
) -> None:
    """An empty local AWS, nothing deployed: for `terraform apply` with a local endpoint. Ctrl-C ends it.

    Example: glue-etl local serve, then see terraform/examples/local/README.md
    """
    from local.server.__main__ import main

    raise SystemExit(main(["--port", str(port)]))


@local.command()
def attach(
    endpoint: Annotated[
        str, typer.Option(envvar="AWS_ENDPOINT_URL", help="The local cloud that something was deployed to.")
    ] = "http://127.0.0.1:4566",
    region: Annotated[
        str, typer.Option(envvar="AWS_DEFAULT_REGION", help="The region it was deployed to.")
    ] = "us-east-1",
) -> None:
    """Run what is deployed in a local cloud, whoever deployed it: its functions, schedules and Glue jobs. Ctrl-C ends it.

    Example: glue-etl local attach --endpoint http://127.0.0.1:4566
    """
    from local.runtimes import main

    raise SystemExit(main(["--endpoint", endpoint, "--region", region, "--state-dir", str(STATE)]))
