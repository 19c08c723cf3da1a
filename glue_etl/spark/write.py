"""Writes staged rows as Parquet and bad rows as JSON lines, so that every object holds the rows of one file only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.spark.enrich import table_columns
from glue_etl.spark.names import FILE, PROBLEM, SOURCE, quote

ROW_GROUP_BYTES = 134_217_728
PAGE_BYTES = 1_048_576
_LAYOUT = (*PARTITION_COLUMNS, FILE)
# Nobody but this run reads the staging folder, and what was written is counted again: the faster commit is safe here,
# and markers would only be taken for data.
_COMMIT = {
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "mapreduce.fileoutputcommitter.algorithm.version": "2",
}


def write_staged(frame: DataFrame, uri: str) -> int:
    """Writes the rows without a problem; returns how many had one, counted on the way."""
    observation = Observation()
    watched = frame.observe(observation, F.count(F.col(PROBLEM)).alias("bad"))
    good = watched.where(F.col(PROBLEM).isNull()).select(*[F.col(quote(c)) for c in table_columns(frame)], *_LAYOUT)
    writer = good.write.partitionBy(*_LAYOUT).options(**_COMMIT).option("compression", "snappy")
    writer.option("parquet.block.size", ROW_GROUP_BYTES).option("parquet.page.size", PAGE_BYTES).parquet(uri)
    return int(observation.get["bad"])


def write_bad(frame: DataFrame, uri: str) -> None:
    """Writes the rows with a problem: every field of the source as text, and the problem."""
    bad = frame.where(F.col(PROBLEM).isNotNull()).select(f"{SOURCE}.*", PROBLEM, FILE)
    bad.write.partitionBy(FILE).options(**_COMMIT).option("ignoreNullFields", "false").json(uri)


def read_staged(spark: SparkSession, frame: DataFrame, uri: str | None) -> DataFrame:
    """What `write_staged` wrote of `frame`, from the objects themselves; without a uri nothing was written."""
    fields = [f for f in frame.schema.fields if f.name in table_columns(frame)]
    layout = [T.StructField(name, T.StringType()) for name in _LAYOUT]
    schema = T.StructType([*_nullable(fields), *layout])
    return spark.read.schema(schema).parquet(uri) if uri else spark.createDataFrame([], schema)


def _nullable(fields: Iterable[T.StructField]) -> list[T.StructField]:
    return [T.StructField(f.name, f.dataType, True) for f in fields]


def read_bad(spark: SparkSession, uri: str) -> DataFrame:
    """File and problem of the bad rows that `write_bad` wrote."""
    return spark.read.schema(
        T.StructType([T.StructField(PROBLEM, T.StringType()), T.StructField(FILE, T.StringType())])
    ).json(uri)


def objects_by_file(listing: Iterable[tuple[str, int]]) -> dict[str, tuple[str, ...]]:
    """The keys of a listing by the file whose rows they hold, sorted."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key, _ in listing:
        folder, _, name = key.rpartition("/")
        folder = folder.rpartition("/")[2]
        if name and folder.startswith(f"{FILE}="):  # without a name it is the marker of a directory, as S3A leaves them
            keys[folder.removeprefix(f"{FILE}=")].append(key)
    return {file: tuple(sorted(found)) for file, found in keys.items()}
