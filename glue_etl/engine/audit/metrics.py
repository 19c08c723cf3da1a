"""Great Expectations' metrics by name, each as figures of a pass: how it is counted, as its Spark engine would compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from glue_etl.engine.audit.columns import NUMBERS, Column, find, in_set
from glue_etl.engine.audit.conditions import Scope, ignored, unexpected
from glue_etl.engine.audit.filters import row_filter
from glue_etl.engine.audit.model import Impossible, NotCountable
from glue_etl.engine.audit.passes import Passes, Wanted, counted

LARGEST_TIE = 1000
"""Most common values that are looked at: a column where more than that tie is looked at by stock GX."""

Domain = Mapping[str, Any]


def wanted(metric: Any, passes: Passes, scope: Scope) -> Wanted:
    """How a MetricConfiguration of GX is counted; NotCountable, or Impossible with the reason."""
    domain, values = dict(metric.metric_domain_kwargs), dict(metric.metric_value_kwargs or {})
    base, _, kind = metric.metric_name.rpartition(".")
    if domain.get("table"):
        raise Impossible("an audit sees one file: there is no other table to compare it with")
    where = row_filter(domain, scope.columns)
    if kind == "unexpected_count":
        return _unexpected_count(base, domain, values, passes, scope)
    if kind == "filtered_row_count":
        return passes.count(f"({where}) AND NOT ({ignored(_named(domain, scope), domain)})")
    if metric.metric_name in ("table.row_count", "table.row_count.self"):
        return passes.count(where)
    if metric.metric_name not in _OF_COLUMN:
        raise NotCountable(f"the metric {metric.metric_name}")
    return _OF_COLUMN[metric.metric_name](find(scope.columns, domain["column"]), where, values, passes)


def _named(domain: Domain, scope: Scope) -> list[Column]:
    named = domain.get("column_list") or [domain.get("column_A"), domain.get("column_B")]
    return [find(scope.columns, name) for name in named]


def _unexpected_count(base: str, domain: Domain, values: Mapping[str, Any], passes: Passes, scope: Scope) -> Wanted:
    where = row_filter(domain, scope.columns)
    if base == "compound_columns.unique":
        return _compound(_named(domain, scope), where, domain, passes)
    if base in _OF_WHOLE_COLUMN:
        return _OF_WHOLE_COLUMN[base](find(scope.columns, domain["column"]), where, values, passes)
    found = unexpected(base, domain, values, scope)
    return passes.count(f"({where}) AND {found.where}")


def _present(column: Column, where: str) -> str:
    return f"({where}) AND {column.sql} IS NOT NULL"


def _repeated(columns: Sequence[Column], where: str, passes: Passes, only_with: str = "") -> Wanted:
    """Rows whose values occur more than once in their file."""
    names = tuple(c.name for c in columns)
    return Wanted((passes.of_groups(names, where, _in_larger_groups(passes), only_with),), counted)


def _in_larger_groups(passes: Passes) -> str:
    return f"sum({passes.size}) FILTER (WHERE {passes.size} > 1)"


def _compound(columns: Sequence[Column], where: str, domain: Domain, passes: Passes) -> Wanted:
    """Where one column repeats no value, and rows with nulls are left out, nothing can repeat: that is looked at first."""
    left_out = domain.get("ignore_row_if") == "any_value_is_missing"
    sql = _in_larger_groups(passes)
    single = [passes.known((c.name,), _present(c, where), sql) for c in columns if left_out]
    only_with = next((name for name in single if name), "")
    return _repeated(columns, f"({where}) AND NOT ({ignored(columns, domain)})", passes, only_with)


def _unique(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    return _repeated([column], _present(column, where), passes)


def _out_of_order(worse: str, worse_or_same: str) -> Callable[..., Wanted]:
    """Values beside the one before: by their place in the file, nulls and NaN left out."""

    def count(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
        if column.kind not in (*NUMBERS, "date", "timestamp", "local timestamp"):
            raise NotCountable(f"the order of {column.kind} values")
        numbers = f" AND NOT isnan({column.sql})" if column.kind == "float" else ""
        operator = worse_or_same if values.get("strictly") else worse
        sql = f"count(*) FILTER (WHERE value {operator} before)"
        return Wanted((passes.of_neighbours(column.sql, _present(column, where) + numbers, sql),), counted)

    return count


def _z_score(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    mean, spread = _mean_name(column, where, passes), _spread_name(column, where, passes)
    known = f"CASE WHEN isfinite({spread}) THEN nullif({spread}, 0) END"  # no spread, or none that counts: no score
    score = f"(({column.number} - {mean}) / {known})"
    threshold = float(values["threshold"])
    under = f"abs({score}) < {abs(threshold)!r}" if values.get("double_sided") else f"{score} < {threshold!r}"
    sql = f"count(*) FILTER (WHERE {_present(column, where)} AND NOT ({under}))"
    return Wanted((passes.of_figures(sql),), counted)


def _outliers(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    multiplier, method = float(values.get("multiplier", 1.5)), values.get("method", "iqr")
    if method == "std":
        mean, spread = _mean_name(column, where, passes), _spread_name(column, where, passes)
        reach = f"{multiplier!r} * {spread}"
        inside = (
            f"CASE WHEN {reach} <= 0 THEN {column.number} = {mean} ELSE abs({column.number} - {mean}) < {reach} END"
        )
        known = f"isfinite({mean}) AND isfinite({spread})"
    elif method == "iqr":
        low, high = (passes.aggregate(_quantile(column, where, q)) for q in (0.25, 0.75))
        reach = f"{multiplier!r} * ({high} - {low})"
        inside = f"{column.number} >= {low} - {reach} AND {column.number} <= {high} + {reach}"
        known = f"isfinite({low}) AND isfinite({high})"
    else:
        raise Impossible(f"method {method!r} has not been implemented")
    sql = f"count(*) FILTER (WHERE {_present(column, where)} AND ({known}) AND NOT ({inside}))"
    return Wanted((passes.of_figures(sql),), counted)


def _quantile(column: Column, where: str, quantile: float) -> str:
    return f"quantile_cont({column.number}, {quantile}) FILTER (WHERE {where})"


def _mean_name(column: Column, where: str, passes: Passes) -> str:
    value = column.sql if column.kind == "integer" else column.number
    return passes.aggregate(f"avg({value}) FILTER (WHERE {where})")


def _spread_name(column: Column, where: str, passes: Passes) -> str:
    return passes.aggregate(f"stddev_samp({column.number}) FILTER (WHERE {where})")


def _mean(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    return Wanted((_mean_name(column, where, passes),), plain)


def _spread(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    return Wanted((_spread_name(column, where, passes),), plain)


def _sum(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    value = column.number if column.kind == "float" else column.sql
    if column.kind not in NUMBERS:
        raise Impossible(f"column {column.name!r} is {column.kind}, not a number")
    total = f"sum({value}) FILTER (WHERE {where})"
    return Wanted((passes.aggregate(f"CAST({total} AS DOUBLE)" if column.kind == "float" else total),), plain)


def _extreme(function: str) -> Callable[..., Wanted]:
    def extreme(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
        if column.kind == "nested or binary":
            raise NotCountable("the order of nested or binary values")
        return Wanted((passes.aggregate(f"{function}({column.sql}) FILTER (WHERE {where})"),), plain)

    return extreme


def _not_nan(column: Column, where: str) -> str:
    return f"({where}) AND NOT isnan({column.number})"


def _median(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    sql = f"quantile_cont({column.number}, 0.5) FILTER (WHERE {_not_nan(column, where)})"
    return Wanted((passes.aggregate(sql),), plain)


def _quantiles(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    """Values of the column itself, as Spark's approxQuantile without an error gives them."""
    error = values.get("allow_relative_error") or 0.0
    if not isinstance(error, float) or not 0 <= error <= 1:
        raise Impossible("allow_relative_error must be False, or a number from 0 to 1")
    quantiles = [float(q) for q in values["quantiles"]]
    sql = f"quantile_disc({column.number}, {quantiles!r}) FILTER (WHERE {_not_nan(column, where)})"
    return Wanted((passes.aggregate(sql),), lambda found: found or [None] * len(quantiles))


def _distinct_name(column: Column, where: str, passes: Passes, kept: str = "TRUE") -> str:
    sql = f"count(*) FILTER (WHERE {kept})"
    return passes.of_groups((column.name,), _present(column, where), sql)


def _distinct(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    return Wanted((_distinct_name(column, where, passes),), counted)


def _distinct_not_in_set(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    expected = list(values.get("value_set") or [])
    kept = f"NOT ({in_set(column, expected)})" if expected else "TRUE"
    return Wanted((_distinct_name(column, where, passes, kept),), counted)


def _missing(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    expected = list(values.get("value_set") or [])
    if not expected:
        return Wanted((), lambda: 0)
    name = _distinct_name(column, where, passes, in_set(column, expected))
    return Wanted((name,), lambda found: len(expected) - counted(found))


def _listed_values(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    return Wanted((), list)


def _unique_proportion(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    """Distinct values of those that are there. Great Expectations takes the rows of the same row condition for all values."""
    present = passes.count(_present(column, where)).names[0]
    return Wanted((_distinct_name(column, where, passes), present), lambda d, n: counted(d) / n if n else 0)


def _nonnull_proportion(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    names = (passes.count(_present(column, where)).names[0], passes.count(where).names[0])
    return Wanted(names, lambda present, rows: present / rows if rows else 0)


def _most_common(column: Column, where: str, values: Mapping[str, Any], passes: Passes) -> Wanted:
    if column.kind == "nested or binary":
        raise NotCountable("the commonest of nested or binary values")
    sizes = f"max({passes.size}, {LARGEST_TIE + 1})"
    commonest = f"max_by({column.sql}, {passes.size}, {LARGEST_TIE + 1})"
    names = [passes.of_groups((column.name,), _present(column, where), sql) for sql in (commonest, sizes)]
    return Wanted(tuple(names), _tied)


def _tied(commonest: list[Any] | None, sizes: list[int] | None) -> list[Any]:
    tied = sum(size == sizes[0] for size in sizes) if sizes else 0
    if tied > LARGEST_TIE:
        raise NotCountable(f"more than {LARGEST_TIE} values are equally common")
    return [local(value) for value in (commonest or [])[:tied]]


def local(value: Any) -> Any:
    """A moment without its zone, which is UTC: as Spark's Python gives it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def plain(value: Any) -> Any:
    """A figure as GX has it from Spark: moments as text, decimals as floats."""
    if isinstance(value, date):
        return local(value).isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    return value


_OF_WHOLE_COLUMN: dict[str, Callable[..., Wanted]] = {
    "column_values.unique": _unique,
    "column_values.increasing": _out_of_order("<", "<="),
    "column_values.decreasing": _out_of_order(">", ">="),
    "column_values.z_score.under_threshold": _z_score,
    "column_values.not_outliers": _outliers,
}
_OF_COLUMN: dict[str, Callable[..., Wanted]] = {
    "column.max": _extreme("max"),
    "column.min": _extreme("min"),
    "column.sum": _sum,
    "column.mean": _mean,
    "column.median": _median,
    "column.standard_deviation": _spread,
    "column.quantile_values": _quantiles,
    "column.distinct_values.count": _distinct,
    "column.distinct_values.not_in_set.count": _distinct_not_in_set,
    "column.distinct_values.missing_from_column.count": _missing,
    "column.distinct_values.not_in_set": _listed_values,
    "column.distinct_values.missing_from_column": _listed_values,
    "column.unique_proportion": _unique_proportion,
    "column.non_null_proportion": _nonnull_proportion,
    "column.most_common_value": _most_common,
}
