"""What changed from file to file of a dataset: scores, rows by outcome, nulls of columns, expectations that fail again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.core.messages import one_line
from glue_etl.core.operating.reports import FileFacts, score
from glue_etl.core.reasons import shown
from glue_etl.reports import plots, words
from glue_etl.reports.views import ColumnView, column_view, moment

ROOM = (320, 80)
"""Width and height of a plot over time."""
SMALL_ROOM = (120, 24)
_LOWEST_SEEN = 90.0
"""Scores mostly lie above it: a plot begins here, or lower where it must."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A score over time. `dots`: x, y and what a dot tells; `gate` is the y of the gate, "" without one."""

    name: str
    path: str
    dots: tuple[tuple[str, str, str], ...]
    low: str
    last: str
    told: str
    gate: str = ""
    gate_told: str = ""


def trend(name: str, records: Sequence[Record], gate: float | None = None) -> Trend:
    """How a score went from file to file. The room begins at the lowest value or gate, rounded down to tens."""
    values = [score(record, name) for record in records]
    known = [(value, record) for value, record in zip(values, records, strict=True) if value is not None]
    low = min([_LOWEST_SEEN, *(value for value, _ in known), *([gate] if gate else [])]) // 10 * 10
    frame = plots.Frame(*ROOM, low, 100)
    places = plots.dots(values, frame)
    told = (
        f"of {len(known)} files, lowest {min(v for v, _ in known):.1f}, last {known[-1][0]:.1f}"
        if known
        else "not judged"
    )
    return Trend(
        name=name,
        path=plots.line(values, frame),
        dots=tuple((x, y, _point(value, record)) for (x, y, _), (value, record) in zip(places, known, strict=True)),
        low=f"{low:g}",
        last=f"{known[-1][0]:.1f}" if known else "-",
        told=f"{name.capitalize()} {told}",
        gate=f"{frame.y(gate):.1f}" if gate else "",
        gate_told=f"gate {gate:g}" if gate else "",
    )


def _point(value: float, record: Record) -> str:
    return f"{value:.1f}: {one_line(record.file.key.rsplit('/', 1)[-1])}, {moment(record.updated_at)[:16]}"


@dataclass(frozen=True, slots=True)
class RowsOverTime:
    """Stacked columns of rows published and set aside, one a file; `most` is the highest column."""

    paths: tuple[str, ...]
    most: str
    told: str


def rows_over_time(records: Sequence[Record]) -> RowsOverTime:
    counts = [words.rows_of(record) for record in records]
    paths = plots.columns([count[1:] for count in counts], *ROOM)
    sums = [sum(count[place] for count in counts) for place in (1, 2)]
    told = f"Rows of {len(records)} files: {sums[0]:,} published, {sums[1]:,} set aside"
    return RowsOverTime(
        tuple(paths), f"{max((published + aside for _, published, aside in counts), default=0):,}", told
    )


@dataclass(frozen=True, slots=True)
class ColumnTrend:
    """A column as the last file has it, with the share of nulls over time; `told` says that in words."""

    column: ColumnView
    nulls: str
    told: str


def column_trends(files: Sequence[FileFacts], with_rows: bool) -> list[ColumnTrend]:
    """The columns of the newest file that has any."""
    summaries = [{c.name: c for c in file.result.summaries} for file in files if file.result and file.result.summaries]
    if not summaries:
        return []
    return [
        _column_trend(column, [each.get(name) for each in summaries], with_rows)
        for name, column in summaries[-1].items()
    ]


def _column_trend(column: ColumnSummary, over_time: Sequence[ColumnSummary | None], with_rows: bool) -> ColumnTrend:
    shares = [100 * each.nulls / each.rows if each and each.rows else None for each in over_time]
    known = [share for share in shares if share is not None]
    path = plots.line(shares, plots.Frame(*SMALL_ROOM, 0, max([1.0, *known])))
    told = (
        f"Nulls of {one_line(column.name)}: at most {max(known):.1f} %, last {known[-1]:.1f} %" if known else "no rows"
    )
    return ColumnTrend(column_view(column, with_rows), path if len(known) > 1 else "", told)


def failing_again(files: Sequence[FileFacts], with_rows: bool, most: int = 20) -> list[tuple[str, str, str, int, str]]:
    """Expectations that failed most often: expectation, column, dimension, files, and the newest message."""
    counts: Counter[tuple[str, str, str]] = Counter()
    newest: dict[tuple[str, str, str], str] = {}
    for file in files:
        for failure in file.result.verdict.failures if file.result and file.result.verdict else ():
            name = (failure.expectation, failure.column, failure.dimension)
            counts[name] += 1
            newest[name] = one_line(shown(failure.message, with_rows))
    return [(*map(one_line, name), count, newest[name]) for name, count in counts.most_common(most)]  # type: ignore[misc]
