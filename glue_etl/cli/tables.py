"""What commands print for people: tables and files that fit the terminal, 80 columns where there is none; --json has it whole."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glue_etl.core.messages import one_line

if TYPE_CHECKING:
    from glue_etl.core.files.ledger import Record

WIDTH = 80
"""Columns where nobody's terminal sets a width."""
KEY_WIDTH = 44
"""Of a key, an address or a name that shares its line with others."""


def console() -> Console:
    """Standard output, as wide as its terminal."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def shortened(text: str, width: int = KEY_WIDTH) -> str:
    """A key or an id within `width` columns: its middle goes, since it is known by its ends."""
    text = one_line(text)
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail]}\u2026{text[-tail:]}"


def moment_of(text: str) -> str:
    """A stored time (ISO 8601, UTC) to the second, as people read it."""
    return text[:19].replace("T", " ") if text else ""


def show_rows(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table; "none" where there are no rows. Cells wrap; what should not (keys) is to be `shortened` before."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*[cell(value) for value in row])
    out = console()
    out.print(
        Text(title if table.row_count else f"{title}: none")
    )  # a title of the table's own wraps to the table's width
    if table.row_count:
        out.print(table)


def cell(value: Any) -> Text:
    """A cell's text: line breaks are its own, other controls can't steer the terminal."""
    return Text("\n".join(one_line(line) for line in str(value).split("\n")))


def show_list(title: str, lines: Iterable[str]) -> None:
    """Lines below a title, wrapped; nothing where there are none."""
    found = list(lines)
    if not found:
        return
    out = console()
    out.print(Text(title))
    for line in found:
        _indented(out, one_line(line))
    out.print()


def show_entries(title: str, entries: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Names (keys), each whole and with what is said of it below; "none" where there are none."""
    out, found = console(), list(entries)
    out.print(Text(title if found else f"{title}: none"))
    for name, lines in found:
        out.print(Text(one_line(name), overflow="fold"))
        for line in lines:
            _indented(out, one_line(line))
    if found:
        out.print()


def show_records(title: str, records: Iterable[Record]) -> None:
    """Files, each with its state, rows and reasons."""
    said = ((r.file.key, [*_facts(r), *(f"- {reason}" for reason in r.reasons)]) for r in records)
    show_entries(title, said)


def _indented(out: Console, text: str) -> None:
    out.print(Padding(Text(text, overflow="fold"), (0, 0, 0, 2), expand=False))


def _facts(record: Record) -> list[str]:
    state = "PARKED" if record.parked else str(record.state)
    score = "" if record.overall is None else f"; score {record.overall:.1f} of 100"
    rows = f"{record.rows_read} read, {record.rows_published} published, {record.rows_quarantined} quarantined"
    return [
        f"{state}, dataset {record.dataset or '(none)'}, changed {moment_of(record.updated_at)}",
        f"batch_id {record.batch_id}",
        f"rows: {rows}{score}",
    ]
