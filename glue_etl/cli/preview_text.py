"""What `glue-etl preview` prints of a file: how it is read, why so and how sure, its bad records, its first rows, its verdict."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import islice

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from glue_etl.core.datasets.automatic import Named
from glue_etl.core.datasets.personal import contract_line, kind_of
from glue_etl.core.files.model import FileResult
from glue_etl.core.formats.dialect import DOUBTFUL
from glue_etl.core.reasons import shown
from local.as_read import text_rows
from local.preview import Preview

_LABEL, _WIDTH = 12, 80
_COLUMNS_NAMED = 30
_CELL, _FRAME = 30, 3
_SURE = 0.9


def show(found: Preview, limit: int, named: bool) -> None:
    """Print a file; `limit`: rows, and bad records. `named`: with its name, as one of several."""
    _print(_facts(found), f"{found.path.name}:" if named else "")
    if found.staged and limit:
        _print((("bad", _placed(bad)) for bad in islice(found.bad(), limit)), "")
        _print_rows(found, limit)


def show_verdict(result: FileResult, title: str) -> None:
    """Print what the dataset's suite says of a file's rows."""
    _print(_verdict(result), title)


def _width() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def _print(facts: Iterable[tuple[str, str]], title: str) -> None:
    if title:
        print(title)
    for label, text in facts:
        first = f"{label:<{_LABEL - 1}} "
        lines = textwrap.wrap(
            text, _width(), initial_indent=first, subsequent_indent=" " * _LABEL, break_on_hyphens=False
        )
        print("\n".join(lines or [first]))


def _facts(found: Preview) -> Iterable[tuple[str, str]]:
    if found.error or not found.staged:
        yield "rejected", f"{found.error.code}: {shown(found.error.reason, True)}" if found.error else ""
        return
    staged = found.staged
    yield "format", ", ".join((found.format, *_reading(staged.plan.how)))
    yield from _confidence(staged.plan.how)
    yield from staged.plan.evidence.items()
    yield "dataset", _dataset(found.named)
    yield "columns", _columns(found)
    yield from _protected(found)
    yield from _personal(found)
    good, bad = sum(p.staged for p in staged.pieces), sum(p.set_aside for p in staged.pieces)
    yield "rows", f"{good + bad} read, {good} good, {bad} set aside"
    yield from (("told", sentence) for sentence in staged.told)


def _reading(how: object) -> Iterable[str]:
    """How delimited text is read; nothing for other formats, whose evidence says it all."""
    dialect = getattr(how, "dialect", None)
    if dialect is not None:
        header = f"{dialect.header} header row{'s' if dialect.header != 1 else ''}"
        yield f"delimiter {dialect.delimiter!r}, quote {dialect.quote!r}, encoding {dialect.encoding}, {header}"


def _dataset(named: Named) -> str:
    """What the file's rows would be a table of, and why."""
    if named.is_automatic:
        return f"{named.dataset}, by its name; below a folder it would be the folder's" + (
            f" ({named.told})" if named.told else ""
        )
    return named.dataset if named.origin else f"{named.dataset}: no contract claims the file, and its name says nothing"


def _confidence(how: object) -> Iterable[tuple[str, str]]:
    dialect = getattr(how, "dialect", None)
    if dialect is None:
        return
    word = "sure" if dialect.confidence >= _SURE else "fairly sure: look at the rows"
    if dialect.confidence < DOUBTFUL:
        word = "doubtful: look at the rows, and state csv.delimiter in the dataset's contract if they are wrong"
    yield "confidence", f"{dialect.confidence:.2f} of 1, {word}"


def _protected(found: Preview) -> Iterable[tuple[str, str]]:
    """Which columns are shown as they would be published, by what the contract says."""
    contract = found.file.contract if found.file else None
    if contract and contract.protected:
        listed = ", ".join(f"{name} ({how})" for name, how in contract.protected.items())
        note = "; hashes and tokens are of a key of this preview alone, the deployment's are others"
        yield "protected", f"{listed}{note if contract.needs_key else ''}"


def _personal(found: Preview) -> Iterable[tuple[str, str]]:
    columns = found.columns()
    for piece in found.staged.pieces if found.staged else ():
        for name, said in piece.personal.items():
            line = contract_line(name, columns[name], kind_of(said))
            yield "personal", f"column {name} looks like {said}; a contract protects it by: {line}"


def _columns(found: Preview) -> str:
    columns = [f"{name} {kind}" for name, kind in found.columns().items()]
    more = len(columns) - _COLUMNS_NAMED
    return ", ".join(columns[:_COLUMNS_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _placed(bad: dict[str, object]) -> str:
    place = f"line {bad['line']}" + (f", byte {bad['byte_offset']}" if bad["byte_offset"] is not None else "")
    said = f"{place}: {bad['reason']} ({bad['code']})"
    if bad["raw"] is None and bad["raw_hex"] is None:
        return f"{said}: its text is left out, since the dataset protects columns"
    raw = bad["raw"] if bad["raw"] is not None else f"hex {bad['raw_hex']}"
    return f"{said}: {str(raw).strip()[:100]!r}"


def _verdict(result: FileResult) -> Iterable[tuple[str, str]]:
    if result.verdict is None:
        yield "rejected", shown("; ".join(result.reasons), True)
        return
    scores = ", ".join(f"{name} {score:.1f}" for name, score in result.verdict.scores.items())
    yield "scores", f"overall {result.verdict.overall:.1f} ({scores})"
    yield "verdict", "passes: would be published" if result.verdict.passed else "does not pass"
    yield from (("reason", shown(reason, True)) for reason in result.verdict.reasons)


def _print_rows(found: Preview, limit: int) -> None:
    """The source's own columns, as many as there is room for."""
    first = next(found.batches(), None)
    if first is None:
        return
    own = first.select(list(found.columns())).slice(0, limit)
    shown = _fitting(own)
    print("the first rows, without the columns that the pipeline adds:")
    table = Table()
    for name in own.schema.names[:shown]:
        table.add_column(_printable(name), overflow="ellipsis", no_wrap=True, max_width=_CELL)
    for row in text_rows(own.select(own.schema.names[:shown])):
        table.add_row(*map(_printable, row))
    Console(width=_width(), markup=False, highlight=False).print(table)
    if shown < own.num_columns:
        _print([("more", f"{own.num_columns - shown:,} more columns: --to csv writes all of them")], "")


def _fitting(rows: pa.RecordBatch) -> int:
    """How many of the first columns fit beside each other; at least one."""
    room = _width() - 1
    for place, name in enumerate(rows.schema.names):
        cells: Sequence[str] = [row[0] for row in text_rows(rows.select([name]))]
        room -= _FRAME + min(_CELL, max(map(len, map(_printable, [name, *cells]))))
        if room < 0:
            return max(1, place)
    return rows.num_columns


def _printable(text: str) -> str:
    """The text on one line, with what would move a terminal's cursor written out."""
    cut = text[: 2 * _CELL]
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)
