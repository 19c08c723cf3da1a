"""AWS schedule expressions, rate() cron() at(): when one fires next. Reads no clock.

cron() has AWS's six fields (minutes hours day-of-month month day-of-week year) with * , - / ? L W and #; its days of
the week are 1-7 or SUN-SAT. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EXPRESSION = re.compile(r"(rate|cron|at)\((.*)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_LAST_YEAR = 2199


class BadExpression(ValueError):
    """Not a schedule expression of AWS."""


def next_fire(expression: str, after: datetime, zone: str = "UTC", anchor: datetime | None = None) -> datetime | None:
    """The first firing later than `after`, in UTC, or None. rate() counts from `anchor`, else from the epoch."""
    found = _EXPRESSION.fullmatch(expression.strip())
    if not found:
        raise BadExpression(f"{expression!r} is none of rate(...), cron(...), at(...)")
    kind, text = found[1], found[2].strip()
    if kind == "rate":
        return _next_rate(text, after, anchor or datetime(1970, 1, 1, tzinfo=UTC))
    if kind == "at":
        moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return moment if moment > after else None
    return _Cron.parse(text).next(after.astimezone(ZoneInfo(zone)))


def _next_rate(text: str, after: datetime, anchor: datetime) -> datetime:
    value, _, unit = text.partition(" ")
    seconds = _SECONDS.get(unit.strip().removesuffix("s"))
    if not seconds or not value.isdigit() or int(value) < 1:
        raise BadExpression(f"rate({text}): expected a number and minutes, hours or days")
    period = timedelta(seconds=seconds * int(value))
    return anchor + period * max((after - anchor) // period + 1, 1)


@dataclass(frozen=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    month_days: str
    months: tuple[int, ...]
    week_days: str
    years: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> _Cron:
        fields = text.upper().split()
        if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
            raise BadExpression(f"cron({text}): expected six fields, and ? in one of day-of-month and day-of-week")
        return cls(
            _values(fields[0], 0, 59),
            _values(fields[1], 0, 23),
            fields[2],
            _values(fields[3], 1, 12, _MONTHS),
            fields[4],
            _values(fields[5], 1970, _LAST_YEAR),
        )

    def next(self, after: datetime) -> datetime | None:
        for day in self._days(after.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=after.tzinfo)
                    moment = moment.astimezone(UTC)
                    if moment > after:
                        return moment
        return None

    def _days(self, first: date) -> Iterator[date]:
        for year in (y for y in self.years if y >= first.year):
            for month in self.months:
                if (year, month) >= (first.year, first.month):
                    yield from (d for d in sorted(self._days_of(year, month)) if d >= first)

    def _days_of(self, year: int, month: int) -> set[date]:
        if self.week_days == "?":
            return {day for part in self.month_days.split(",") for day in _month_days(part, year, month)}
        return {day for part in self.week_days.split(",") for day in _week_days(part, year, month)}


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    """What a field with * , - / stands for, in order."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            start, end = low, high
        else:
            first, _, last = span.partition("-")
            start = _number(first, low, high, names)
            end = _number(last, low, high, names) if last else (high if step else start)
        found.update(range(start, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text) or (int(text) if text.isdigit() else -1)
    if not low <= value <= high:
        raise BadExpression(f"{text!r} is not in {low}-{high}")
    return value


def _month_days(part: str, year: int, month: int) -> set[date]:
    last = calendar.monthrange(year, month)[1]
    if part == "L":
        return {date(year, month, last)}
    if part.endswith("W"):
        wanted = last if part == "LW" else int(part[:-1])
        return {_nearest_weekday(year, month, wanted, last)} if wanted <= last else set()
    return {date(year, month, day) for day in _values(part, 1, 31) if day <= last}


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
    name, sharp, nth = part.partition("#")
    if sharp:
        matching = [d for d in days if _aws_weekday(d) == _number(name, 1, 7, _WEEKDAYS)]
        return set(matching[int(nth) - 1 : int(nth)])
    if part.endswith("L"):
        wanted = _number(part[:-1] or "7", 1, 7, _WEEKDAYS)
        matching = [d for d in days if _aws_weekday(d) == wanted]
        return {matching[-1]}
    wanted_days = _values(part, 1, 7, _WEEKDAYS)
    return {d for d in days if _aws_weekday(d) in wanted_days}


def _aws_weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1
