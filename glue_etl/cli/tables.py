"""Tables on the terminal, wide enough where nobody's terminal sets a width."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from glue_etl.core.files.ledger import Record

PIPED_WIDTH = 4000
"""Wide enough for whole keys and reasons: programs and people with `grep` want a line a row."""


def console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)


def show_rows(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table; "none" where there are no rows."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*[Text(str(cell)) for cell in row])
    console().print(table if table.row_count else Text(f"{title}: none"))


def show_records(title: str, records: Iterable[Record]) -> None:
    """Files with their states, rows and reasons."""
    headings = ("key", "batch_id", "dataset", "state", "read", "published", "quarantined", "score", "reasons")
    rows = [
        (
            r.file.key, r.batch_id, r.dataset, "PARKED" if r.parked else r.state, r.rows_read, r.rows_published,
            r.rows_quarantined, "" if r.overall is None else f"{r.overall:.1f}", "\n".join(r.reasons),
        )
        for r in records
    ]  # fmt: skip
    show_rows(title, headings, rows)
