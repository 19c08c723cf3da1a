"""Facts as a page shows them: texts, shares and paths, with text of rows only where it may be shown. Decides nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from glue_etl.core.datasets.personal import contract_line, kind_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import Failure, FileResult
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.core.messages import counted, one_line
from glue_etl.core.operating.reports import SCORES, BadRow, FileFacts, score
from glue_etl.core.reasons import shown
from glue_etl.reports import plots, words

HIDDEN = "(text of rows)"
FAILURES_SHOWN = 30
"""Failed expectations of one file; of thousands of columns there may be thousands."""
REASONS_SHOWN = 20
BARS = (72.0, 20.0)
"""Room of a column's histogram."""


@dataclass(frozen=True, slots=True)
class FailureView:
    """A failed expectation. `samples`: line and values of rows, named by `columns`; `lines` alone where text is hidden."""

    dimension: str
    severity: str
    said: str
    message: str
    columns: tuple[str, ...] = ()
    samples: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lines: str = ""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column's summary. `path` is its histogram, told in words by `told`; `top` are its values with their counts."""

    name: str
    type: str
    nulls: str
    distinct: str
    least: str
    greatest: str
    path: str = ""
    told: str = ""
    top: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with all that a page says of it. `anchor` is its id in the page; `lost`: the run's result is not to be had."""

    anchor: str
    name: str
    record: Record
    tone: str
    said: str
    rows: tuple[int, int, int]
    reasons: tuple[str, ...]
    next_step: str
    scores: tuple[tuple[str, float | None], ...]
    failures: tuple[FailureView, ...]
    more_failures: int
    columns: tuple[ColumnView, ...]
    bad: tuple[BadRow, ...]
    lineage: tuple[tuple[str, str, str], ...]
    lost: bool
    personal: tuple[tuple[str, str, str], ...] = ()


def file_view(
    facts: FileFacts, anchor: str, with_rows: bool, columns: int | None = None, most: int = FAILURES_SHOWN
) -> FileView:
    """What a page shows of a file: of its columns the first `columns`, or all; of its failed expectations at most `most`."""
    record, result = facts.record, facts.result
    failures = result.verdict.failures if result and result.verdict else ()
    return FileView(
        anchor=anchor,
        name=one_line(record.file.key.rsplit("/", 1)[-1]),
        record=record,
        tone=words.tone_of(record),
        said="published in part" if record.state == "PUBLISHED" and record.rows_quarantined else words.said(record),
        rows=words.rows_of(record),
        reasons=tuple(one_line(shown(reason, with_rows)) for reason in record.reasons[:REASONS_SHOWN]),
        next_step=words.next_step(record),
        scores=tuple((name, score(record, name)) for name in SCORES),
        failures=tuple(_failure(f, with_rows) for f in failures[:most]),
        more_failures=max(0, len(failures) - most),
        columns=tuple(column_view(c, with_rows) for c in (result.summaries if result else ())[:columns]),
        bad=facts.bad if with_rows else (),
        lineage=_lineage(facts),
        lost=result is None and record.overall is not None,
        personal=_personal(result) if result else (),
    )


def _personal(result: FileResult) -> tuple[tuple[str, str, str], ...]:
    """Columns that look like persons': name, what they look like, and the line of a contract that protects them."""
    types = {summary.name: summary.type for summary in result.summaries} | dict(result.columns)
    return tuple(
        (one_line(name), said, one_line(contract_line(name, types.get(name, "string"), kind_of(said))))
        for name, said in result.personal.items()
    )


def _failure(failure: Failure, with_rows: bool) -> FailureView:
    message = one_line(shown(failure.message, with_rows))
    seen = (failure.dimension, failure.severity, words.failed(failure), message)
    if not with_rows:
        lines = [str(sample.line) for sample in failure.samples if sample.line]
        return FailureView(*seen, lines=", ".join(lines))
    names = tuple(failure.samples[0].values) if failure.samples else ()
    samples = tuple(
        (str(sample.line or "not looked up"), tuple(_value(sample.values.get(name)) for name in names))
        for sample in failure.samples
    )
    return FailureView(*seen, tuple(map(one_line, names)), samples)


def _value(text: str | None) -> str:
    return "(null)" if text is None else one_line(text) or "(empty)"


def column_view(column: ColumnSummary, with_rows: bool) -> ColumnView:
    """A column; least, greatest and frequent values of text are text of rows."""
    hidden = column.is_text and not with_rows
    least, greatest = (one_line(text) for text in (column.least, column.greatest))
    ends = f"from {least} to {greatest}"
    return ColumnView(
        name=one_line(column.name),
        type=column.type,
        nulls=_share(column.nulls, column.rows),
        distinct=f"{column.distinct:,}" if column.distinct < 100 else f"about {column.distinct:,}",
        least=HIDDEN if hidden and least else least,
        greatest=HIDDEN if hidden and greatest else greatest,
        path=plots.bars(column.bins, *BARS),
        told=f"Histogram {ends}, values in equal parts: {', '.join(map(str, column.bins))}" if column.bins else "",
        top=() if hidden else _top(column),
    )


def _top(column: ColumnSummary) -> tuple[str, ...]:
    total = sum(count for _, count in column.top)
    return tuple(f"{_value(value)} {100 * count / total:.0f} %" for value, count in column.top if total)


def _share(part: int, whole: int) -> str:
    if not part or not whole:
        return f"{part:,}"
    percent = 100 * part / whole
    return f"{part:,} ({percent:.1f} %)" if percent >= 0.1 else f"{part:,} (< 0.1 %)"


def _lineage(facts: FileFacts) -> tuple[tuple[str, str, str], ...]:
    """The way from the file to its table: what, where, and a remark."""
    record, result = facts.record, facts.result
    version = f"version {record.file.version_id}, {record.file.size:,} bytes, arrived {moment(record.file.arrived_at)}"
    steps = [("File", one_line(record.file.uri), version)]
    if record.run_id:
        steps.append(("Run", record.run_id, f"read as {record.format or 'unknown'}, batch_id {record.batch_id}"))
    if result and result.outcome == "staged":
        steps.append(("Audit", f"suite of {record.dataset}", _objects(result)))
    if record.location:
        is_published = record.state == "PUBLISHED"
        where = f"{facts.table}: {record.location}" if is_published and facts.table else record.location
        rows = f"{record.rows_published if is_published else words.rows_of(record)[2]:,} rows"
        kept = "the file as it came, and why" if record.state == "REJECTED" else rows
        steps.append(("Table" if is_published else "Quarantine", where, kept))
    return tuple(steps)


def _objects(result: FileResult) -> str:
    aside = f", {result.rows_bad:,} bad rows apart" if result.rows_bad else ""
    return f"{result.rows_staged:,} rows staged in {counted(len(result.objects), 'object')}{aside}"


def moment(text: str) -> str:
    """A stored time as people read it, in UTC."""
    if not text:
        return ""
    given = datetime.fromisoformat(text)
    return f"{(given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
