"""`glue-etl preview`: what the pipeline would make of files."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.files import readable_files

if TYPE_CHECKING:
    from glue_etl.core.files.model import FileResult
    from local.preview import Preview


class Target(StrEnum):
    """What --to takes."""

    CSV = "csv"


def preview(
    files: Annotated[list[Path], typer.Argument(help="The files to look at: CSV, JSON, Parquet, ORC or Avro.")],
    rows: Annotated[int, typer.Option(min=0, help="Rows, and bad records, to show of each file.")] = 10,
    to: Annotated[Target | None, typer.Option(help="Write all rows in this format instead of showing some.")] = None,
    as_read: Annotated[bool, typer.Option("--as-read", help="With --to: the source's own columns and text.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="File to write with --to, or folder: one <name>_converted.csv for each file.")
    ] = None,
    scores: Annotated[bool, typer.Option(help="Judge the rows by the dataset's suite.")] = True,
) -> None:
    """Show what the pipeline would make of files, without a cloud: how each is read, its first rows, its scores.

    Examples: glue-etl preview sales.csv --rows 5; glue-etl preview *.csv --to csv --as-read --output converted
    """
    if (output or as_read) and not to:
        raise CommandFailed("--output and --as-read say how --to writes: add --to csv")
    paths = readable_files(files)
    target = _target(output, len(paths) > 1 or as_read)
    if _write_all(paths, as_read, target) if to else _show_all(paths, rows, scores):
        raise typer.Exit(1)


def _target(output: Path | None, is_folder: bool) -> Path | None:
    """Where --to writes: a folder that is there now, a file, or None for standard output."""
    if output and (is_folder or output.is_dir()):
        output.mkdir(parents=True, exist_ok=True)
    return output


def _write_all(paths: list[Path], as_read: bool, output: Path | None) -> int:
    """How many files can't be read: each is told, and the others are written."""
    from glue_etl.core.errors import FileRejected

    write = _write_as_read if as_read else _write_published
    failed = 0
    for path in paths:
        try:
            with _opened(output, path) as target:
                write(path, target)
        except FileRejected as error:
            failed += 1
            print(f"glue-etl: {path}: rejected ({error.code}): {error.reason}", file=sys.stderr)
            if output and output.is_dir():
                _converted(output, path).unlink()
    return failed


def _converted(folder: Path, path: Path) -> Path:
    return folder / f"{path.name}_converted.csv"


@contextmanager
def _opened(output: Path | None, path: Path) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    target = _converted(output, path) if output.is_dir() else output
    with target.open("w", encoding="utf-8", newline="") as opened:
        yield opened


def _write_as_read(path: Path, target: TextIO) -> None:
    from glue_etl.engine.sources import LocalFile
    from local.as_read import write_as_read

    left_out = write_as_read(LocalFile(path.resolve()), target)
    if left_out:
        print(f"glue-etl: {path}: {left_out:,} bad records are left out: see them without --to", file=sys.stderr)


def _write_published(path: Path, target: TextIO) -> None:
    from local.as_read import write_batches
    from local.preview import preview as run

    with tempfile.TemporaryDirectory(prefix="glue-etl-preview-") as folder:
        found = run(path, Path(folder))
        if found.error:
            raise found.error
        write_batches(found.batches(), target)


def _show_all(paths: list[Path], limit: int, scores: bool) -> int:
    """The files one by one, then the scores of all. How many can't be read."""
    from local.preview import judged
    from local.preview import preview as run

    with tempfile.TemporaryDirectory(prefix="glue-etl-preview-") as folder:
        found = []
        for path in paths:
            one = run(path, Path(folder))
            _show(one, limit, named=len(paths) > 1)
            found.append(one)
        sys.stdout.flush()
        results = judged(found) if scores else {}
        for one in found:
            if one.path in results:
                _print(_verdict(results[one.path]), f"{one.path.name}:" if len(paths) > 1 else "")
    return sum(one.error is not None for one in found)


def _show(found: Preview, limit: int, named: bool) -> None:
    _print(_facts(found), f"{found.path.name}:" if named else "")
    if found.staged and limit:
        _print((("bad", _placed(bad)) for bad in islice(found.bad(), limit)), "")
        _print_rows(found, limit)


def _print(facts: Iterable[tuple[str, str]], title: str) -> None:
    if title:
        print(title)
    for label, text in facts:
        print(f"{label:<12}{text}")


def _facts(found: Preview) -> Iterable[tuple[str, str]]:
    if found.error or not found.staged:
        yield "rejected", f"{found.error.code}: {found.error.reason}" if found.error else ""
        return
    staged = found.staged
    yield "format", ", ".join((found.format, *_reading(staged.plan.how)))
    yield from staged.plan.evidence.items()
    yield "dataset", found.dataset
    yield "columns", ", ".join(f"{name} {kind}" for name, kind in found.columns().items())
    good, bad = sum(p.staged for p in staged.pieces), sum(p.set_aside for p in staged.pieces)
    yield "rows", f"{good + bad} read, {good} good, {bad} set aside"
    yield from (("told", sentence) for sentence in staged.told)


def _reading(how: object) -> Iterable[str]:
    """How delimited text is read, and how sure that is; nothing for other formats, whose evidence says it all."""
    dialect = getattr(how, "dialect", None)
    if dialect is not None:
        header = f"{dialect.header} header row{'s' if dialect.header != 1 else ''}"
        yield f"delimiter {dialect.delimiter!r}, quote {dialect.quote!r}, encoding {dialect.encoding}, {header}"
        yield f"confidence {dialect.confidence:.2f}"


def _placed(bad: dict[str, object]) -> str:
    place = f"line {bad['line']}" + (f", byte {bad['byte_offset']}" if bad["byte_offset"] is not None else "")
    raw = bad["raw"] if bad["raw"] is not None else f"hex {bad['raw_hex']}"
    return f"{place}: {bad['reason']} ({bad['code']}): {str(raw).strip()[:100]!r}"


def _verdict(result: FileResult) -> Iterable[tuple[str, str]]:
    if result.verdict is None:
        yield "rejected", "; ".join(result.reasons)
        return
    scores = ", ".join(f"{name} {score:.1f}" for name, score in result.verdict.scores.items())
    yield "scores", f"overall {result.verdict.overall:.1f} ({scores})"
    yield "verdict", "passes: would be published" if result.verdict.passed else "does not pass"
    yield from (("reason", reason) for reason in result.verdict.reasons)


def _print_rows(found: Preview, limit: int) -> None:
    first = next(found.batches(), None)
    if first is None:
        return
    from rich.console import Console
    from rich.table import Table

    from local.as_read import text_rows

    table = Table(*first.schema.names, title="the first rows, as published", title_justify="left")
    for row in text_rows(first.slice(0, limit)):
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 200).print(table, markup=False)
