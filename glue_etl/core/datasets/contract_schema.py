"""The JSON schemas of contracts and suites, for editors and other tools: made from what the parser itself goes by."""

from __future__ import annotations

from typing import Any

from glue_etl.core.datasets import contracts
from glue_etl.core.datasets.schemas import POLICIES
from glue_etl.core.files.model import DIMENSIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def contract_schema() -> Schema:
    """Of datasets/<name>.yaml."""
    fields = {name: _FIELDS[name] for name in contracts.FIELDS}
    return {
        "$schema": DIALECT,
        "title": "A dataset's contract: datasets/<name>.yaml",
        "type": "object",
        "properties": fields,
        "required": ["dataset"],
        "additionalProperties": False,
    }


def suite_schema() -> Schema:
    """Of expectations/<name>.json."""
    return {
        "$schema": DIALECT,
        "title": "A suite of Great Expectations: expectations/<name>.json",
        "type": "object",
        "properties": {
            **{name: {} for name in contracts.SUITE_FIELDS},
            "expectations": {"type": "array", "items": _EXPECTATION},
        },
        "additionalProperties": False,
    }


def _choice(values: tuple[str, ...], about: str) -> Schema:
    return {"enum": list(values), "description": about}


def _texts(about: str) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "description": about}


def _object(about: str, properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    found: Schema = {"type": "object", "description": about, "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _number(high: float) -> Schema:
    return {"type": "number", "minimum": 0, "maximum": high}


_TEXT: Schema = {"type": "string"}
_COLUMN = _object(
    "A column that every file has, or else is null.",
    {
        "name": {"type": "string", "pattern": r"^\s*[^_\s]", "description": "Not one that the pipeline adds itself."},
        "type": {
            "type": "string",
            "pattern": f"^\\s*({contracts.TYPE_PATTERN})\\s*$",
            "description": "A Spark SQL type.",
        },
        "description": _TEXT,
        "protect": _choice(
            ("", *contracts.PROTECTIONS), "How values of persons are hidden before anything is written."
        ),
    },
    ("name", "type"),
)
_FIELDS: dict[str, Schema] = {
    "dataset": {
        "type": "string",
        "pattern": f"^{contracts.NAME_PATTERN}$",
        "description": "The file's own name: folder and table.",
    },
    "description": {"type": "string", "description": "What a row is."},
    "match": _texts("Patterns of keys below the incoming prefix, as `*/orders*`."),
    "columns": {"type": "array", "items": _COLUMN, "description": "Without any, types are inferred file by file."},
    "derive": {
        "type": "object",
        "description": "Columns of the contract's own: a Spark SQL expression each.",
        "additionalProperties": {"type": "string", "minLength": 1},
    },
    "suite": {
        "type": "string",
        "description": "Its file in expectations/; else the dataset's own, else that of `default`.",
    },
    "gates": _object("Scores that a file needs, 0 to 100.", {name: _number(100) for name in ("overall", *DIMENSIONS)}),
    "weights": _object(
        "What each dimension counts in the overall score.", {name: _number(1000) for name in DIMENSIONS}
    ),
    "on_failure": _choice(contracts.ON_FAILURE, "What becomes of a file that misses a gate or a critical expectation."),
    "reupload": _choice(contracts.REUPLOAD, "What becomes of a key's earlier rows when it comes again."),
    "empty_files": _choice(contracts.EMPTY_FILES, "What becomes of a file without rows."),
    "schema": _choice(
        ("", *POLICIES), "What becomes of files with other columns or types, and that the table follows its files."
    ),
    "table_format": _choice(("", *contracts.TABLE_FORMATS), "What the table is; `iceberg` needs `schema` too."),
    "encoding": {"type": "string", "description": "`auto`, or the encoding of text."},
    "csv": _object(
        "How CSV is read.",
        {
            "delimiter": {"type": "string", "pattern": r"^(auto|[\s\S])$", "description": "`auto`, or one character."},
            "multiline": {"type": "boolean", "description": "Means nothing any more."},
            "null_values": _texts("Texts that are null."),
        },
    ),
    "json": _object(
        "How JSON is read.", {"records": {"type": "string", "description": "Keys, with dots, of the list of records."}}
    ),
}
_META: Schema = {
    "type": "object",
    "properties": {
        "dimension": _choice(DIMENSIONS, "What it measures."),
        "severity": _choice(contracts.SEVERITIES, "A critical one that fails quarantines the file."),
        "weight": _number(1000),
        "applies_to": _choice(contracts.APPLIES_TO, 'For column "*": which columns.'),
    },
    "required": ["dimension"],
}
_EXPECTATION: Schema = {
    "type": "object",
    "properties": {
        **{name: {} for name in contracts.EXPECTATION_FIELDS},
        "type": {"type": "string", "pattern": f"^{contracts.EXPECTATION_PATTERN}$"},
        "kwargs": {"type": "object"},
        "meta": _META,
    },
    "required": ["type", "meta"],
    "additionalProperties": False,
}
