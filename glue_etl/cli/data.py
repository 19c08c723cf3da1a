"""`glue-etl data`: sample data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glue_etl.core.formats.registry import FORMATS

data = typer.Typer(help="Sample data.", no_args_is_help=True, rich_markup_mode=None)

ALL = "all"
KINDS = (*FORMATS, ALL)


def _known(format: str) -> str:
    """The format in lower case. Raises BadParameter for one that nobody writes."""
    if format.lower() not in KINDS:
        raise typer.BadParameter(f"{format!r} is none of {', '.join(KINDS)}.")
    return format.lower()


FORMAT = typer.Option(
    callback=_known, metavar=f"[{'|'.join(KINDS)}]", help="Format of the files; `all`: they take turns."
)


@data.callback()
def _group() -> None:
    """Sample data."""


@data.command()
def generate(
    output: Annotated[Path, typer.Option(help="Folder to write into; made if it is not there.")] = Path("sample-data"),
    rows: Annotated[int, typer.Option(min=0, help="Rows in each file.")] = 1000,
    files: Annotated[int, typer.Option(min=1, help="Number of files.")] = 5,
    format: Annotated[str, FORMAT] = ALL,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    bad_share: Annotated[float, typer.Option(min=0, max=1, help="Share of rows that break an expectation.")] = 0.0,
) -> None:
    """Write realistic transactions files.

    Example: glue-etl data generate --rows 100000 --files 10 --format parquet --bad-share 0.01 --output big
    """
    from rich.console import Console
    from rich.progress import Progress

    from glue_etl.sample_data.generate import Order
    from glue_etl.sample_data.generate import generate as write

    formats = FORMATS if format == ALL else (format,)
    order = Order(rows=rows, files=files, seed=seed, bad_share=bad_share, formats=formats)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{files} files", total=rows * files)
        paths = write(order, output, lambda done: progress.advance(task, done))
    for path in paths:
        typer.echo(path)
