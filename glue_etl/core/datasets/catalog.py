"""What a table of the catalog looks like: the columns that the pipeline adds to each, and types and texts as Glue takes them.

Types are those that Athena, Redshift Spectrum and Spark all read ("Data types in Amazon Athena"; "CREATE EXTERNAL TABLE",
Amazon Redshift Database Developer Guide, which has no tinyint).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.datasets.schemas import RESCUED, Change, Schema

ENRICHMENT = (
    ("source_file", "string", "The file that the row came from, as an s3:// address"),
    ("ingestion_timestamp", "timestamp", "When the row was read"),
    ("batch_id", "string", "The file's id in the ledger"),
    ("file_format", "string", "The format that the file was read as"),
    ("environment", "string", "The deployment that read it"),
)
# Glue's limits ("Column" and "TableInput", AWS Glue Web API Reference); a comment is of one line.
COMMENT_BYTES, DESCRIPTION_BYTES, NAME_BYTES, TYPE_BYTES = 255, 2048, 255, 131_072
_CATALOG_TYPES = {
    **{"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"},
    **{"real": "float", "dec": "decimal", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp"},
}
_TINYINT = re.compile(r"\btinyint\b")
_RESCUED_COMMENT = "Values that did not fit their columns: a JSON object of column and text"


def declared_tables(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Dataset -> table, sorted, of those whose contracts alone say their columns; `bundle` is that of the contracts."""
    names = (c.get("dataset", name) for name, c in sorted(bundle["datasets"].items()) if not c.get("schema"))
    return {dataset: dataset.lower().replace("-", "_") for dataset in names}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the catalog, with the catalog's type name."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TableColumns:
    """A table's columns in order. `left_out`: those that are in the Parquet files alone, with why no catalog takes them."""

    columns: tuple[Column, ...]
    left_out: Mapping[str, str]


def catalog_type(spark_type: str) -> str:
    """Spark's name of a type as the catalog writes it."""
    return _CATALOG_TYPES.get(spark_type.lower(), spark_type.lower())


def cut(text: str, limit: int) -> str:
    """As many whole characters as `limit` bytes of UTF-8 hold."""
    return text.encode()[:limit].decode(errors="ignore")


def comment(text: str) -> str:
    return cut(" ".join(text.split()), COMMENT_BYTES)


def table_columns(schema: Schema) -> TableColumns:
    """The schema's columns, then the pipeline's own."""
    changes: dict[str, Change] = {change.column: change for change in schema.changes if change.column}
    left_out = {c.name: why for c in schema.columns if (why := _unfit(c.name, c.type))}
    own = [
        Column(c.name, _TINYINT.sub("smallint", catalog_type(c.type)), comment(_story(c.name, changes.get(c.name))))
        for c in schema.columns
        if c.name not in left_out
    ]
    return TableColumns((*own, *(Column(*column) for column in ENRICHMENT)), left_out)


def _unfit(name: str, spark_type: str) -> str:
    if len(name.encode()) > NAME_BYTES:
        return f"its name has more than {NAME_BYTES} bytes"
    if "`" in spark_type:
        return "a field of it has a name that the catalog can't write"
    return f"its type has more than {TYPE_BYTES} bytes" if len(spark_type.encode()) > TYPE_BYTES else ""


def _story(name: str, last: Change | None) -> str:
    """What became of a column last, for its comment; the first version's columns have none."""
    if name == RESCUED:
        return _RESCUED_COMMENT
    if last is None or last.version <= 1:
        return ""
    before = f", {last.before} before" if last.before else ""
    return f"{last.kind} in version {last.version} ({last.at[:10]}){before}"


def description(schema: Schema, left_out: Iterable[str]) -> str:
    """What the table's description says."""
    files = {"folder": "the folder's files", "stem": "files of this name"}.get(
        schema.origin, "files that its contract claims"
    )
    missing = ", ".join(left_out)
    also = f". Not in the table, but in the Parquet files: {missing}" if missing else ""
    return cut(f"Rows of {files}, as they came: version {schema.version} of their columns{also}", DESCRIPTION_BYTES)
