"""What ODCS says of values in its own words (required, unique, limits, metrics), as expectations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from glue_etl.core.datasets.odcs import ENGINE, FROM_ODCS
from glue_etl.core.datasets.odcs_export import NOT_NULL, UNIQUE

Rule = dict[str, Any]

_NUMBERS = (("minimum", "min_value", False), ("exclusiveMinimum", "min_value", True),
            ("maximum", "max_value", False), ("exclusiveMaximum", "max_value", True))  # fmt: skip
_LENGTHS = (("minLength", "min_value"), ("maxLength", "max_value"))


def _rule(kind: str, dimension: str, severity: str = "warning", **kwargs: Any) -> Rule:
    return {"type": kind, "kwargs": kwargs, "meta": {"dimension": dimension, "severity": severity, "weight": 1}}


def rules_of_property(element: Mapping[str, Any], name: str) -> Iterator[Rule]:
    """The expectations that a property's own fields stand for."""
    if element.get("required"):
        yield _rule(NOT_NULL, "completeness", "critical", column=name)
    if element.get("unique"):
        yield _rule(UNIQUE, "validity", "critical", column=name)
    options = element.get("logicalTypeOptions") or {}
    limits: dict[str, Any] = {}
    for option, limit, strict in _NUMBERS:
        if option in options and not isinstance(options[option], bool):
            limits |= {limit: options[option], **({f"strict_{limit[:3]}": True} if strict else {})}
    if limits:
        yield _rule("expect_column_values_to_be_between", "accuracy", column=name, **limits)
    lengths = {ours: options[theirs] for theirs, ours in _LENGTHS if theirs in options}
    if lengths:
        yield _rule("expect_column_value_lengths_to_be_between", "validity", column=name, **lengths)
    if isinstance(options.get("pattern"), str):
        yield _rule("expect_column_values_to_match_regex", "validity", column=name, regex=options["pattern"])
    values = [each.get("value") for each in element.get("enum") or () if isinstance(each, Mapping)]
    if values:
        yield _rule("expect_column_values_to_be_in_set", "validity", column=name, value_set=values)


def rules_of_library(quality: Mapping[str, Any], column: str | None) -> Iterator[Rule]:
    """The expectations that a rule with one of the standard's metrics stands for; none for one that we can't say."""
    metric = quality.get("metric") or quality.get("rule")
    severity = {"error": "critical", "critical": "critical", "info": "info"}.get(
        str(quality.get("severity", "")), "warning"
    )
    dimension = FROM_ODCS.get(str(quality.get("dimension", "")), "completeness")
    if metric == "rowCount" and column is None:
        limits = _row_limits(quality)
        if limits:
            yield _rule("expect_table_row_count_to_be_between", dimension, severity, **limits)
        return
    mostly = _mostly(quality)
    if column is None or mostly is None:
        return
    if metric in ("nullValues", "missingValues"):
        yield _rule(NOT_NULL, dimension, severity, column=column, **mostly)
    elif metric == "duplicateValues":
        yield _rule(
            UNIQUE, FROM_ODCS.get(str(quality.get("dimension", "")), "validity"), severity, column=column, **mostly
        )
    elif metric == "invalidValues":
        yield from _valid(quality.get("arguments") or {}, column, severity, mostly)


def _valid(arguments: Mapping[str, Any], column: str, severity: str, mostly: Mapping[str, float]) -> Iterator[Rule]:
    if isinstance(arguments.get("validValues"), list):
        kwargs = {"value_set": arguments["validValues"], **mostly}
        yield _rule("expect_column_values_to_be_in_set", "validity", severity, column=column, **kwargs)
    if isinstance(arguments.get("pattern"), str):
        kwargs = {"regex": arguments["pattern"], **mostly}
        yield _rule("expect_column_values_to_match_regex", "validity", severity, column=column, **kwargs)


def _mostly(quality: Mapping[str, Any]) -> dict[str, float] | None:
    """The share of values that must be right, of a rule that no value may be wrong, or so many percent; None for other rules."""
    if quality.get("mustBe") == 0:
        return {}
    if quality.get("unit") != "percent":
        return None
    most = quality.get("mustBeLessOrEqualTo", quality.get("mustBeLessThan"))
    return {"mostly": round(1 - float(most) / 100, 6)} if isinstance(most, int | float) and 0 <= most <= 100 else None


def _row_limits(quality: Mapping[str, Any]) -> dict[str, int]:
    between = quality.get("mustBeBetween")
    if isinstance(between, list) and len(between) == 2:
        return {"min_value": int(between[0]), "max_value": int(between[1])}
    limits: dict[str, int] = {}
    for operator, limit, step in (
        ("mustBeGreaterThan", "min_value", 1), ("mustBeGreaterOrEqualTo", "min_value", 0),
        ("mustBeLessThan", "max_value", -1), ("mustBeLessOrEqualTo", "max_value", 0),
    ):  # fmt: skip
        if isinstance(quality.get(operator), int | float):
            limits[limit] = int(quality[operator]) + step
    return limits


def rules_of_engine(quality: Mapping[str, Any], column: str | None) -> Iterator[Rule]:
    """The expectation that a rule of Great Expectations is: whole, as we write it, or with its column given by its place."""
    rule = _implementation(quality)
    kind = rule.get("type") or rule.get("expectation_type")
    if not isinstance(kind, str) or not kind.startswith("expect_"):
        return
    meta = rule.get("meta") or {}
    if "dimension" in meta:
        yield dict(rule)
        return
    kwargs = dict(rule.get("kwargs") or {})
    if column and kind.startswith("expect_column_value"):
        kwargs.setdefault("column", column)
    dimension = FROM_ODCS.get(str(quality.get("dimension", "")), "validity")
    yield {"type": kind, "kwargs": kwargs, "meta": {**meta, "dimension": dimension}}


def _implementation(quality: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an engine is told, where the engine is Great Expectations and this is JSON; else nothing."""
    engine = str(quality.get("engine", "")).lower().replace("_", "-")
    found = quality.get("implementation") if engine in (ENGINE, ENGINE.replace("-", "")) else None
    try:
        rule = json.loads(found) if isinstance(found, str) else found
    except ValueError:
        return {}
    return rule if isinstance(rule, Mapping) else {}
