"""A dataset's figures day by day, with the band that each day's past led to expect: from the kept history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from glue_etl.core.datasets.history import Day, History
from glue_etl.core.datasets.trends import Band, band, told_name
from glue_etl.core.files.model import DIMENSIONS
from glue_etl.core.messages import one_line
from glue_etl.reports import plots

ROOM = (320, 80)
DAYS_SHOWN = 60
FIGURES = ("rows", "overall", *DIMENSIONS, "bad")
ALARMS_SHOWN = 30
_SCORES = ("overall", *DIMENSIONS)


@dataclass(frozen=True, slots=True)
class DailyTrend:
    """A figure by day: its line, the area of what was expected ("": nobody knew), and `odd`, the days that left it."""

    name: str
    path: str
    area: str
    odd: tuple[tuple[str, str, str], ...]
    low: str
    high: str
    last: str
    told: str


def daily_trends(history: History) -> list[DailyTrend]:
    """One for each figure that the newest days have."""
    days = history.days[-DAYS_SHOWN:]
    return [_trend(history, days, figure) for figure in FIGURES if any(day.mean(figure) is not None for day in days)]


def _trend(history: History, days: Sequence[Day], figure: str) -> DailyTrend:
    values = [day.mean(figure) for day in days]
    bands = [band(history, figure, day.day, day.files, day.mean("rows") or 0.0) for day in days]
    known = [value for value in values if value is not None]
    frame = _frame(figure, known, [each for each in bands if each])
    name, shown_as = told_name(figure)
    odd = [
        (f"{frame.x(place, len(days)):.1f}", f"{frame.y(value):.1f}", f"{days[place].day}: {shown_as(value)}")
        for place, (value, expected) in enumerate(zip(values, bands, strict=True))
        if value is not None and expected is not None and expected.is_left_by(value)
    ]
    told = f"{name} of {len(known)} days, last {shown_as(known[-1])}, {len(odd)} outside of what was expected"
    return DailyTrend(
        name=name,
        path=plots.line(values, frame),
        area=_areas(bands, frame),
        odd=tuple(odd),
        low=shown_as(frame.low),
        high=shown_as(frame.high),
        last=shown_as(known[-1]),
        told=told[0].upper() + told[1:],
    )


def _frame(figure: str, values: Sequence[float], bands: Sequence[Band]) -> plots.Frame:
    ends = [end for each in bands for end in (each.low, each.high) if math.isfinite(end)]
    if figure in _SCORES:
        return plots.Frame(*ROOM, min([90.0, *values, *ends]) // 10 * 10, 100)
    return plots.Frame(*ROOM, 0, max([*values, *ends]) or 1.0)


def _areas(bands: Sequence[Band | None], frame: plots.Frame) -> str:
    """One closed path for each row of days of which something was expected; it ends where the room does."""
    parts = []
    places = [(place, each) for place, each in enumerate(bands) if each is not None]
    for _, run in groupby(enumerate(places), key=lambda numbered: numbered[1][0] - numbered[0]):
        pairs = [pair for _, pair in run]
        upper = [_point(frame, place, min(each.high, frame.high), len(bands)) for place, each in pairs]
        lower = [_point(frame, place, max(each.low, frame.low), len(bands)) for place, each in reversed(pairs)]
        parts.append(f"M{'L'.join([*upper, *lower])}z")
    return "".join(parts)


def _point(frame: plots.Frame, place: int, value: float, count: int) -> str:
    return f"{frame.x(place, count):.1f} {frame.y(value):.1f}"


def alarms(history: History) -> list[str]:
    """What was unlike the days before, the newest first."""
    told = [one_line(alarm.said) for day in reversed(history.days) for alarm in day.alarms]
    return told[:ALARMS_SHOWN]
