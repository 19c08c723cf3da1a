"""A dataset's schema as Iceberg's: the data's columns, the pipeline's, and the day that tables are partitioned by.

Data files carry no field ids: readers find their columns by the table's name mapping ("Column Projection", Iceberg table spec).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema as TableSchema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)

from glue_etl.core.datasets.catalog import ENRICHMENT, table_columns
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Terminal
from glue_etl.core.files.model import PARTITION_COLUMNS

_PRIMITIVES: dict[str, IcebergType] = {
    **dict.fromkeys(("tinyint", "byte", "smallint", "short", "int", "integer"), IntegerType()),
    **dict.fromkeys(("bigint", "long"), LongType()),
    "string": StringType(), "boolean": BooleanType(), "float": FloatType(), "double": DoubleType(), "date": DateType(),
    "timestamp": TimestamptzType(), "timestamp_ntz": TimestampType(), "binary": BinaryType(),
}  # fmt: skip
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_FIRST_PARTITION_FIELD = 1000


def columns_of(schema: Schema) -> dict[str, str]:
    """Name -> Spark SQL type of all columns that the table has; those that no catalog takes are in the data files alone."""
    left_out = table_columns(schema).left_out
    own = {column.name: column.type for column in schema.columns if column.name not in left_out}
    day = dict.fromkeys(PARTITION_COLUMNS, "string")
    return own | {name: kind for name, kind, _ in ENRICHMENT} | day


def table_schema(schema: Schema) -> TableSchema:
    """The schema of a table that is to be made."""
    ids = count(1)
    return TableSchema(
        *(NestedField(next(ids), name, iceberg_type(kind, ids)) for name, kind in columns_of(schema).items())
    )


def day_spec(schema: TableSchema) -> PartitionSpec:
    """Partitioned by year, month and day as they are: queries keep the shape that they have on plain Parquet."""
    return PartitionSpec(
        *(
            PartitionField(schema.find_field(name).field_id, _FIRST_PARTITION_FIELD + n, IdentityTransform(), name)
            for n, name in enumerate(PARTITION_COLUMNS)
        )
    )


def iceberg_type(spark_type: str, ids: Iterator[int]) -> IcebergType:
    """Iceberg's type for a Spark SQL type; `ids` number what is nested. Raises Terminal for one that Iceberg does not have."""
    name = spark_type.strip()
    if name.lower() in _PRIMITIVES:
        return _PRIMITIVES[name.lower()]
    if digits := _DECIMAL.fullmatch(name.lower()):
        return DecimalType(int(digits[1]), int(digits[2]))
    outer, inner = name.partition("<")[0].strip().lower(), name[name.find("<") + 1 : -1]
    if name.endswith(">") and outer in ("array", "map", "struct"):
        return _nested(outer, _split(inner, ","), ids)
    raise Terminal(
        f"Iceberg has no type for {spark_type}: set the column's type in a contract, or table_format: parquet"
    )


def _nested(outer: str, parts: list[str], ids: Iterator[int]) -> IcebergType:
    if outer == "array":
        return ListType(next(ids), iceberg_type(parts[0], ids), element_required=False)
    if outer == "map":
        key, value = next(ids), next(ids)
        kinds = [iceberg_type(part, ids) for part in parts]
        return MapType(key, kinds[0], value, kinds[1], value_required=False)
    fields = [_split(part, ":", 1) for part in parts]
    return StructType(*(NestedField(next(ids), _plain(name), iceberg_type(kind, ids)) for name, kind in fields))


def _split(text: str, at: str, most: int = -1) -> list[str]:
    """Parts between separators that stand neither within <>, () nor `quotes`."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == "`"
        depth += 0 if quoted else (letter in "<(") - (letter in ">)")
        if letter == at and not depth and not quoted and len(parts) - 1 != most:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _plain(name: str) -> str:
    name = name.strip()
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
