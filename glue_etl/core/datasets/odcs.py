"""A contract and its suite as a document of the Open Data Contract Standard (ODCS, version 3), and back: what both sides share.

What the standard has no place for is kept in customProperties: a contract that is exported and imported is the same again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

API_VERSION = "v3.1.0"
ENGINE = "great-expectations"
PREFIX = "glueEtl"
"""Of our names among customProperties."""
SUITE = f"{PREFIX}SuiteDocument"
POSITION = f"{PREFIX}Position"
DERIVED = f"{PREFIX}Derived"
PROTECT = f"{PREFIX}Protect"
CARRIED = ("dataset", "description", "columns", "derive")
"""Fields of a contract that have a place in the standard."""

DIMENSIONS = {
    "completeness": "completeness",
    "validity": "conformity",
    "consistency": "consistency",
    "accuracy": "accuracy",
    "timeliness": "timeliness",
}
"""Our dimensions and the standard's."""
FROM_ODCS = {**{odcs: ours for ours, odcs in DIMENSIONS.items()}, "uniqueness": "validity", "coverage": "completeness"}

_LOGICAL = {
    "string": "string", "boolean": "boolean", "tinyint": "integer", "smallint": "integer", "int": "integer", "bigint": "integer",
    "float": "number", "double": "number", "decimal": "number", "date": "date", "timestamp": "timestamp", "array": "array",
    "map": "object", "struct": "object",
}  # fmt: skip


def logical_type(type_: str) -> str | None:
    """The standard's type for a Spark SQL type; None for binary, which it does not have."""
    return _LOGICAL.get(re.split(r"[(<]", type_.strip().lower())[0].strip())


def camel(field: str) -> str:
    """`on_failure` as a name among customProperties."""
    return PREFIX + "".join(word.capitalize() for word in field.split("_"))


def custom(document: Mapping[str, Any]) -> dict[str, Any]:
    """The customProperties of an element, by name."""
    found = document.get("customProperties")
    listed = found if isinstance(found, list) else []
    return {
        str(p["property"]): p["value"] for p in listed if isinstance(p, Mapping) and "property" in p and "value" in p
    }


def as_custom(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in values.items()]
