"""What `glue-etl local` prints: progress on stderr, results on stdout."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from local.session import Dropped, Outcome, Session

# Wide enough for the table where nobody's terminal sets a width.
PIPED_WIDTH = 200
SCORE_HEADINGS = {
    "completeness": "complete-\nness",
    "validity": "validity",
    "consistency": "consis-\ntency",
    "accuracy": "accuracy",
    "timeliness": "timeli-\nness",
}
COLOURS = {"PUBLISHED": "green", "QUARANTINED": "yellow", "REJECTED": "red", "FAILED": "bold red"}

_NEXT = """\
This local cloud ends now, and its buckets with it. To keep one running: glue-etl local up
To write the rows of one file as CSV: glue-etl preview FILE --to csv --output rows.csv
"""


class Report:
    """Prints for people, or with `as_json` one object a file for programs."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._out = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
        self._err = Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)

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
        counts = f"  {outcome.rows_read} rows read, {outcome.rows_published} published" if outcome.rows_read else ""
        reasons = "".join(f"\n    {reason}" for reason in outcome.reasons)
        self._err.print(Text.assemble((f"{outcome.state:<12}", _style(outcome)), f" {outcome.key}{counts}{reasons}"))

    def show(
        self, session: Session, dropped: Sequence[Dropped], outcomes: Sequence[Outcome], read_back: Mapping[str, int]
    ) -> None:
        """The results of a run; `read_back` is the number of curated rows found, by file."""
        if self._as_json:
            for outcome in outcomes:
                print(json.dumps(outcome.as_json(), ensure_ascii=False))
            return
        self._out.print(_files(dropped, outcomes))
        self._out.print(_reasons(dropped, outcomes), soft_wrap=True)
        self._out.print(_ledger(outcomes))
        self._out.print(_job_states(session))
        self._out.print(_notices(session))
        self._out.print(_published(outcomes, read_back))
        self._out.print(Text(_NEXT), soft_wrap=True)

    def explain(self, session: Session, folder: Path) -> None:
        """How to use the running local cloud."""
        bucket = f"s3://{session.stack.raw_bucket}/{session.stack.incoming_prefix}"
        lines = (
            f"The pipeline runs at {session.endpoint}. Put files into {folder}/, or use the aws command:",
            f"  export AWS_ENDPOINT_URL={session.endpoint} AWS_DEFAULT_REGION={session.stack.place.region}",
            "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
            f"  aws s3 cp sales.csv {bucket}2024/01/31/",
            f"  aws s3 ls --recursive s3://{session.stack.curated_bucket}/",
            "Ctrl-C ends it.",
        )
        self._out.print(Text("\n".join(lines)), soft_wrap=True)


def _files(dropped: Sequence[Dropped], outcomes: Sequence[Outcome]) -> Table:
    table = Table("file", "dataset", "format", title="Files", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("read", "published", "quarantined", *SCORE_HEADINGS.values()):
        table.add_column(name, justify="right")
    table.add_column("state")
    for file, outcome in zip(dropped, outcomes, strict=True):
        rows = (outcome.rows_read, outcome.rows_published, outcome.rows_quarantined)
        scores = [f"{outcome.scores[d]:.1f}" if outcome.scores and d in outcome.scores else "" for d in SCORE_HEADINGS]
        words = [Text(text) for text in (file.path.name, outcome.dataset, outcome.format)]
        table.add_row(*words, *map(str, rows), *scores, Text(outcome.state, style=_style(outcome)))
    return table


def _reasons(dropped: Sequence[Dropped], outcomes: Sequence[Outcome]) -> Text:
    pairs = zip(dropped, outcomes, strict=True)
    return Text(
        "\n".join(f"{file.path.name}: {reason}" for file, outcome in pairs for reason in outcome.reasons) + "\n"
    )


def _ledger(outcomes: Sequence[Outcome]) -> Table:
    table = Table(
        "batch_id", "state", "object key", title="Ledger", title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    for outcome in outcomes:
        table.add_row(outcome.batch_id, Text(outcome.state, style=_style(outcome)), Text(outcome.key))
    return table


def _job_states(session: Session) -> Table:
    table = Table(
        "job",
        "updated at",
        "status",
        "message",
        title="Job states",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for item in session.job_states():
        words = (item["job_name"], item["updated_at"], item.get("status", ""), item.get("message", ""))
        table.add_row(*[Text(str(word)) for word in words])
    return table


def _notices(session: Session) -> Table:
    table = Table(
        "subject", "message begins", title="Notices (SNS)", title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    for notice in session.notices():
        first = next(iter(notice["message"].splitlines()), "")
        table.add_row(Text(notice["subject"]), Text(first))
    return table


def _published(outcomes: Sequence[Outcome], read_back: Mapping[str, int]) -> Table:
    table = Table("object key", "published", "read back", "", title="Curated Parquet, read back", title_justify="left")
    table.box, table.pad_edge = SIMPLE_HEAD, False
    for outcome in (outcome for outcome in outcomes if outcome.batch_id in read_back):
        rows = read_back[outcome.batch_id]
        same = Text("equal", style="green") if rows == outcome.rows_published else Text("DIFFERENT", style="bold red")
        table.add_row(Text(outcome.key), str(outcome.rows_published), str(rows), same)
    return table


def _style(outcome: Outcome) -> str:
    return COLOURS.get(outcome.state, "cyan")
