"""Names of Spark's types, as `expect_column_values_to_be_of_type` takes them: what Spark calls the type of an Arrow column."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.types as kinds

from glue_etl.engine.audit.model import Impossible

_ANCESTORS = {
    "ByteType": "IntegralType",
    "ShortType": "IntegralType",
    "IntegerType": "IntegralType",
    "LongType": "IntegralType",
    "FloatType": "FractionalType",
    "DoubleType": "FractionalType",
    "DecimalType": "FractionalType",
    "IntegralType": "NumericType",
    "FractionalType": "NumericType",
    "NumericType": "AtomicType",
    "StringType": "AtomicType",
    "CharType": "AtomicType",
    "VarcharType": "AtomicType",
    "BinaryType": "AtomicType",
    "BooleanType": "AtomicType",
    "DateType": "AtomicType",
    "TimestampType": "AtomicType",
    "TimestampNTZType": "AtomicType",
    "AtomicType": "DataType",
    "ArrayType": "DataType",
    "MapType": "DataType",
    "StructType": "DataType",
    "NullType": "DataType",
    "DataType": "",
}
_OF_ARROW = (
    ("ByteType", kinds.is_int8),
    ("ShortType", lambda t: kinds.is_int16(t) or kinds.is_uint8(t)),
    ("IntegerType", lambda t: kinds.is_int32(t) or kinds.is_uint16(t)),
    ("LongType", lambda t: kinds.is_int64(t) or kinds.is_uint32(t)),
    ("DecimalType", lambda t: kinds.is_decimal(t) or kinds.is_uint64(t)),
    ("FloatType", lambda t: kinds.is_float32(t) or kinds.is_float16(t)),
    ("DoubleType", kinds.is_float64),
    ("BooleanType", kinds.is_boolean),
    ("StringType", lambda t: kinds.is_string(t) or kinds.is_large_string(t) or kinds.is_string_view(t)),
    ("DateType", kinds.is_date),
    ("TimestampType", lambda t: kinds.is_timestamp(t) and t.tz is not None),
    ("TimestampNTZType", kinds.is_timestamp),
    ("MapType", kinds.is_map),
    ("ArrayType", lambda t: kinds.is_list(t) or kinds.is_large_list(t) or kinds.is_fixed_size_list(t)),
    ("StructType", kinds.is_struct),
    ("NullType", kinds.is_null),
)


def spark_type(type_: pa.DataType) -> str:
    """The class of pyspark.sql.types that a Parquet column of this type has in Spark."""
    if kinds.is_dictionary(type_):
        return spark_type(type_.value_type)
    return next((name for name, holds in _OF_ARROW if holds(type_)), "BinaryType")


def is_one_of(type_: pa.DataType, names: Iterable[str]) -> bool:
    """Whether Spark's type of the column is one of these or below one; Impossible where Spark knows none of the names."""
    known = [name for name in names if name in _ANCESTORS]
    if not known:
        raise Impossible("No recognized spark types in expected_types_list")
    kind = spark_type(type_)
    while kind and kind not in known:
        kind = _ANCESTORS[kind]
    return bool(kind)
