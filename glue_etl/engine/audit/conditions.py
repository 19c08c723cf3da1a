"""Which rows an expectation on rows finds unexpected, as SQL: one function for each of Great Expectations' conditions.

Each gives what is *expected* of a row, three-valued. A row is unexpected where that is false: not where it is null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glue_etl.engine.audit import checks_in_python
from glue_etl.engine.audit.columns import NUMBERS, Column, compare, equal, find, in_set, literal, together
from glue_etl.engine.audit.model import Impossible, NotCountable
from glue_etl.engine.audit.regexes import OnlyPython, for_re2


@dataclass(frozen=True, slots=True)
class Unexpected:
    """`looked_at`: rows that count at all; `where`: the unexpected ones of them; `raised`: those that stock GX would stop at."""

    looked_at: str
    where: str
    raised: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may use: the columns, and DuckDB's ear for functions in Python and for patterns."""

    columns: Mapping[str, Column]
    register: Callable[[str, checks_in_python.Look], str]
    takes_pattern: Callable[[str], bool]


def unexpected(condition: str, domain: Mapping[str, Any], values: Mapping[str, Any], scope: Scope) -> Unexpected:
    """The rows that `condition` ("column_values.between") finds unexpected; NotCountable, or Impossible with the reason."""
    if condition in _OF_NULLS:
        column = find(scope.columns, domain["column"])
        return Unexpected("TRUE", f"{column.sql} IS {_OF_NULLS[condition]}")
    if condition in _OF_COLUMN:
        column = find(scope.columns, domain["column"])
        return _of_expected(f"{column.sql} IS NOT NULL", _OF_COLUMN[condition](column, values, scope))
    if condition in _OF_PYTHON:
        return _of_python(condition, find(scope.columns, domain["column"]), values, scope)
    if condition in _OF_COLUMNS:
        named = domain.get("column_list") or [domain.get("column_A"), domain.get("column_B")]
        columns = [find(scope.columns, name) for name in named]
        return _of_expected(f"NOT ({ignored(columns, domain)})", _OF_COLUMNS[condition](columns, values))
    if "like_pattern" in condition:
        raise Impossible("Great Expectations looks for LIKE patterns in SQL databases only: use a regex")
    raise NotCountable(f"{condition} has no SQL")


def _of_expected(looked_at: str, expected: str) -> Unexpected:
    return Unexpected(looked_at, f"({looked_at}) AND NOT ({expected})")


def ignored(columns: Sequence[Column], domain: Mapping[str, Any]) -> str:
    """Which rows `ignore_row_if` leaves out of a comparison of several columns."""
    missing = [f"{c.sql} IS NULL" for c in columns]
    how = str(domain.get("ignore_row_if", "never"))
    if how in ("both_values_are_missing", "all_values_are_missing"):
        return " AND ".join(missing)
    if how in ("either_value_is_missing", "any_value_is_missing"):
        return " OR ".join(missing)
    if how not in ("neither", "never"):
        raise Impossible(f"ignore_row_if is {how!r}")
    return "FALSE"


def bounds(low: Any, high: Any, values: Mapping[str, Any], compared: Callable[[str, Any], str]) -> str:
    """Both limits of a "between"; `compared` writes one comparison."""
    if low is None and high is None:
        raise Impossible("min_value and max_value cannot both be None")
    above = [compared(">" if values.get("strict_min") else ">=", low)] if low is not None else []
    below = [compared("<" if values.get("strict_max") else "<=", high)] if high is not None else []
    return " AND ".join(above + below)


def _between(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    low, high = values.get("min_value"), values.get("max_value")
    try:
        crossed = low is not None and high is not None and low > high
    except TypeError as error:
        raise Impossible(str(error)) from error
    if crossed:
        raise Impossible("min_value cannot be greater than max_value")
    return bounds(low, high, values, lambda operator, value: compare(column, operator, value))


def _length_between(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    low, high = values.get("min_value"), values.get("max_value")
    if any(v is not None and not float(v).is_integer() for v in (low, high)):
        raise Impossible("min_value and max_value must be integers")
    length = f"length({column.text})"
    return bounds(low, high, values, lambda operator, value: f"{length} {operator} {int(value)}")


def _length_equals(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    return f"length({column.text}) = {literal(float(values['value']))}"


def _in_set(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    return "TRUE" if values["value_set"] is None else in_set(column, list(values["value_set"]))


def _not_in_set(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    return f"NOT ({in_set(column, list(values['value_set'] or []))})"


def _match(column: Column, pattern: str, scope: Scope) -> str:
    try:
        translated = for_re2(pattern)
        if scope.takes_pattern(translated):
            return f"regexp_matches({column.text}, {literal(translated)})"
    except (OnlyPython, re.error):
        pass  # Python's engine has what RE2 lacks
    try:
        function = scope.register(f"regex {pattern}", checks_in_python.regex(pattern))
        return f"{function}({column.text})"
    except re.error as error:
        raise Impossible(f"the regex {pattern!r} is not understood: {error}") from error


def _matches(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    return _match(column, str(values["regex"]), scope)


def _matches_not(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    return f"NOT {_match(column, str(values['regex']), scope)}"


def _matches_list(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    words = {"any": " OR ", "all": " AND "}
    if not values["regex_list"]:
        raise Impossible("At least one regex must be supplied in the regex_list.")
    if values.get("match_on") not in words:
        raise Impossible("match_on must be either 'any' or 'all'")
    return words[values["match_on"]].join(f"({_match(column, r, scope)})" for r in values["regex_list"])


def _matches_none(column: Column, values: Mapping[str, Any], scope: Scope) -> str:
    if not values["regex_list"]:
        raise Impossible("At least one regex must be supplied in the regex_list.")
    return " AND ".join(f"NOT ({_match(column, r, scope)})" for r in values["regex_list"])


def _of_python(condition: str, column: Column, values: Mapping[str, Any], scope: Scope) -> Unexpected:
    looked_at = f"{column.sql} IS NOT NULL"
    if column.kind != "text":
        return _of_no_text(condition, column, looked_at)
    function = scope.register(f"{condition} {sorted(values.items())!r}", _OF_PYTHON[condition](values))
    call = f"{function}({column.sql})"
    return Unexpected(looked_at, f"{looked_at} AND NOT {call}", f"{looked_at} AND {call} IS NULL")


def _of_no_text(condition: str, column: Column, looked_at: str) -> Unexpected:
    if condition == "column_values.json_parseable":
        return Unexpected(looked_at, looked_at)
    return Unexpected(looked_at, "FALSE", looked_at)


def _greater(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    one, other = together(*columns)
    if values.get("or_equal"):
        return f"({one} >= {other}) OR {one} IS NOT DISTINCT FROM {other}"
    return f"{one} > {other}"


def _pair_equal(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    return equal(*columns)


def _pair_in_set(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    pairs = values.get("value_pairs_set")
    one, other = columns
    if pairs is None:
        return "{} = {}".format(*together(one, other))
    found = [f"({_is(one, x)} AND {_is(other, y)})" for x, y in pairs]
    if not found:
        raise Impossible("value_pairs_set is empty")
    return " OR ".join(found)


def _is(column: Column, value: Any) -> str:
    return f"{column.sql} IS NULL" if value is None else f"coalesce({compare(column, '=', value)}, FALSE)"


def _sum(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    kinds = {c.kind for c in columns}
    if not kinds <= set(NUMBERS):
        raise Impossible(f"only numbers have a sum, not {', '.join(sorted(kinds - set(NUMBERS)))} values")
    wide = {"integer": "CAST({} AS DECIMAL(38, 0))", "decimal": "{}", "float": "CAST({} AS DOUBLE)"}
    terms = [f"coalesce({wide['float' if 'float' in kinds else c.kind].format(c.sql)}, 0)" for c in columns]
    return f"TRY(CAST({' + '.join(terms)} AS DOUBLE)) = {literal(float(values['sum_total']))}"


def _all_equal(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    return " AND ".join([f"({equal(columns[0], c)})" for c in columns[1:]] or ["TRUE"])


def _all_different(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    pairs = [(a, b) for n, a in enumerate(columns) for b in columns[n + 1 :]]
    if not pairs:
        raise Impossible("one column alone has nothing to differ from")
    return f"NOT ({' OR '.join(f'({equal(a, b)})' for a, b in pairs)})"


_OF_NULLS = {"column_values.nonnull": "NULL", "column_values.null": "NOT NULL"}
_OF_COLUMN: dict[str, Callable[[Column, Mapping[str, Any], Scope], str]] = {
    "column_values.between": _between,
    "column_values.value_length.between": _length_between,
    "column_values.value_length.equals": _length_equals,
    "column_values.in_set": _in_set,
    "column_values.not_in_set": _not_in_set,
    "column_values.match_regex": _matches,
    "column_values.not_match_regex": _matches_not,
    "column_values.match_regex_list": _matches_list,
    "column_values.not_match_regex_list": _matches_none,
}
_OF_PYTHON: dict[str, Callable[[Mapping[str, Any]], checks_in_python.Look]] = {
    "column_values.json_parseable": lambda values: checks_in_python.is_json,
    "column_values.match_json_schema": lambda values: checks_in_python.fits_schema(values["json_schema"]),
    "column_values.match_strftime_format": lambda values: checks_in_python.has_format(values["strftime_format"]),
    "column_values.dateutil_parseable": lambda values: checks_in_python.is_date_for_dateutil,
}
_OF_COLUMNS: dict[str, Callable[[Sequence[Column], Mapping[str, Any]], str]] = {
    "column_pair_values.a_greater_than_b": _greater,
    "column_pair_values.equal": _pair_equal,
    "column_pair_values.in_set": _pair_in_set,
    "multicolumn_sum.equal": _sum,
    "multicolumn_values.equal": _all_equal,
    "select_column_values.unique.within_record": _all_different,
}
