"""`glue-etl preview`: what the pipeline would make of files."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.files import readable_files
from glue_etl.core.formats.registry import titles
from glue_etl.core.reasons import shown


class Target(StrEnum):
    """What --to takes."""

    CSV = "csv"


def preview(
    files: Annotated[list[Path], typer.Argument(help=f"The files to look at: {titles('or')}.")],
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
    if to and target and target.is_dir():
        _refuse_equal_names(paths, target)
    if _write_all(paths, as_read, target) if to else _show_all(paths, rows, scores):
        raise typer.Exit(1)


def _target(output: Path | None, is_folder: bool) -> Path | None:
    """Where --to writes: a folder that is there now, a file, or None for standard output."""
    if output and (is_folder or output.is_dir()):
        output.mkdir(parents=True, exist_ok=True)
    return output


def _refuse_equal_names(paths: list[Path], output: Path) -> None:
    """CommandFailed if two files would be written to one."""
    targets = Counter(_converted(output, path) for path in paths)
    twice = next((target for target, count in targets.items() if count > 1), None)
    if twice:
        raise CommandFailed(
            f"{targets[twice]} of the files would be written to {twice}: give each folder's files an --output of their own"
        )


def _write_all(paths: list[Path], as_read: bool, output: Path | None) -> int:
    """How many files can't be read: each is told, and the others are written."""
    from glue_etl.core.errors import FileRejected
    from glue_etl.core.formats.rejections import refusing

    write = _write_as_read if as_read else _write_published
    failed = 0
    for path in paths:
        try:
            with _opened(output, path) as target, refusing():
                write(path, target)
        except FileRejected as error:
            failed += 1
            print(f"glue-etl: {path}: rejected ({error.code}): {shown(error.reason, True)}", file=sys.stderr)
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

    _tell_left_out(path, write_as_read(LocalFile(path.resolve()), target))


def _tell_left_out(path: Path, records: int) -> None:
    if records:
        told = "1 bad record is" if records == 1 else f"{records:,} bad records are"
        print(f"glue-etl: {path}: {told} left out: see them without --to", file=sys.stderr)


def _write_published(path: Path, target: TextIO) -> None:
    from local.as_read import write_batches
    from local.preview import preview as run

    with tempfile.TemporaryDirectory(prefix="glue-etl-preview-") as folder:
        found = run(path, Path(folder))
        if found.error:
            raise found.error
        write_batches(found.batches(), target)
        _tell_left_out(path, sum(piece.set_aside for piece in found.staged.pieces) if found.staged else 0)


def _show_all(paths: list[Path], limit: int, scores: bool) -> int:
    """The files one by one, then the scores of all. How many can't be read."""
    from glue_etl.cli.preview_text import show, show_verdict
    from local.preview import judged
    from local.preview import preview as run

    with tempfile.TemporaryDirectory(prefix="glue-etl-preview-") as folder:
        found = []
        for path in paths:
            one = run(path, Path(folder))
            show(one, limit, named=len(paths) > 1)
            found.append(one)
        sys.stdout.flush()
        results = judged(found) if scores else {}
        for one in found:
            if one.path in results:
                show_verdict(results[one.path], f"{one.path.name}:" if len(paths) > 1 else "")
    return sum(one.error is not None for one in found)
