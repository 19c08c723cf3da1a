"""Expectations on a file as a whole, judged by its dataset's past: usual rows, means, nulls and shares, arrival on time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from glue_etl.core.datasets.beyond import MEAN_USUAL, NULLS_USUAL, ON_TIME, ROWS_USUAL, SHARES_USUAL, promise_of
from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.history import COLUMNS_KEPT, MEAN, NULLS, SHARE, History, Seen, seen
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.datasets.trends import band, said
from glue_etl.core.files.model import FileResult, ManifestFile


@dataclass(frozen=True, slots=True)
class _File:
    """A file beside the past that its run knew; days up to its own are compared, its own day is not."""

    entry: ManifestFile
    result: FileResult
    history: History

    @property
    def seen(self) -> Seen:
        return seen(self.entry, self.result, "")

    def unlike(self, rule: Expectation, figures: list[str]) -> Outcome:
        """The outcome of an expectation on these figures: what has too little past passes."""
        file = self.seen
        for figure in figures:
            value, expected = file.figures.get(figure), band(self.history, figure, file.day, 1, file.rows)
            if value is not None and expected is not None and expected.is_left_by(value):
                return Outcome(rule, False, note=said(expected, value, file.day))
        return Outcome(rule, True)


def judge_by_past(rule: Expectation, entry: ManifestFile, result: FileResult, history: History) -> Outcome:
    """What an expectation of beyond.OF_THE_PAST finds in a staged file."""
    return _JUDGES[rule.type](rule, _File(entry, result, history))


def _rows(rule: Expectation, file: _File) -> Outcome:
    return file.unlike(rule, ["rows"])


def _of_column(start: str) -> Callable[[Expectation, _File], Outcome]:
    def judge(rule: Expectation, file: _File) -> Outcome:
        column = str(rule.kwargs["column"])
        names = [summary.name for summary in file.result.summaries]
        if column not in names:
            return Outcome(rule, not file.result.rows_staged, note=f"column {column!r} is not in the file")
        if column not in names[:COLUMNS_KEPT]:
            return Outcome(rule, False, note=f"the past has the first {COLUMNS_KEPT} columns of a file alone")
        if start != SHARE:
            return file.unlike(rule, [f"{start}{column}"])
        return file.unlike(rule, [name for name in file.seen.figures if name.startswith(f"{SHARE}{column}:")])

    return judge


def _on_time(rule: Expectation, file: _File) -> Outcome:
    promise, arrived = promise_of(rule), datetime.fromisoformat(file.entry.file.arrived_at)
    at = f"{arrived:%Y-%m-%d %H:%M} UTC"
    if promise.every_hours:
        last = file.history.last_arrival
        hours = (arrived - datetime.fromisoformat(last)).total_seconds() / 3600 if last else 0.0
        late = hours > promise.every_hours
        return Outcome(rule, not late, note=f"arrived at {at}, {hours:.1f} h after the one before" if late else "")
    day = file.entry.partition
    deadline = promise.deadline(date(int(day.year), int(day.month), int(day.day)))
    late = arrived > deadline
    return Outcome(rule, not late, note=f"arrived at {at}, promised by {deadline:%Y-%m-%d %H:%M} UTC" if late else "")


_JUDGES: dict[str, Callable[[Expectation, _File], Outcome]] = {
    ROWS_USUAL: _rows,
    MEAN_USUAL: _of_column(MEAN),
    NULLS_USUAL: _of_column(NULLS),
    SHARES_USUAL: _of_column(SHARE),
    ON_TIME: _on_time,
}
