"""What `glue-etl local` prints: progress on stderr, results on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glue_etl.cli.tables import WIDTH, console, moment_of, shortened, show_list
from glue_etl.core.messages import one_line

if TYPE_CHECKING:
    from local.session import Dropped, Outcome, Session

DIMENSIONS = ("completeness", "validity", "consistency", "accuracy", "timeliness")
FILE_WIDTH = 24
COLOURS = {"PUBLISHED": "green", "QUARANTINED": "yellow", "REJECTED": "red", "FAILED": "bold red"}

_NEXT = """\
This local cloud ends now, and its buckets with it.
To see all of this live in a browser, keep one running: {command} local up --open
To write the rows of one file as CSV: {command} preview FILE --to csv --output rows.csv
"""


class LocalOutput:
    """Prints for people, or with `as_json` one object a file for programs."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._out = console()
        self._err = Console(stderr=True, width=None if sys.stderr.isatty() else WIDTH)

    def tell(self, message: str) -> None:
        self._err.print(Text(message, style="dim"))

    @contextmanager
    def following(self, files: int) -> Iterator[Callable[[Outcome], None]]:
        """A line for each change of state, below it how many files stand where."""
        states: dict[str, str] = {}

        def text() -> str:
            counted = Counter(states.values())
            parts = [f"{count} {state}" for state, count in sorted(counted.items())]
            return ", ".join([f"{files} files", *parts])

        with self._err.status(text()) as status:

            def changed(outcome: Outcome) -> None:
                states[outcome.batch_id] = outcome.state
                self.line(outcome)
                status.update(text())

            yield changed

    def line(self, outcome: Outcome) -> None:
        """One change of state."""
        published = f", {outcome.rows_published} published" if outcome.final else ""
        counts = f"  {outcome.rows_read} rows read{published}" if outcome.rows_read else ""
        self._err.print(Text.assemble((f"{outcome.state:<12}", _style(outcome)), f" {one_line(outcome.key)}{counts}"))
        for reason in outcome.reasons:
            self._err.print(Padding(Text(one_line(reason)), (0, 0, 0, 4), expand=False))

    def show(
        self, session: Session, dropped: Sequence[Dropped], outcomes: Sequence[Outcome], read_back: Mapping[str, int]
    ) -> None:
        """The results of a run; `read_back` is the number of curated rows found, by file."""
        if self._as_json:
            for outcome in outcomes:
                print(json.dumps(outcome.as_json(), ensure_ascii=False))
            return
        self._out.print(_files(dropped, outcomes))
        self._out.print(_scores(dropped, outcomes))
        show_list("Reasons and warnings:", _reasons(dropped, outcomes))
        self._out.print(_ledger(outcomes))
        self._out.print(_job_states(session))
        self._out.print(_notices(session))
        self._out.print(_published(outcomes, read_back))
        self._out.print(Text(_NEXT.format(command=_command())), soft_wrap=True)

    def report(self, page: Path) -> None:
        """Where the page on these files is: the last line."""
        if self._as_json:
            self.tell(f"report: {page}")
        else:
            self._out.print(Text(f"Report, to open in a browser: {page}"), soft_wrap=True)

    def explain(self, session: Session, folder: Path, page: str) -> None:
        """How to use the running local cloud; `page`: where its console is."""
        bucket = f"s3://{session.stack.raw_bucket}/{session.stack.incoming_prefix}"
        lines = (
            f"The pipeline runs at {session.endpoint}. Put files into {folder}/, or use the aws command:",
            f"  export AWS_ENDPOINT_URL={session.endpoint} AWS_DEFAULT_REGION={session.stack.place.region}",
            "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
            f"  aws s3 cp sales.csv {bucket}2024/01/31/",
            f"  aws s3 ls --recursive s3://{session.stack.curated_bucket}/",
            f"The console, to open in a browser: {page}",
            *_api(session),
            "Ctrl-C ends it.",
        )
        self._out.print(Text("\n".join(lines)), soft_wrap=True)


def _command() -> str:
    """This command as a shell finds it: `make run` puts nothing on the path."""
    own = Path(sys.argv[0])
    return "glue-etl" if which("glue-etl") or not own.is_file() else os.path.relpath(own)


def _api(session: Session) -> list[str]:
    """How to ask the API: this machine's own user has all roles."""
    address, token = session.api_address(), session.api_token()
    if not address:
        return []
    return [
        "The API, with a token that is good while this runs (docs/api.md):",
        f"  export GLUE_ETL_API={address}",
        f"  export GLUE_ETL_TOKEN={token}",
        '  curl -H "Authorization: Bearer $GLUE_ETL_TOKEN" $GLUE_ETL_API/v1/datasets',
    ]


def _files(dropped: Sequence[Dropped], outcomes: Sequence[Outcome]) -> Table:
    table = _table("Files", "file", "format", "state")
    for name in ("read", "published", "quarantined"):
        table.add_column(name, justify="right")
    for file, outcome in zip(dropped, outcomes, strict=True):
        rows = (outcome.rows_read, outcome.rows_published, outcome.rows_quarantined)
        words = [Text(text) for text in (shortened(file.path.name, FILE_WIDTH), outcome.format)]
        table.add_row(*words, Text(outcome.state, style=_style(outcome)), *map(str, rows))
    return table


def _scores(dropped: Sequence[Dropped], outcomes: Sequence[Outcome]) -> Table:
    table = _table("Scores of 100", "file")
    for dimension in DIMENSIONS:
        table.add_column(dimension, justify="right", overflow="fold")
    for file, outcome in zip(dropped, outcomes, strict=True):
        if outcome.scores:
            shown = [f"{outcome.scores[d]:.1f}" if d in outcome.scores else "" for d in DIMENSIONS]
            table.add_row(Text(shortened(file.path.name, 14)), *shown)
    return table


def _reasons(dropped: Sequence[Dropped], outcomes: Sequence[Outcome]) -> list[str]:
    pairs = zip(dropped, outcomes, strict=True)
    return [f"{shortened(file.path.name)}: {reason}" for file, outcome in pairs for reason in outcome.reasons]


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)


def _ledger(outcomes: Sequence[Outcome]) -> Table:
    table = _table("Ledger", "batch_id", "state", "object key")
    for outcome in outcomes:
        table.add_row(outcome.batch_id, Text(outcome.state, style=_style(outcome)), Text(shortened(outcome.key, 24)))
    return table


def _job_states(session: Session) -> Table:
    table = _table("Job states", "job", "updated at (UTC)", "status", "message")
    for item in session.job_states():
        words = (item["job_name"], moment_of(item["updated_at"]), item.get("status", ""), item.get("message", ""))
        table.add_row(*[Text(str(word)) for word in words])
    return table


def _notices(session: Session) -> Table:
    table = _table("Notices (SNS)", "subject", "message begins")
    for notice in session.notices():
        first = next(iter(notice["message"].splitlines()), "")
        table.add_row(Text(notice["subject"]), Text(first))
    return table


def _published(outcomes: Sequence[Outcome], read_back: Mapping[str, int]) -> Table:
    table = _table("Curated Parquet, read back", "object key", "published", "read back", "")
    for outcome in (outcome for outcome in outcomes if outcome.batch_id in read_back):
        rows = read_back[outcome.batch_id]
        same = Text("equal", style="green") if rows == outcome.rows_published else Text("DIFFERENT", style="bold red")
        table.add_row(Text(shortened(outcome.key)), str(outcome.rows_published), str(rows), same)
    return table


def _style(outcome: Outcome) -> str:
    return COLOURS.get(outcome.state, "cyan")
