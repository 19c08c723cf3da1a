"""The past of a dataset: what its files were like, day by day, of the newest days alone.

A file counts once, whichever run judged it last: a file that is counted again takes the place of what it was before. What is
kept of a value is how often it was there, its sum and the sum of its squares: days can be added to, and taken from, exactly.
No text of rows is kept: of a column's frequent values there are digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.files.summaries import QUANTILES, ColumnSummary

DAYS_KEPT = 90
COLUMNS_KEPT = 16
"""Columns of a file that are counted, the first ones: the whole past is one item of the ledger."""
VALUES_KEPT = 4
"""Frequent values of a column whose shares are counted."""
RECENT_DAYS = 3
ALARMS_KEPT = 20
"""Alarms that a day keeps."""
NULLS, MEAN, SHARE, QUANTILE = "nulls:", "mean:", "share:", "quantile:"
LEAST_DISTINCT = 100
"""Of a column with fewer values a quantile jumps from one value to the next by chance: it has none."""
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Seen:
    """What the past learns of one file. `day` is that of its rows' folder; `figures` are values by name.

    Figures: rows, bad (share of bad rows), rejected (0 or 1), overall and the dimensions (0..100), and of each column its share
    of nulls (`nulls:<column>`), its mean (`mean:<column>`), its quantiles (`quantile:<percent>:<column>`) and the shares of
    frequent values (`share:<column>:<digest>`).
    """

    batch_id: str
    run_id: str
    key: str
    day: str
    arrived_at: str
    size: int
    rows: int = 0
    bad: int = 0
    passed: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_recent(self) -> bool:
        """Whether it arrived about when its day was: who loads what lies there since long ago wants no news of those days."""
        late = date.fromisoformat(self.arrived_at[:10]) - date.fromisoformat(self.day)
        return abs(late.days) <= RECENT_DAYS


@dataclass(frozen=True, slots=True)
class Alarm:
    """A figure of a day that the days before did not lead to expect: `low` to `high` was expected. `said` is for people.

    `run_id`: the run whose files raised it.
    """

    figure: str
    value: float
    low: float
    high: float
    said: str
    run_id: str = ""


Count = tuple[int, float, float]
"""How many files had the figure, their sum, the sum of their squares."""


@dataclass(frozen=True, slots=True)
class Day:
    """The files of a day together. `size` is in bytes."""

    day: str
    files: int = 0
    rows: int = 0
    bad: int = 0
    size: int = 0
    figures: Mapping[str, Count] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()

    def mean(self, figure: str) -> float | None:
        """The mean of the figure over the day's files; None where none has it."""
        count, total, _ = self.figures.get(figure, (0, 0.0, 0.0))
        return total / count if count else None

    def variance(self, figure: str) -> float | None:
        """How the day's files differ in the figure; None where fewer than two have it."""
        count, total, squares = self.figures.get(figure, (0, 0.0, 0.0))
        return max(0.0, squares / count - (total / count) ** 2) if count > 1 else None


@dataclass(frozen=True, slots=True)
class History:
    """A dataset's past: its newest DAYS_KEPT days in order, and the last file.

    `last_arrival`: when the newest file arrived (ISO 8601, UTC). `silences`: the longest time without a file, in hours, that
    began on a day (of arrival). `rev` counts the writes of the item.
    """

    dataset: str
    days: tuple[Day, ...] = ()
    silences: Mapping[str, float] = field(default_factory=dict)
    last: Mapping[str, Any] = field(default_factory=dict)
    last_arrival: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"quality#{self.dataset}"

    def day(self, day: str) -> Day:
        """The day as it is; empty where nothing is known of it."""
        return next((each for each in self.days if each.day == day), Day(day))

    def before(self, day: str, most: int) -> tuple[Day, ...]:
        """At most `most` days that are earlier, in order."""
        return tuple(each for each in self.days if each.day < day)[-most:]

    def to_json(self, alarms: bool = True) -> dict[str, Any]:
        """The past as a document; without its alarms it is what a run needs of it."""
        return asdict(self if alarms else replace(self, days=tuple(replace(day, alarms=()) for day in self.days)))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> History:
        days = tuple(_day(each) for each in document.get("days", ()))
        return cls(**{**_known(cls, document), "days": days})


def seen(entry: ManifestFile, result: FileResult, run_id: str) -> Seen:
    """What a file that came to rest is counted with."""
    verdict = result.verdict
    figures = {"rejected": float(result.outcome == "rejected")}
    if verdict is not None:
        figures |= {"rows": float(result.rows_staged), "overall": verdict.overall, **verdict.scores}
        figures["bad"] = result.rows_bad / result.rows_read if result.rows_read else 0.0
        for column in result.summaries[:COLUMNS_KEPT]:
            figures |= _of_column(entry.dataset, column)
    partition = entry.partition
    return Seen(
        batch_id=entry.batch_id,
        run_id=run_id,
        key=entry.file.key,
        day=f"{partition.year}-{partition.month}-{partition.day}",
        arrived_at=entry.file.arrived_at,
        size=entry.file.size,
        rows=result.rows_staged,
        bad=result.rows_bad,
        passed=result.is_publishable,
        figures={name: float(f"{value:.{_DIGITS}g}") for name, value in figures.items()},
    )


def _of_column(dataset: str, column: ColumnSummary) -> dict[str, float]:
    if not column.rows:
        return {}
    found = {f"{NULLS}{column.name}": column.nulls / column.rows}
    if column.mean is not None:
        found[f"{MEAN}{column.name}"] = column.mean
    if column.distinct >= LEAST_DISTINCT:
        found |= {
            f"{QUANTILE}{at}:{column.name}": value
            for at, value in zip(QUANTILES, column.quantiles, strict=False)  # of a summary without any: none
        }
    counted = sum(count for _, count in column.top)
    for value, count in column.top[:VALUES_KEPT]:
        found[f"{SHARE}{column.name}:{_digest(dataset, column.name, value)}"] = count / counted
    return found


def _digest(dataset: str, column: str, value: str) -> str:
    """A value's own name in the past, in place of its text."""
    said = "\n".join((dataset, column, value))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def count(history: History, came: Iterable[Seen], went: Iterable[Seen] = ()) -> History:
    """The past with the files that `came`, and without those that `went` (what the same files were before)."""
    days = {day.day: day for day in history.days}
    for file in went:
        if file.day in days:
            days[file.day] = _with(days[file.day], file, -1)
    arrived = sorted(came, key=lambda file: (file.arrived_at, file.batch_id))
    for file in arrived:
        days[file.day] = _with(days.get(file.day, Day(file.day)), file, 1)
    kept = sorted((day for day in days.values() if day.files > 0), key=lambda day: day.day)[-DAYS_KEPT:]
    found = replace(history, days=tuple(kept), rev=history.rev + 1)
    return _arrived(found, arrived)


def _with(day: Day, file: Seen, sign: int) -> Day:
    figures = dict(day.figures)
    for name, value in file.figures.items():
        files, total, squares = figures.get(name, (0, 0.0, 0.0))
        figures[name] = (files + sign, total + sign * value, squares + sign * value * value)
    return replace(
        day,
        files=day.files + sign,
        rows=day.rows + sign * file.rows,
        bad=day.bad + sign * file.bad,
        size=day.size + sign * file.size,
        figures={name: value for name, value in figures.items() if value[0] > 0},
    )


def _arrived(history: History, files: Sequence[Seen]) -> History:
    """The last file, and the silences that the files ended."""
    silences, last = dict(history.silences), history.last_arrival
    for file in files:
        if last and file.arrived_at > last:
            hours = (datetime.fromisoformat(file.arrived_at) - datetime.fromisoformat(last)).total_seconds() / 3600
            silences[last[:10]] = max(silences.get(last[:10], 0.0), round(hours, 3))
        last = max(last, file.arrived_at)
    kept = dict(sorted(silences.items())[-DAYS_KEPT:])
    newest = files[-1] if files and files[-1].arrived_at >= history.last_arrival else None
    told = history.last if newest is None else {**asdict(newest), "figures": _scores(newest)}
    return replace(history, silences=kept, last_arrival=last, last=told)


def _scores(file: Seen) -> dict[str, float]:
    return {name: value for name, value in file.figures.items() if ":" not in name}


def with_alarms(history: History, day: str, alarms: Iterable[Alarm]) -> History:
    """The past with those of the alarms that the day has not had before."""
    known = history.day(day)
    told = {alarm.figure for alarm in known.alarms}
    fresh = [alarm for alarm in alarms if alarm.figure not in told][: max(0, ALARMS_KEPT - len(known.alarms))]
    if not fresh:
        return history
    changed = replace(known, alarms=(*known.alarms, *fresh))
    return replace(history, days=tuple(changed if each.day == day else each for each in history.days))


def _day(document: Mapping[str, Any]) -> Day:
    figures = {name: (int(c[0]), float(c[1]), float(c[2])) for name, c in document.get("figures", {}).items()}
    alarms = tuple(Alarm(**_known(Alarm, alarm)) for alarm in document.get("alarms", ()))
    return Day(**{**_known(Day, document), "figures": figures, "alarms": alarms})


def _known(of: type[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that `of` has: what another release wrote besides is not needed any more, or not yet."""
    names = {each.name for each in fields(of)}
    return {name: value for name, value in document.items() if name in names}
