"""Expectations that look beyond one file: what they are called and what they take. glue_etl/engine/beyond.py judges them.

They stand in a suite beside Great Expectations' own, in the same form. Great Expectations has none of their kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from glue_etl.core.documents import Document

IN_REFERENCE = "expect_column_values_to_be_in_reference"
UNIQUE = "expect_column_values_to_be_unique_in_dataset"
COMPOUND_UNIQUE = "expect_compound_columns_to_be_unique_in_dataset"
FRESH = "expect_column_values_to_be_fresh"
ON_TIME = "expect_file_to_arrive_on_time"
ROWS_USUAL = "expect_table_row_count_to_be_usual"
MEAN_USUAL = "expect_column_mean_to_be_usual"
NULLS_USUAL = "expect_column_nulls_to_be_usual"
SHARES_USUAL = "expect_column_value_shares_to_be_usual"
_COLUMN = ("column", "mostly")
_FIELDS = {
    IN_REFERENCE: (*_COLUMN, "dataset", "file", "key"),
    UNIQUE: _COLUMN,
    COMPOUND_UNIQUE: ("column_list", "mostly"),
    FRESH: (*_COLUMN, "max_age_hours"),
    ON_TIME: ("every_hours", "by", "days"),
    ROWS_USUAL: (),
    MEAN_USUAL: ("column",),
    NULLS_USUAL: ("column",),
    SHARES_USUAL: ("column",),
}
TYPES = tuple(_FIELDS)
OF_ROWS = (IN_REFERENCE, UNIQUE, COMPOUND_UNIQUE, FRESH)
"""Those that count rows that fail; the others judge the file as a whole, by the past of its dataset."""
UNIQUE_TYPES = (UNIQUE, COMPOUND_UNIQUE)
OF_THE_PAST = (ON_TIME, ROWS_USUAL, MEAN_USUAL, NULLS_USUAL, SHARES_USUAL)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Rule(Protocol):
    """An expectation: its type and its arguments."""

    @property
    def type(self) -> str: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


def is_beyond(kind: str) -> bool:
    """Whether expectations of this type look beyond one file."""
    return kind in _FIELDS


def check_arguments(kind: str, document: Document) -> None:
    """Complain of arguments that an expectation of this type can't have; of a type of Great Expectations' own, of none."""
    if kind not in _FIELDS:
        return
    document.only(_FIELDS[kind])
    if "column" in _FIELDS[kind] and document.text("column") == "*":
        document.complain(f"{document.where}: field 'column' must name one column: {kind} does not take '*'")
    if kind == COMPOUND_UNIQUE and len(document.texts("column_list")) < 2:
        document.complain(
            f"{document.where}: field 'column_list' must name two columns or more: for one there is {UNIQUE}"
        )
    if "mostly" in _FIELDS[kind]:
        document.number("mostly", 0, 1, 1)
    _SPECIAL.get(kind, lambda _: None)(document)


def _check_reference(document: Document) -> None:
    document.text("key")
    given = [name for name in ("dataset", "file") if document.values.get(name)]
    if len(given) != 1:
        document.complain(
            f"{document.where}: field 'dataset' or field 'file' must say where the values are known, one of them"
        )
    file = document.text("file", "")
    if file and (not file.endswith(".csv") or "/" in file):
        document.complain(
            f"{document.where}: field 'file' is {file!r}. Allowed: the name of a .csv in expectations/references"
        )


def _check_fresh(document: Document) -> None:
    if not document.number("max_age_hours", 0, 24 * 3660, 0) > 0:
        document.complain(f"{document.where}: field 'max_age_hours' must be a number above 0")


def _check_on_time(document: Document) -> None:
    hours, by = document.number("every_hours", 0, 24 * 366, 0), document.text("by", "")
    if bool(hours) == bool(by):
        document.complain(f"{document.where}: field 'every_hours' or field 'by' must say what is promised, one of them")
    if by and not _CLOCK.fullmatch(by):
        document.complain(f"{document.where}: field 'by' is {by!r}. Allowed: a time of day in UTC, as 06:00")
    document.number("days", 0, 366, 0)


_SPECIAL = {IN_REFERENCE: _check_reference, FRESH: _check_fresh, ON_TIME: _check_on_time}


@dataclass(frozen=True, slots=True)
class Promise:
    """When files arrive: one `every_hours`, or by a time of day (`by`, UTC), so many `days` after the day that they are of."""

    every_hours: float = 0.0
    by: time | None = None
    days: int = 0

    def deadline(self, day: date) -> datetime:
        """Until when the file of a day has to be there; only where it is promised by a time of day."""
        return datetime.combine(day + timedelta(days=self.days), self.by or time(0), UTC)

    @property
    def said(self) -> str:
        if self.every_hours:
            return f"every {self.every_hours:g} h"
        later = f", {self.days} days later" if self.days > 1 else ", a day later" if self.days else ""
        return f"by {self.by:%H:%M} UTC{later}"


def promise_of(rule: Rule) -> Promise:
    """What an ON_TIME expectation promises."""
    by = str(rule.kwargs.get("by", ""))
    return Promise(
        float(rule.kwargs.get("every_hours", 0)),
        time.fromisoformat(by) if by else None,
        int(rule.kwargs.get("days", 0)),
    )


def promised(suite: Iterable[Rule]) -> Promise | None:
    """The suite's first promise; None where it has none."""
    return next((promise_of(rule) for rule in suite if rule.type == ON_TIME), None)


def needs_past(suite: Iterable[Rule]) -> bool:
    """Whether a run has to know the dataset's past to judge its files."""
    return any(rule.type in OF_THE_PAST for rule in suite)


def datasets_read(dataset: str, suite: Iterable[Rule]) -> tuple[str, ...]:
    """The datasets whose published rows a run has to read to judge files of `dataset`."""
    found = {str(rule.kwargs.get("dataset") or "") for rule in suite if rule.type == IN_REFERENCE}
    found |= {dataset for rule in suite if rule.type in UNIQUE_TYPES}
    return tuple(sorted(found - {""}))


def columns_of(rule: Rule) -> Sequence[str]:
    """The columns of the file that the expectation speaks of."""
    if rule.type == COMPOUND_UNIQUE:
        return tuple(rule.kwargs["column_list"])
    return (str(rule.kwargs["column"]),) if "column" in rule.kwargs else ()
