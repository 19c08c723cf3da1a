"""Writes a contract and its suite as an ODCS document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_etl.core.datasets.contracts import FIELDS
from glue_etl.core.datasets.odcs import (
    API_VERSION,
    CARRIED,
    DERIVED,
    DIMENSIONS,
    ENGINE,
    POSITION,
    PROTECT,
    SUITE,
    as_custom,
    camel,
    logical_type,
)

NOT_NULL = "expect_column_values_to_not_be_null"
UNIQUE = "expect_column_values_to_be_unique"


def export_odcs(contract: Mapping[str, Any], suite: Mapping[str, Any], version: str = "1.0.0") -> dict[str, Any]:
    """The document of a contract's and its suite's documents, both checked before. `version` is the document's own."""
    rules = [(place, rule) for place, rule in enumerate(suite.get("expectations") or [])]
    names = [*(c["name"] for c in contract.get("columns") or ()), *(contract.get("derive") or ())]
    properties = [_property(c, _about(rules, c["name"])) for c in contract.get("columns") or ()]
    properties += [_derived(name, sql, _about(rules, name)) for name, sql in (contract.get("derive") or {}).items()]
    of_table = [(place, rule) for place, rule in rules if _column(rule) not in names]
    name = contract["dataset"]
    table = {"name": name, "physicalName": name, "physicalType": "table", "logicalType": "object"}
    return {
        "version": version,
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": name,
        "name": name,
        "status": "active",
        **({"description": {"purpose": contract["description"]}} if "description" in contract else {}),
        "schema": [{**table, **_some("properties", properties), **_some("quality", [_quality(*r) for r in of_table])}],
        "customProperties": as_custom(_kept(contract, suite)),
    }


def _kept(contract: Mapping[str, Any], suite: Mapping[str, Any]) -> dict[str, Any]:
    """What the standard has no place for."""
    rest = {key: value for key, value in suite.items() if key != "expectations"}
    ours = {camel(field): contract[field] for field in FIELDS if field in contract and field not in CARRIED}
    return {**ours, SUITE: rest}


def _some(field: str, values: list[Any]) -> dict[str, list[Any]]:
    return {field: values} if values else {}


def _about(rules: list[tuple[int, Mapping[str, Any]]], column: str) -> list[tuple[int, Mapping[str, Any]]]:
    return [(place, rule) for place, rule in rules if _column(rule) == column]


def _column(rule: Mapping[str, Any]) -> Any:
    return (rule.get("kwargs") or {}).get("column")


def _property(column: Mapping[str, Any], rules: list[tuple[int, Mapping[str, Any]]]) -> dict[str, Any]:
    logical = logical_type(column["type"])
    return {
        "name": column["name"],
        "physicalName": column["name"],
        **({"logicalType": logical} if logical else {}),
        "physicalType": column["type"],
        **({"description": column["description"]} if "description" in column else {}),
        **{flag: True for flag, kind in (("required", NOT_NULL), ("unique", UNIQUE)) if _promises(rules, kind)},
        **_some("quality", [_quality(*rule) for rule in rules]),
        **({"customProperties": as_custom({PROTECT: column["protect"]})} if column.get("protect") else {}),
    }


def _derived(name: str, sql: str, rules: list[tuple[int, Mapping[str, Any]]]) -> dict[str, Any]:
    quality = _some("quality", [_quality(*rule) for rule in rules])
    return {"name": name, "transformLogic": sql, **quality, "customProperties": as_custom({DERIVED: True})}


def _promises(rules: list[tuple[int, Mapping[str, Any]]], kind: str) -> bool:
    """Whether a critical expectation of the kind holds for every value: then no row without it is published."""
    return any(
        rule["type"] == kind
        and {*(rule.get("kwargs") or {})} == {"column"}
        and rule["meta"].get("severity") == "critical"
        for _, rule in rules
    )


def _quality(place: int, rule: Mapping[str, Any]) -> dict[str, Any]:
    meta = rule["meta"]
    return {
        "type": "custom",
        "engine": ENGINE,
        "dimension": DIMENSIONS[meta["dimension"]],
        "severity": meta.get("severity", "warning"),
        "implementation": dict(rule),
        "customProperties": as_custom({POSITION: place}),
    }
