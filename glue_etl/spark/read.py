"""Reads a group of files as one frame: the source's columns under usable names, `_raw` where a row is broken, and `_file`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.errors import FileRejected
from glue_etl.engine.columns import name_columns
from glue_etl.spark.groups import Group
from glue_etl.spark.names import FILE, RAW, quote

# A text that no file holds, so that an absent value (null) and a quoted empty one ("") can be told apart.
_ABSENT = "\ue000absent\ue000"
NANOSECONDS = "nanoseconds"
_NUMERIC = re.compile(r"[+-]?\d+([.,]\d+)?")
_FILE_OF_PATH = r"/input/([0-9a-f-]{36})/"


@dataclass(frozen=True, slots=True)
class Source:
    """A group as it was read. `columns` are the source's own, in order; `untyped` of them are text that may be inferred."""

    frame: DataFrame
    columns: tuple[T.StructField, ...]
    untyped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def types(self) -> dict[str, T.DataType]:
        return {c.name: c.dataType for c in self.columns}


def read_group(spark: SparkSession, group: Group, schema: T.StructType | None = None) -> Source:
    """The group as a frame; nothing is read yet. `schema` is what a probe found in files that describe themselves."""
    if group.detection.format == "csv":
        return read_csv(spark, group)
    if schema is None or not schema.fields:
        raise FileRejected("no_columns", "no columns were found in the file")
    return read_json(spark, group, schema) if group.detection.format == "json" else read_columnar(spark, group, schema)


def read_csv(spark: SparkSession, group: Group) -> Source:
    """All columns as text, by their place. Rows with too few or too many fields keep their text in `_raw`."""
    header = csv_header(spark, group)
    names, warnings = name_columns(header, promised_names(group))
    text = [T.StructField(name, T.StringType()) for name in names]
    frame = _csv_reader(spark, group).schema(T.StructType([*text, T.StructField(RAW, T.StringType())])).csv(group.uris)
    blank = F.coalesce(F.col(RAW).rlike(r"^\s*$"), F.lit(False))
    nulls = [F.when(~_is_null(name, group), F.col(quote(name))).alias(name) for name in names]
    kept = frame.withColumn(FILE, file_of_row()).where(~blank).select(*nulls, RAW, FILE)
    untyped = () if group.contract.columns else tuple(names)
    return Source(kept, tuple(text), untyped, (*warnings, *_doubts(header)))


def _doubts(header: list[str]) -> list[str]:
    """A first row of numbers alone is hardly a header, but only a person can know."""
    if not header or not all(_NUMERIC.fullmatch(name.strip()) for name in header):
        return []
    return [
        f"the first row ({', '.join(header)[:100]}) was taken for the header: a CSV file needs a row of column names"
    ]


def _is_null(name: str, group: Group) -> Column:
    return F.coalesce(F.col(quote(name)).isin(*group.contract.csv.null_values), F.lit(False))


def _csv_reader(spark: SparkSession, group: Group) -> DataFrameReader:
    csv, detection = group.contract.csv, group.detection
    return spark.read.options(
        header=True,
        sep=detection.delimiter if csv.delimiter == "auto" else csv.delimiter,
        encoding=detection.encoding,
        # Spark can split a file at line ends only where those cannot be inside quotes, and only in UTF-8.
        multiLine=csv.multiline or detection.encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"),
        quote='"',
        escape='"',
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=RAW,
        nullValue=_ABSENT,
        emptyValue="",
        maxColumns=20480,
    )


def csv_header(spark: SparkSession, group: Group) -> list[str]:
    """The header's names. Detection knows them unless the header is longer than the part of the file that it read."""
    if group.detection.columns:
        return list(group.detection.columns)
    first = _csv_reader(spark, group).options(header=False).csv(group.uris[0]).first()
    if first is None:
        raise FileRejected("no_columns", "the file has no header line")
    return [name or "" for name in first]


def read_json(spark: SparkSession, group: Group, schema: T.StructType) -> Source:
    """One row for each object; a line that is no JSON object keeps its text in `_raw`."""
    frame = (
        _json_reader(spark, group)
        .schema(T.StructType([*schema.fields, T.StructField(RAW, T.StringType())]))
        .json(group.uris)
    )
    return _named(frame.withColumn(FILE, file_of_row()), schema, group)


def infer_json(spark: SparkSession, group: Group) -> T.StructType:
    """The columns of the group's JSON, as Spark finds them; under a contract all plain values are read as text first."""
    found = _json_reader(spark, group).json(group.uris).schema
    fields = [T.StructField(f.name, _writable(f.dataType)) for f in found.fields if f.name != RAW]
    if not fields and RAW in found.names:
        raise FileRejected("not_json", "no JSON object could be read: the text is cut short, or is not JSON")
    if RAW in found.names and group.detection.json_layout == "document":
        raise FileRejected("not_json", "the JSON document is cut short or broken, so that none of it can be trusted")
    return T.StructType(fields)


def _writable(kind: T.DataType) -> T.DataType:
    """The type with all that Parquet can't hold (an object without fields) as its JSON text."""
    if isinstance(kind, T.StructType):
        fields = [T.StructField(f.name, _writable(f.dataType)) for f in kind.fields]
        return T.StructType(fields) if fields else T.StringType()
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(_writable(kind.elementType))
    return T.StringType() if isinstance(kind, T.NullType) else kind


def _json_reader(spark: SparkSession, group: Group) -> DataFrameReader:
    detection = group.detection
    reader = spark.read.options(
        multiLine=detection.json_layout == "document",
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=RAW,
        primitivesAsString=bool(group.contract.columns),
        encoding=detection.encoding,
    )
    return reader if detection.encoding.lower() in ("utf-8", "utf8") else reader.option("lineSep", "\n")


def read_columnar(spark: SparkSession, group: Group, schema: T.StructType) -> Source:
    """Parquet, ORC and Avro: the files' own types, but nanoseconds as timestamps and local times as UTC."""
    frame = spark.read.format(group.detection.format).schema(schema).load(group.uris)
    named = _named(frame.withColumn(RAW, F.lit(None).cast("string")).withColumn(FILE, file_of_row()), schema, group)
    return replace(named, warnings=(*named.warnings, *_cut_columns(frame, schema)))


def _cut_columns(frame: DataFrame, schema: T.StructType) -> list[str]:
    """A warning for each column of nanoseconds with a value that microseconds can't hold: a look at these columns alone."""
    finer = [f.name for f in schema.fields if f.metadata.get(NANOSECONDS)]
    if not finer:
        return []
    (found,) = frame.agg(
        *[F.max(F.col(quote(name)) % 1000 != 0).alias(f"c{n}") for n, name in enumerate(finer)]
    ).collect()
    cut = [name for name, is_cut in zip(finer, found, strict=True) if is_cut]
    return [f"column {name!r} has nanoseconds: its times were cut to microseconds" for name in cut]


def _named(frame: DataFrame, schema: T.StructType, group: Group) -> Source:
    """The frame with usable column names; local times are taken as UTC, as everywhere in the product."""
    names, warnings = name_columns(schema.names, promised_names(group))
    columns = [_moment(field).alias(new) for field, new in zip(schema.fields, names, strict=True)]
    named = frame.select(*columns, RAW, FILE)
    fields = tuple(f for f in named.schema.fields if f.name not in (RAW, FILE))
    return Source(named, fields, (), tuple(warnings))


def _moment(field: T.StructField) -> Column:
    """The column, with times as timestamps: from nanoseconds (cut to Spark's microseconds) and from local times."""
    column = F.col(quote(field.name))
    if field.metadata.get(NANOSECONDS):
        return F.expr(f"timestamp_micros(({quote(field.name)} - pmod({quote(field.name)}, 1000)) div 1000)")
    return column.cast("timestamp") if isinstance(field.dataType, T.TimestampNTZType) else column


def file_of_row() -> Column:
    """The batch_id of the row's file: it is a folder of the pinned copy's path."""
    return F.regexp_extract(F.input_file_name(), _FILE_OF_PATH, 1)


def promised_names(group: Group) -> Iterable[str]:
    return [c.name for c in group.contract.columns]
