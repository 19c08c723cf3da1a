"""Reads ODCS documents: one contract and suite for each table in them. What has no place with us is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.datasets.contract_drafts import dataset_name
from glue_etl.core.datasets.contracts import FIELDS, NAME_PATTERN, TYPE_PATTERN
from glue_etl.core.datasets.odcs import CARRIED, DERIVED, POSITION, PROTECT, SUITE, camel, custom
from glue_etl.core.datasets.odcs_export import NOT_NULL, UNIQUE
from glue_etl.core.datasets.odcs_rules import Rule, rules_of_engine, rules_of_library, rules_of_property
from glue_etl.core.errors import BadContract

_READ = {
    "version", "apiVersion", "kind", "id", "name", "status", "description", "schema", "customProperties",
}  # fmt: skip
_TYPES = (
    (r"(var|n|nvar)?char(acter)?( varying)?(\(.*\))?|text|uuid|enum.*|json|variant", "string"),
    (r"bool", "boolean"),
    (r"byte", "tinyint"), (r"int2|short", "smallint"), (r"integer|int4", "int"), (r"int8|int64|long", "bigint"),
    (r"real|float4|float32", "float"), (r"float(8|64)?|double precision", "double"),
    (r"(?:decimal|numeric|number)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)", r"decimal(\1,\2)"),
    (r"(?:decimal|numeric|number)\s*\(\s*(\d+)\s*\)", r"decimal(\1,0)"),
    (r"timestamp.*|datetime.*", "timestamp"), (r"bytes|bytea|varbinary.*|blob", "binary"),
)  # fmt: skip
"""Names that databases have for types, and ours."""
_BY_LOGIC = {
    "string": "string", "integer": "bigint", "number": "double", "boolean": "boolean", "date": "date", "timestamp": "timestamp",
    "time": "string",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """The documents of a contract and its suite, and sentences on what of the source is not in them."""

    contract: dict[str, Any]
    suite: dict[str, Any]
    told: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    told: list[str] = field(default_factory=list)
    rules: list[tuple[int, Rule]] = field(default_factory=list)

    def add(self, rule: Rule, place: int | None = None) -> None:
        """Keep a rule, in its place if it had one; unless another says the same of the same columns."""
        self.rules.append((len(self.rules) + 100_000 if place is None else place, rule))

    def has(self, kind: str, column: str) -> bool:
        return any(rule["type"] == kind and rule["kwargs"].get("column") == column for _, rule in self.rules)

    def in_order(self) -> list[Rule]:
        return [rule for _, rule in sorted(self.rules, key=lambda found: found[0])]


def import_odcs(document: Mapping[str, Any], where: str) -> list[Imported]:
    """A contract and a suite for each table. Raises BadContract where there is none."""
    tables = document.get("schema")
    if document.get("kind") != "DataContract" or not isinstance(tables, list) or not tables:
        raise BadContract(
            f"{where}: no tables: `kind` must be DataContract and `schema` a list of tables, as in ODCS v3"
        )
    left = sorted(f"`{name}`" for name in document.keys() - _READ)
    told = [f"left out, for want of a place in a contract: {', '.join(left)}"] if left else []
    return [_table(document, table, told, alone=len(tables) == 1) for table in tables]


def _table(document: Mapping[str, Any], table: Mapping[str, Any], told: list[str], alone: bool) -> Imported:
    reading = _Reading(list(told))
    kept = custom(document)
    name = str(table.get("physicalName") or table["name"])
    name = name if re.fullmatch(NAME_PATTERN, name) else dataset_name(name)
    columns, derive = _columns(table, reading)
    for quality in table.get("quality") or ():
        _add_quality(quality, None, reading)
    ours = {field_: kept[camel(field_)] for field_ in FIELDS if camel(field_) in kept and field_ not in CARRIED}
    description = _description(document, table, alone)
    contract = {
        "dataset": name,
        **({"description": description} if description is not None else {}),
        **({"columns": columns} if columns else {}),
        **({"derive": derive} if derive else {}),
        **(ours if SUITE in kept else {"match": [f"{name}/*", f"*/{name}*"]}),
    }
    rest = kept.get(SUITE)
    suite = {**(rest if isinstance(rest, Mapping) else {"name": name}), "expectations": reading.in_order()}
    return Imported(contract, suite, tuple(reading.told))


def _description(document: Mapping[str, Any], table: Mapping[str, Any], alone: bool) -> str | None:
    said = document.get("description")
    purpose = said.get("purpose") if isinstance(said, Mapping) else None
    own = table.get("description")
    return str(own) if own is not None else str(purpose) if alone and purpose is not None else None


def _columns(table: Mapping[str, Any], reading: _Reading) -> tuple[list[dict[str, str]], dict[str, str]]:
    columns: list[dict[str, str]] = []
    derive: dict[str, str] = {}
    primary: list[tuple[int, str]] = []
    for each in table.get("properties") or ():
        name = str(each.get("physicalName") or each["name"])
        if custom(each).get(DERIVED):
            derive[name] = str(each.get("transformLogic", ""))
        else:
            described = {"description": str(each["description"])} if "description" in each else {}
            protected = {"protect": str(custom(each)[PROTECT])} if custom(each).get(PROTECT) else {}
            columns.append({"name": name, "type": _type(each, name, reading), **described, **protected})
        if each.get("primaryKey"):
            primary.append((int(each.get("primaryKeyPosition") or len(primary) + 1), name))
        _add_rules(each, name, reading)
    _add_key([name for _, name in sorted(primary)], reading)
    return columns, derive


def _type(element: Mapping[str, Any], name: str, reading: _Reading) -> str:
    physical = str(element.get("physicalType") or "")
    if re.fullmatch(TYPE_PATTERN, physical.strip().lower()):
        return physical
    for pattern, type_ in _TYPES:
        if found := re.fullmatch(pattern, physical.strip().lower()):
            return found.expand(type_)
    logical = str(element.get("logicalType") or "")
    if logical not in _BY_LOGIC:
        reading.told.append(
            f"column {name!r} of type {physical or logical or '(none)'!r} is text: write its Spark SQL type"
        )
    return _BY_LOGIC.get(logical, "string")


def _add_rules(element: Mapping[str, Any], name: str, reading: _Reading) -> None:
    for quality in element.get("quality") or ():
        _add_quality(quality, name, reading)
    for rule in rules_of_property(element, name):
        if not reading.has(rule["type"], name):
            reading.add(rule)


def _add_key(names: list[str], reading: _Reading) -> None:
    meta = {"dimension": "validity", "severity": "critical", "weight": 2}
    for name in names:
        if not reading.has(NOT_NULL, name):
            reading.add({"type": NOT_NULL, "kwargs": {"column": name}, "meta": {**meta, "dimension": "completeness"}})
    if len(names) == 1 and not reading.has(UNIQUE, names[0]):
        reading.add({"type": UNIQUE, "kwargs": {"column": names[0]}, "meta": meta})
    if len(names) > 1:
        reading.add({"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": names}, "meta": meta})


def _add_quality(quality: Mapping[str, Any], column: str | None, reading: _Reading) -> None:
    rules = list(_rules_of_quality(quality, column))
    place = custom(quality).get(POSITION)
    for rule in rules:
        reading.add(rule, place if isinstance(place, int) else None)
    if not rules:
        called = next((quality[k] for k in ("name", "metric", "description", "type") if quality.get(k)), "library")
        reading.told.append(
            f"left out: the quality rule {str(called)!r} of {column or 'the table'}: no expectation says it"
        )


def _rules_of_quality(quality: Mapping[str, Any], column: str | None) -> Iterator[Rule]:
    if quality.get("type", "library") == "custom":
        yield from rules_of_engine(quality, column)
    elif quality.get("type", "library") == "library":
        yield from rules_of_library(quality, column)
