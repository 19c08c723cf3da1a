"""When a rate() or cron() expression fires next. Reads no clock. What it says is read by core.schedules."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from glue_etl.core.schedules import Cron, Rate, numbers, parse_schedule


def next_fire(expression: str, after: datetime, anchor: datetime = datetime(1970, 1, 1, tzinfo=UTC)) -> datetime | None:
    """The first firing later than `after`, in UTC, or None. rate() counts from `anchor`. Raises BadSchedule."""
    schedule = parse_schedule(expression)
    if isinstance(schedule, Rate):
        period = timedelta(seconds=schedule.seconds)
        return anchor + period * max((after - anchor) // period + 1, 1)
    moments = (
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        for day in _days(schedule, after.astimezone(UTC).date())
        for hour in numbers(schedule.hours, "hours")
        for minute in numbers(schedule.minutes, "minutes")
    )
    return next((moment for moment in moments if moment > after), None)


def _days(cron: Cron, first: date) -> Iterator[date]:
    """Those of the schedule from `first` on."""
    for year in (y for y in numbers(cron.years, "year") if y >= first.year):
        for month in numbers(cron.months, "month"):
            if (year, month) >= (first.year, first.month):
                yield from (d for d in sorted(_days_of(cron, year, month)) if d >= first)


def _days_of(cron: Cron, year: int, month: int) -> set[date]:
    if cron.week_days == "?":
        return {day for part in cron.month_days.split(",") for day in _month_days(part, year, month)}
    return {day for part in cron.week_days.split(",") for day in _week_days(part, year, month)}


def _month_days(part: str, year: int, month: int) -> set[date]:
    last = calendar.monthrange(year, month)[1]
    if part == "L":
        return {date(year, month, last)}
    if part.endswith("W"):
        wanted = last if part == "LW" else int(part[:-1])
        return {_nearest_weekday(year, month, wanted, last)} if wanted <= last else set()
    return {date(year, month, day) for day in numbers(part, "day of month") if day <= last}


def _nearest_weekday(year: int, month: int, day: int, last: int) -> date:
    """The nearest Monday to Friday that stays in the month."""
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        day += -1 if day > 1 else 2
    elif weekday == 6:
        day += 1 if day < last else -2
    return date(year, month, day)


def _week_days(part: str, year: int, month: int) -> set[date]:
    days = [date(year, month, n + 1) for n in range(calendar.monthrange(year, month)[1])]
    name, _, nth = part.partition("#")
    last = name.endswith("L")
    wanted = numbers((name[:-1] or "7") if last else name, "day of week")
    matching = [d for d in days if d.isoweekday() % 7 + 1 in wanted]
    if nth:
        return set(matching[int(nth) - 1 : int(nth)])
    return {matching[-1]} if last else set(matching)
