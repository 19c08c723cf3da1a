"""How far beyond what was seen a value may lie before it is an outlier, and how many may be unlike what was seen.

Conservative: of the values that a second sample of the same source has, all or nearly all must fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

from glue_etl.core.datasets.profile import Value

UNSEEN = 5
"""Of a second sample as large as the first, so many values may be of a kind that the first has not shown. Were 3 of them to be
expected in such a sample (about the most that one may well miss), more than 5 would come in one of 12, after a miss in one of 20.
"""
MOST_UNSEEN = 0.2
"""A rule that would have to allow a larger share than this says nothing: it is not drafted."""
GAPS = 10
"""In a tail that falls off exponentially, the largest of as many further values lies beyond the largest by more than ten times
the distance to the tenth largest about never; a heavy tail has a larger distance to begin with.
"""
RELATIVE = 0.25
"""Of the largest value: so far a trend may lead, where the values seen are close together."""
YEARS = 10
YEARS_AS_NUMBERS = 50
_EARLIEST_YEAR, _LATEST_YEAR = 1800, 2200
"""Numbers between them are taken for years: they go on."""
_DAYS = 366


def share_allowed(count: int, seen: int = 0) -> float | None:
    """The share of values that may be unlike the others, where `seen` of `count` were; None where that is too much for a rule."""
    share = (UNSEEN + 3 * math.sqrt(seen) + 2 * seen) / count if count else 1.0
    return share if share <= MOST_UNSEEN else None


def mostly(share: float) -> float:
    """Great Expectations' `mostly` for a share that may fail: rounded down, to one digit of the share more than it needs."""
    digits = max(2, 1 - math.floor(math.log10(share))) if share > 0 else 2
    return math.floor((1 - share) * 10**digits) / 10**digits


def number_limits(
    lowest: Sequence[Value], highest: Sequence[Value], unbounded: bool
) -> tuple[float | None, float | None]:
    """Least and greatest value to be expected. `unbounded`: the values may grow without limit, as numbers that count up do.

    Where none was below zero, none is expected there.
    """
    low, high = float(lowest[0]), float(highest[0])
    spread = max(high - low, RELATIVE * max(abs(low), abs(high))) or 1.0
    if low >= _EARLIEST_YEAR and high <= _LATEST_YEAR:
        spread = max(high - low, YEARS_AS_NUMBERS)
    least = _outward(low, max(spread, GAPS * (float(lowest[-1]) - low)), up=False)
    greatest = _outward(high, max(spread, GAPS * (high - float(highest[-1]))), up=True)
    if not math.isfinite(least) or not math.isfinite(greatest):
        return None, None
    return max(least, 0.0) if low >= 0 else least, None if unbounded else greatest


def _outward(extreme: float, margin: float, up: bool) -> float:
    """The extreme and its margin, rounded away from it to the margin's first digit."""
    if not math.isfinite(margin):
        return margin
    unit = 10.0 ** math.floor(math.log10(margin))
    value = (extreme + margin) / unit if up else (extreme - margin) / unit
    return float((math.ceil if up else math.floor)(value)) * unit


def plain(value: float) -> int | float:
    """A whole number as such."""
    return int(value) if value == int(value) and abs(value) < 2**53 else float(f"{value:.12g}")


def day_limits(lowest: Value, highest: Value) -> tuple[str, str] | None:
    """First and last day to be expected (ISO), of times of which the first and last seen are given; None beyond the calendar."""
    try:
        first, last = date.fromisoformat(str(lowest)[:10]), date.fromisoformat(str(highest)[:10])
        far = max(last - first, timedelta(days=YEARS * _DAYS))
        return (first - far).isoformat(), (last + far).isoformat()
    except (ValueError, OverflowError):
        return None
