"""Types of a copy in Redshift: what becomes of the catalog's, and how the warehouse names its own when it is asked.

"Data types", Amazon Redshift Database Developer Guide. Nested values are SUPER; a text has at most 65,535 bytes there, binary
values 1,024,000. Times are UTC, as they are published.
"""

from __future__ import annotations

import re

from glue_etl.core.datasets.catalog import catalog_type
from glue_etl.core.files.parquet_footer import NESTED

VARCHAR, SUPER, VARBYTE = "VARCHAR(65535)", "SUPER", "VARBYTE(1024000)"
_TYPES = {
    "tinyint": "SMALLINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "float": "REAL",
    "double": "DOUBLE PRECISION", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "string": VARCHAR,
    "binary": VARBYTE, NESTED: SUPER,
}  # fmt: skip
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
# As information_schema.columns says them.
_TOLD = {
    "character varying": VARCHAR, "super": SUPER, "binary varying": VARBYTE, "varbyte": VARBYTE,
    "timestamp without time zone": "TIMESTAMP",
}  # fmt: skip


def warehouse_type(kind: str) -> str:
    """The type in the copy of a column of the catalog's (or Spark's) type `kind`."""
    name = catalog_type(kind)
    if decimal := _DECIMAL.fullmatch(name):
        return f"DECIMAL({decimal[1]},{decimal[2]})"
    return _TYPES.get(name, SUPER if name.startswith(("array<", "map<", "struct<")) else VARCHAR)


def told_type(data_type: str, precision: int | None, scale: int | None) -> str:
    """The type of a column as the warehouse's information schema tells it."""
    name = data_type.lower()
    if name in ("numeric", "decimal"):
        return f"DECIMAL({precision},{scale})"
    return _TOLD.get(name, name.upper())
