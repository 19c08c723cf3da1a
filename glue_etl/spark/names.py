"""The internal column names, and how a name is written in Spark SQL."""

from __future__ import annotations

from glue_etl.core.datasets.quality import BAD_ROW_COLUMN

FILE = "_file"
PROBLEM = BAD_ROW_COLUMN
PROCESSING_SECONDS = "_processing_seconds"
RAW = "_raw"
SOURCE = "_source"


def quote(name: str) -> str:
    """The name as it stands in Spark SQL."""
    return "`" + name.replace("`", "``") + "`"
