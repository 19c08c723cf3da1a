"""Quantiles of numbers in a dataset's past: what is too small to be news of them, and which of them is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from glue_etl.core.datasets.history import MEAN, QUANTILE, Alarm, Day
from glue_etl.core.files.summaries import QUANTILES

_LEAST_OF_SPREAD = 0.01
_OF_SPREAD = 0.65
"""By the root of how many values there are: how far chance moves the 5 % quantile, in parts of the way to the 95 %."""


def least_news(figure: str, before: Sequence[Day], rows: float) -> float:
    """A deviation of one quantile below which it is no news, of so many rows."""
    return _spread(figure, before) * max(_LEAST_OF_SPREAD, _OF_SPREAD / math.sqrt(max(rows, 1)))


def _spread(figure: str, before: Sequence[Day]) -> float:
    """From the column's lowest quantile to its highest, as on most days."""
    column = _column(figure)
    ends = [[day.mean(f"{QUANTILE}{at}:{column}") for day in before] for at in (QUANTILES[0], QUANTILES[-1])]
    low, high = (median(value for value in end if value is not None) for end in ends)
    return high - low


def one_a_column(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Without quantiles that say no more: of a column whose mean is told, and all but the one furthest from what was expected."""
    told, furthest = {alarm.figure.removeprefix(MEAN) for alarm in alarms}, dict[str, Alarm]()
    for alarm in alarms:
        if alarm.figure.startswith(QUANTILE):
            column = _column(alarm.figure)
            known = furthest.get(column)
            if column not in told and (known is None or _distance(alarm) > _distance(known)):
                furthest[column] = alarm
    return [alarm for alarm in alarms if not alarm.figure.startswith(QUANTILE) or alarm in furthest.values()]


def _distance(alarm: Alarm) -> float:
    """From the middle of the band, in its widths."""
    return abs(alarm.value - (alarm.low + alarm.high) / 2) / max(alarm.high - alarm.low, 1e-300)


def quantile_name(figure: str) -> str:
    at = figure.removeprefix(QUANTILE).partition(":")[0]
    return f"{at} % quantile of {_column(figure)}" if at != "50" else f"median of {_column(figure)}"


def _column(figure: str) -> str:
    return figure.removeprefix(QUANTILE).partition(":")[2]
