"""Schedule expressions as Amazon EventBridge Scheduler reads them: checked before anything is deployed.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

FORMS = "rate(30 minutes), rate(1 hour), rate(2 days), cron(0 6 * * ? *)"

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...], str], ...] = (
    ("minutes", 0, 59, (), ""),
    ("hours", 0, 23, (), ""),
    ("day of month", 1, 31, (), "?LW"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of week", 1, 7, _WEEKDAYS, "?L#"),
    ("year", 1970, 2199, (), ""),
)


_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class BadSchedule(ValueError):
    """Not a schedule expression. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """rate(): every so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Cron:
    """cron(): its six fields, checked, in capitals."""

    minutes: str
    hours: str
    month_days: str
    months: str
    week_days: str
    years: str


def parse_schedule(expression: str) -> Rate | Cron:
    """What a rate() or cron() expression says. Raises BadSchedule."""
    if mistake := schedule_mistake(expression):
        raise BadSchedule(f"{expression}: {mistake}")
    if rate := _RATE.fullmatch(expression):
        return Rate(int(rate[1]) * _SECONDS[rate[2]])
    return Cron(*expression[len("cron(") : -1].upper().split())


def numbers(text: str, field: str) -> tuple[int, ...]:
    """What the text of a field ("minutes", "hours", "day of month", ...) with * , - / stands for, in order."""
    (low, high, names) = next((low, high, names) for name, low, high, names, _ in _FIELDS if name == field)
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        start = _number(first, low, names)
        end = _number(last, low, names) if last else (high if step else start)
        found.update(range(start, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    return low + names.index(text) if text in names else int(text)


def schedule_mistake(expression: str) -> str:
    """What is wrong with a rate() or cron() expression; "" where nothing is."""
    if rate := _RATE.fullmatch(expression):
        return _rate_mistake(int(rate[1]), rate[2], bool(rate[3]))
    if cron := _CRON.fullmatch(expression):
        return _cron_mistake(cron[1].upper().split())
    return "it is neither rate(number unit) nor cron(six fields)"


def _rate_mistake(number: int, unit: str, plural: bool) -> str:
    if number < 1:
        return "the number must be 1 or more"
    if plural == (number == 1):
        return f"after {number} the unit is {unit!r}" if number == 1 else f"after {number} the unit is {unit + 's'!r}"
    return ""


def _cron_mistake(fields: list[str]) -> str:
    if len(fields) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        return f"cron takes six fields ({names}), found {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "exactly one of day of month and day of week must be '?'"
    for text, (name, low, high, words, extra) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(part, low, high, words, extra) for part in text.split(",")):
            return f"{text!r} is no {name} ({low} to {high}{f', {words[0]} to {words[-1]}' if words else ''}, * , - /)"
    return ""


def _fits(part: str, low: int, high: int, names: Iterable[str], extra: str) -> bool:
    if part in ("*", "?"):
        return part == "*" or "?" in extra
    if "L" in extra and part in ("L", "LW"):
        return True
    if "W" in extra and part.endswith("W"):
        part = part[:-1]
    elif "#" in extra and "#" in part:
        part, _, nth = part.partition("#")
        if nth not in ("1", "2", "3", "4", "5"):
            return False
    elif "L" in extra and part.endswith("L"):
        part = part[:-1]
    return _span_fits(part, low, high, tuple(names))


def _span_fits(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) >= 1):
        return False
    ends = span.split("-")
    return span == "*" or (len(ends) <= 2 and all(_one_fits(end, low, high, names) for end in ends))


def _one_fits(text: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    return text in names or (text.isascii() and text.isdecimal() and low <= int(text) <= high)
