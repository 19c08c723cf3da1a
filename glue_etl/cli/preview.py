"""`glue-etl preview`: what the pipeline would make of one file."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.files import readable_files

if TYPE_CHECKING:
    from local.preview import Preview


class Target(StrEnum):
    """What --to takes."""

    CSV = "csv"


def preview(
    file: Annotated[Path, typer.Argument(help="The file to look at: CSV, JSON, Parquet, ORC or Avro.")],
    rows: Annotated[int, typer.Option(min=0, help="Rows to show.")] = 10,
    to: Annotated[Target | None, typer.Option(help="Write all rows in this format instead of showing some.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write with --to; without it, standard output.")] = None,
) -> None:
    """Show what the pipeline would make of a file, without a cloud: how it is read, its scores, its first rows.

    Examples: glue-etl preview sales.csv --rows 5; glue-etl preview sales.avro --to csv --output sales.csv
    """
    if output and not to:
        raise CommandFailed("--output says where --to writes: add --to csv")
    (path,) = readable_files([file])
    from local.preview import preview as run

    with tempfile.TemporaryDirectory(prefix="glue-etl-preview-", ignore_cleanup_errors=True) as folder:
        found = run(path, Path(folder))
        if to:
            with _opened(output) as target:
                _write_csv(found, target)
        else:
            _show(found, rows)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    with output.open("w", encoding="utf-8", newline="") as target:
        yield target


def _write_csv(found: Preview, target: TextIO) -> None:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(found.columns())
    writer.writerows([_text(value) for value in row] for row in found.rows())


def _show(found: Preview, limit: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 200)
    for label, text in _facts(found):
        console.print(f"{label:<12}{text}", markup=False, highlight=False)
    table = Table(*found.columns(), title="the first rows, as published", title_justify="left")
    for row in islice(found.rows(), limit):
        table.add_row(*[str(_text(value)) for value in row])
    if found.objects and limit:
        console.print(table, markup=False)


def _facts(found: Preview) -> Iterable[tuple[str, str]]:
    detection, result = found.detection, found.result
    yield "format", ", ".join(_reading(found))
    yield "dataset", found.dataset
    yield "columns", ", ".join(found.columns() or detection.columns)
    yield "rows", f"{result.rows_read} read, {result.rows_staged} to publish, {result.rows_bad} set aside"
    if result.verdict:
        scores = ", ".join(f"{name} {score:.1f}" for name, score in result.verdict.scores.items())
        yield "scores", f"overall {result.verdict.overall:.1f} ({scores})"
        yield "verdict", "passes: would be published" if result.verdict.passed else "does not pass"
        yield from (("reason", reason) for reason in result.verdict.reasons)
    yield from (("warning", reason) for reason in result.reasons)


def _reading(found: Preview) -> Iterable[str]:
    detection = found.detection
    yield detection.format
    if detection.format == "csv":
        yield f"delimiter {detection.delimiter!r}, encoding {detection.encoding}"
    if detection.format == "json":
        yield f"{'one object a line' if detection.json_layout == 'lines' else 'an array or one document'}"
        yield f"encoding {detection.encoding}"
    if detection.compression != "none":
        yield f"compressed with {detection.compression}"


def _text(value: Any) -> Any:
    """A value as it stands in a table of text: nothing for null, ISO times, JSON for what has parts."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value.hex() if isinstance(value, bytes) else value
