"""What is usual for a dataset, told by its own past: a band for each figure, by median and median deviation.

The days before are compared with each other first: each with the median of the others of its weekday, where weekdays explain
something, else with the median of all others. How far they lie from it says how far the next may lie. A band is never narrower
than what most days before needed, so that a figure that always had odd days has them still.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from glue_etl.core.datasets.history import COLUMNS_KEPT, MEAN, NULLS, QUANTILE, SHARE, Alarm, Day, History
from glue_etl.core.datasets.quantiles import least_news, one_a_column, quantile_name
from glue_etl.core.files.model import DIMENSIONS

WINDOW = 56
"""Days before that are looked at: eight of each weekday."""
LEAST_DAYS = 14
"""Days before without which nothing is called unusual."""
DEVIATIONS, DEVIATIONS_OF_ROWS = 4.0, 3.5
"""Standard deviations (of 1.4826 median deviations, as for a normal distribution) to either side of what is expected. A dataset
has one count of rows, but many columns: each of these must be called unusual more seldom.
"""
_NORMAL = 1.4826
_USUAL_SHARE = 0.9
_MARGIN = 1.3
"""A band reaches so many times as far as what all but one in ten days before needed."""
_FEW = 5
"""Of few days the median deviation is known badly: a band is wider by this, divided by their number."""
_WEEKDAYS_NEEDED = 4
_WEEKDAYS_EXPLAIN = 0.8
"""Weekdays are told apart where what is left then is less than this part."""
_COUNTER = 0.9
"""A mean that grew, or fell, from day to day so often counts something up: it has no usual value."""
_PRESENT = 0.9
_WEEKDAY = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True)
class Scale:
    """The line that a figure is compared on, and back. `floor`: a deviation below it is no news. `sides`: low, high or both."""

    there: Callable[[float], float]
    back: Callable[[float], float]
    floor: float
    sides: str = "both"
    deviations: float = DEVIATIONS

    def slope(self, value: float) -> float:
        step = max(1e-6, abs(value) * 1e-6)
        return (self.there(value + step) - self.there(value)) / step


@dataclass(frozen=True, slots=True)
class Band:
    """What is expected of a figure on a day: `center`, between `low` and `high`. `basis` says of which days."""

    figure: str
    center: float
    low: float
    high: float
    basis: str

    def is_left_by(self, value: float) -> bool:
        return value < self.low or value > self.high


def _angle(share: float) -> float:
    """Of a share, so that chance moves it as far at 1 % as at 50 %."""
    return math.asin(math.sqrt(min(max(share, 0.0), 1.0)))


def _share(angle: float) -> float:
    return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2


_ROWS = Scale(
    lambda n: math.log1p(max(n, 0.0)), lambda line: math.expm1(max(line, 0.0)), 0.05, "both", DEVIATIONS_OF_ROWS
)
_SHARES = Scale(_angle, _share, 0.02)
_TOO_MANY = Scale(_angle, _share, 0.02, "high")
_SCORES = Scale(lambda score: _angle(score / 100), lambda angle: 100 * _share(angle), 0.02, "low")
_VALUES = Scale(float, float, 0.0)
_QUANTILES = Scale(float, float, 0.0, "both", 5.0)
_HOURS = Scale(lambda n: math.log1p(max(n, 0.0)), lambda line: math.expm1(max(line, 0.0)), 0.015, "high")
_OF_NAME = {"rows": _ROWS, "bad": _TOO_MANY, "rejected": _TOO_MANY}


def scale_of(figure: str) -> Scale | None:
    """How a figure is compared; None where nothing is usual of it."""
    if figure.startswith(NULLS):
        return _TOO_MANY
    if figure.startswith(SHARE):
        return _SHARES
    if figure.startswith(MEAN):
        return _VALUES
    if figure.startswith(QUANTILE):
        return _QUANTILES
    return _OF_NAME.get(figure) or (_SCORES if figure in ("overall", *DIMENSIONS) else None)


@dataclass(frozen=True, slots=True)
class _Past:
    """A figure's days before, on its scale. `others`: for each day the median of those that it is compared with."""

    days: Sequence[str]
    values: Sequence[float]

    def residuals(self, by_weekday: bool) -> list[float]:
        groups = _groups(self.days, by_weekday)
        found = []
        for places in groups.values():
            values = sorted(self.values[place] for place in places)
            found += [self.values[place] - _without(values, self.values[place]) for place in places if len(places) > 1]
        return found

    def of_weekday(self, day: str) -> list[float]:
        return [v for d, v in zip(self.days, self.values, strict=True) if _weekday(d) == _weekday(day)]


def _groups(days: Sequence[str], by_weekday: bool) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, day in enumerate(days):
        groups[_weekday(day) if by_weekday else 0].append(place)
    return groups


def _weekday(day: str) -> int:
    return date.fromisoformat(day).weekday()


def _without(ordered: list[float], value: float) -> float:
    """The median of the others."""
    place = ordered.index(value)
    return median(ordered[:place] + ordered[place + 1 :])


def _reach(residuals: Sequence[float], scale: Scale, floor: float) -> float:
    """How far a value may lie from what is expected."""
    sizes = sorted(map(abs, residuals))
    usual = sizes[min(len(sizes) - 1, math.ceil(_USUAL_SHARE * len(sizes)) - 1)]
    deviations = scale.deviations * (1 + _FEW / len(sizes))
    return max(deviations * _NORMAL * median(sizes), scale.deviations * floor, _MARGIN * usual)


def _expected(past: _Past, day: str, scale: Scale, floor: float) -> tuple[float, float, str]:
    """Center, reach to either side, and of which days."""
    reach, center = _reach(past.residuals(False), scale, floor), median(past.values)
    basis = f"{len(past.values)} days before"
    same = past.of_weekday(day)
    apart = past.residuals(True)
    if len(same) >= _WEEKDAYS_NEEDED and len(apart) >= LEAST_DAYS:
        closer = _reach(apart, scale, floor)
        if closer < _WEEKDAYS_EXPLAIN * reach:
            return median(same), closer, f"{len(same)} {_WEEKDAY[_weekday(day)]} before"
    return center, reach, basis


def band(history: History, figure: str, day: str, files: int = 1, rows: float = 0.0) -> Band | None:
    """What the days before `day` lead to expect of the mean over its `files` (with `rows` each); None where they are too few.

    `files` below the usual number have more room, by how much the files of a day differ among themselves.
    """
    scale = scale_of(figure)
    before = history.before(day, WINDOW)
    known = [(each, value) for each in before if (value := each.mean(figure)) is not None]
    if (
        scale is None
        or len(known) < LEAST_DAYS
        or (figure.startswith((MEAN, QUANTILE)) and _counts_up([v for _, v in known]))
    ):
        return None
    past = _Past([each.day for each, _ in known], [scale.there(value) for _, value in known])
    floor = scale.floor
    if scale is _VALUES:
        floor = 0.005 * abs(median(past.values))
    elif scale is _QUANTILES:
        floor = least_news(figure, before, rows * files)
    elif scale is not _ROWS and rows > 0:
        floor = max(floor, 0.5 / math.sqrt(rows * max(files, 1)))
    center, reach, basis = _expected(past, day, scale, floor)
    reach = math.hypot(reach, scale.deviations * _differing(figure, known, scale, files))
    low = scale.back(center - reach) if scale.sides != "high" else -math.inf
    high = scale.back(center + reach) if scale.sides != "low" else math.inf
    return Band(figure, scale.back(center), low, high, basis)


def _differing(figure: str, known: Sequence[tuple[Day, float]], scale: Scale, files: int) -> float:
    """By how much the mean of so few files of a day may differ, on the scale."""
    variances = [v for day, _ in known if (v := day.variance(figure)) is not None]
    if not variances:
        return 0.0
    value = median(value for _, value in known)
    return math.sqrt(median(variances) / max(files, 1)) * abs(scale.slope(value))


def _counts_up(values: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(values) if after != before]
    ups = sum(step > 0 for step in steps)
    return len(steps) >= LEAST_DAYS - 1 and max(ups, len(steps) - ups) >= _COUNTER * len(steps)


def unusual(history: History, day: str, run_id: str = "", complete: bool = False) -> list[Alarm]:
    """What of the day's figures the days before did not lead to expect.

    complete: no more files of the day are awaited. Of days with several files their rows together are judged then alone.
    """
    known = history.day(day)
    files, _, _ = known.figures.get("rows", (0, 0.0, 0.0))
    rows = known.mean("rows") or 0.0
    found = [_judged(history, known, figure, (files, rows), run_id) for figure in sorted(known.figures)]
    return [
        *one_a_column([alarm for alarm in found if alarm]),
        *_missing(history, known, run_id),
        *(_fewer_rows(history, known, run_id) if complete else ()),
    ]


def _judged(history: History, day: Day, figure: str, size: tuple[int, float], run_id: str) -> Alarm | None:
    value = day.mean(figure)
    expected = band(history, figure, day.day, max(size[0], 1), size[1])
    if value is None or expected is None or not expected.is_left_by(value):
        return None
    return Alarm(figure, value, expected.low, expected.high, said(expected, value, day.day), run_id)


def _missing(history: History, day: Day, run_id: str) -> list[Alarm]:
    """Columns that nearly all days before had. Of a file with more columns than are counted nobody can tell."""
    before = [each for each in history.before(day.day, WINDOW) if each.figures.get("rows")]
    now = {name for name in day.figures if name.startswith(NULLS)}
    if len(before) < LEAST_DAYS or not now or len(now) >= COLUMNS_KEPT:
        return []
    names = sorted({name for each in before for name in each.figures if name.startswith(NULLS)} - now)
    usual = [name for name in names if sum(name in each.figures for each in before) >= _PRESENT * len(before)]
    return [
        Alarm(f"column:{name.removeprefix(NULLS)}", 0, 1, 1, f"column {name.removeprefix(NULLS)} is missing on {day.day}:"
              f" {len(before)} days before had it", run_id)
        for name in usual
    ]  # fmt: skip


def _fewer_rows(history: History, day: Day, run_id: str) -> list[Alarm]:
    """Fewer rows in all on a day that is over, where days usually have several files."""
    before = history.before(day.day, WINDOW)
    if len(before) < LEAST_DAYS or median(each.files for each in before) <= 1:
        return []
    past = _Past([each.day for each in before], [_ROWS.there(each.rows) for each in before])
    center, reach, basis = _expected(past, day.day, _ROWS, _ROWS.floor)
    expected = Band("rows in all", _ROWS.back(center), _ROWS.back(center - reach), _ROWS.back(center + reach), basis)
    if day.rows >= expected.low:
        return []
    return [Alarm("rows in all", day.rows, expected.low, expected.high, said(expected, day.rows, day.day), run_id)]


def said(expected: Band, value: float, day: str) -> str:
    """The figure, what was expected, and why: for people."""
    name, shown_as = told_name(expected.figure)
    ends = [shown_as(end) for end in (expected.low, expected.high) if math.isfinite(end)]
    between = f"between {ends[0]} and {ends[1]}" if len(ends) == 2 else (
        f"at least {ends[0]}" if math.isfinite(expected.low) else f"at most {ends[0]}"
    )  # fmt: skip
    usual = f"usually about {shown_as(expected.center)}, {between}"
    return f"{name} on {day}: {shown_as(value)}; {usual}, by {expected.basis}"


def told_name(figure: str) -> tuple[str, Callable[[float], str]]:
    """A figure's name for people, and how its values are written."""
    if figure.startswith(NULLS):
        return f"nulls of {figure.removeprefix(NULLS)}", _percent
    if figure.startswith(MEAN):
        return f"mean of {figure.removeprefix(MEAN)}", _number
    if figure.startswith(QUANTILE):
        return quantile_name(figure), _number
    if figure.startswith(SHARE):
        column, _, digest = figure.removeprefix(SHARE).rpartition(":")
        return f"share of one value of {column} ({digest})", _percent
    if figure in ("overall", *DIMENSIONS):
        return f"score of {figure}", lambda value: f"{value:.1f}"
    return {"bad": "bad rows", "rejected": "rejected files"}.get(figure, figure), (
        _percent if figure in ("bad", "rejected") else _whole
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if value in (0, 1) or 0.001 <= value <= 0.999 else f"{100 * value:.3g} %"


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def longest_silence(history: History) -> tuple[float, str] | None:
    """For how many hours the dataset may have no file from its last on, and by which days; None where they are too few."""
    if not history.last_arrival:
        return None
    began = history.last_arrival[:10]
    known = [(day, hours) for day, hours in sorted(history.silences.items()) if day < began][-WINDOW:]
    if len(known) < LEAST_DAYS:
        return None
    past = _Past([day for day, _ in known], [_HOURS.there(hours) for _, hours in known])
    center, reach, basis = _expected(past, began, _HOURS, _HOURS.floor)
    return _HOURS.back(center + reach), f"usually one every {_HOURS.back(center):.3g} h, by {basis}"
