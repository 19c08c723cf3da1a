"""Drafts a suite from a profile: only what another sample of the same source would pass too, each with the support it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from glue_etl.core.datasets.keys import Key, find_keys
from glue_etl.core.datasets.margins import day_limits, mostly, number_limits, plain, share_allowed
from glue_etl.core.datasets.profile import NUMBER, TEXT, TIME, ColumnProfile, Profile
from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.core.datasets.shapes import forms, is_fraction, regex_of

Rule = dict[str, Any]

WARNING, CRITICAL = "warning", "critical"
CATEGORY_ROWS = 10
"""A column is a set of categories where each value stands for so many rows, on average."""
ONCE_SHARE = 0.01
"""Of the values of a set of categories, the largest share that may have been seen once."""
LONGEST_FACTOR = 2
LONGEST_ROOM = 20
_KEYS_MOST = 3


def draft_suite(profile: Profile, name: str, severity: str = "", now: str = "") -> dict[str, Any]:
    """The document of a suite in Great Expectations' shape, as `parse_suite` reads it.

    `severity` is given to every expectation (`warning`: no file fails by one of them alone); without, what nobody doubts is
    critical. `now`, an ISO time in UTC, is when the profile was made: without it no column is expected to lie in the past.
    """
    rules = [*_of_table(profile), *_of_keys(profile)]
    for column in profile.columns:
        if column.files == profile.files:
            rules += _of_column(column, now)
    if severity:
        rules = [{**rule, "meta": {**rule["meta"], "severity": severity}} for rule in rules]
    notes = f"Drafted from {profile.rows:,} rows of {_counted(profile.files, 'file')}; each expectation's support is in its meta."
    return {"name": name, "expectations": rules, "notes": notes}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rule(kind: str, dimension: str, support: str, share: float = 0.0, **kwargs: Any) -> Rule:
    """An expectation. `share`: of the values, those that may fail it; `severity` and `weight` are what meta says."""
    meta = {"dimension": dimension, "severity": kwargs.pop("severity", WARNING), "weight": kwargs.pop("weight", 1)}
    allowed = {"mostly": mostly(share)} if share else {}
    return {"type": f"expect_{kind}", "kwargs": {**kwargs, **allowed}, "meta": {**meta, "support": support}}


def _of_table(profile: Profile) -> Iterator[Rule]:
    files = f"{profile.rows:,} rows in {_counted(profile.files, 'file')}"
    yield _rule("table_row_count_to_be_between", "completeness", files, min_value=1, severity=CRITICAL)
    bad = f"{profile.bad:,} of {profile.rows + profile.bad:,} records could not become rows"
    of_problem: dict[str, Any] = {"column": BAD_ROW_COLUMN}
    often = profile.bad > 0.05 * (profile.rows + profile.bad)
    if not often:
        yield _rule("column_values_to_be_null", "validity", bad, 0.1, **of_problem, severity=CRITICAL, weight=3)
    share = share_allowed(profile.rows + profile.bad, profile.bad)
    if share is not None and share < 0.1:
        yield _rule("column_values_to_be_null", "validity", bad, share, **of_problem)
    waiting: dict[str, Any] = {"column": "_processing_seconds", "min_value": -300, "max_value": 86400}
    yield _rule("column_values_to_be_between", "timeliness", "a day, as the suites of this pipeline have it", **waiting)


def _of_keys(profile: Profile) -> Iterator[Rule]:
    """The sure keys (of those of several columns the first), the first of them critical; else what may be one; else rows."""
    keys = find_keys(profile)
    sure = [key for key in keys if key.sure]
    alone = [key for key in sure or keys if len(key.columns) == 1]
    chosen = alone[:_KEYS_MOST] or (sure or keys)[:1] or _whole_rows(profile)
    for key in chosen:
        share = 0.0 if key.sure else share_allowed(profile.rows)
        if share is not None:
            yield _unique(key, share, CRITICAL if key in sure[:1] else WARNING)


def _unique(key: Key, share: float, severity: str) -> Rule:
    about: dict[str, Any] = {"severity": severity, "weight": 2 if key.sure else 1}
    if len(key.columns) == 1:
        return _rule("column_values_to_be_unique", "validity", key.evidence, share, column=key.columns[0], **about)
    listed = {"column_list": list(key.columns), "ignore_row_if": "never"}
    return _rule("compound_columns_to_be_unique", "validity", key.evidence, share, **listed, **about)


def _whole_rows(profile: Profile) -> list[Key]:
    if profile.repeated != 0 or not len(profile.columns) >= 2:
        return []
    columns = tuple(c.name for c in profile.columns)
    return [Key(columns, False, f"none of {profile.rows:,} rows is there twice in a file")]


def _of_column(column: ColumnProfile, now: str) -> list[Rule]:
    drafts: list[Callable[[ColumnProfile], Iterator[Rule]]] = [_present]
    if column.family == NUMBER:
        drafts.append(_in_range)
    if column.family == TIME:
        drafts += [_in_calendar, lambda c: _in_the_past(c, now)]
    if column.family == TEXT:
        drafts += [_long_enough, _in_set, _formed]
    return [rule for draft in drafts for rule in draft(column)]


def _present(column: ColumnProfile) -> Iterator[Rule]:
    share = share_allowed(column.rows, column.nulls)
    if share is not None:
        support = f"{column.nulls:,} of {column.rows:,} values are null"
        yield _rule("column_values_to_not_be_null", "completeness", support, share, column=column.name)


def _in_range(column: ColumnProfile) -> Iterator[Rule]:
    share = share_allowed(column.filled)
    if not column.lowest or share is None:
        return
    counts_up = not column.repeats and not any("e" in str(v) or "." in str(v) for v in column.highest)
    least, greatest = number_limits(column.lowest, column.highest, unbounded=counts_up)
    limits = {k: plain(v) for k, v in (("min_value", least), ("max_value", greatest)) if v is not None}
    if limits:
        support = f"{column.filled:,} values from {column.lowest[0]:,} to {column.highest[0]:,}"
        yield _rule("column_values_to_be_between", "accuracy", support, share, column=column.name, **limits)


def _in_calendar(column: ColumnProfile) -> Iterator[Rule]:
    limits = day_limits(column.lowest[0], column.highest[0]) if column.lowest else None
    share = share_allowed(column.filled)
    if limits and share is not None:
        support = f"{column.filled:,} values from {column.lowest[0]} to {column.highest[0]}"
        days = dict(zip(("min_value", "max_value"), limits, strict=True))
        yield _rule("column_values_to_be_between", "accuracy", support, share, column=column.name, **days)


def _in_the_past(column: ColumnProfile, now: str) -> Iterator[Rule]:
    share = share_allowed(column.filled)
    if column.highest and now and str(column.highest[0])[:10] < now[:10] and share is not None:
        support = f"the latest of {column.filled:,} values, {column.highest[0]}, lies before the file's arrival"
        pair = {"column_A": "ingestion_timestamp", "column_B": column.name, "or_equal": True}
        kind = "column_pair_values_a_to_be_greater_than_b"
        yield _rule(kind, "consistency", support, share, **pair, ignore_row_if="either_value_is_missing")


def _long_enough(column: ColumnProfile) -> Iterator[Rule]:
    share = share_allowed(column.filled)
    if not column.lengths or share is None:
        return
    shortest, longest = column.lengths
    most = max(LONGEST_FACTOR * longest, longest + LONGEST_ROOM)
    limits = {"min_value": min(shortest, 1), "max_value": most}
    support = f"{column.filled:,} texts of {shortest:,} to {longest:,} characters"
    yield _rule("column_value_lengths_to_be_between", "validity", support, share, column=column.name, **limits)


def _is_category(column: ColumnProfile) -> bool:
    values = column.values or {}
    if is_fraction(column.shapes or {}):
        return False
    return bool(values) and len(values) * CATEGORY_ROWS <= column.filled and _once(values) <= ONCE_SHARE * column.filled


def _once(values: Mapping[str, int]) -> int:
    return sum(1 for count in values.values() if count == 1)


def _in_set(column: ColumnProfile) -> Iterator[Rule]:
    """As many values will be new as were seen once (Good and Turing's estimate)."""
    values = column.values or {}
    once = _once(values)
    share = share_allowed(column.filled, once)
    if _is_category(column) and share is not None:
        support = f"{column.filled:,} texts, {len(values):,} different, {once:,} of them seen once"
        yield _rule(
            "column_values_to_be_in_set", "validity", support, share, column=column.name, value_set=sorted(values)
        )


def _formed(column: ColumnProfile) -> Iterator[Rule]:
    """The form of texts, unless a set that has all values says more."""
    if _is_category(column) and not _once(column.values or {}):
        return
    found = forms(column.shapes or {})
    once = sum(form.count for form in found if form.count == 1)
    share = share_allowed(column.filled, once)
    if found and share is not None:
        support = f"{column.filled:,} texts of {_counted(len(found), 'form')}, {once:,} of them seen once"
        yield _rule(
            "column_values_to_match_regex", "validity", support, share, column=column.name, regex=regex_of(found)
        )
