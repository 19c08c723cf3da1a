"""What files say of themselves: schemas from their footers or headers, read by the driver without a Spark job.

Files are then grouped by equal schema, so that a file's types never depend on its neighbours in the run.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from glue_etl.core.errors import FileRejected
from glue_etl.spark.faults import diagnose, is_of_the_world, reject_unexplained
from glue_etl.spark.groups import Group, Input
from glue_etl.spark.read import NANOSECONDS, infer_json

THREADS = 8
# A column of the file itself (a field inside another is indented further) as parquet-mr prints it.
_NANOSECONDS = re.compile(r"^  (?:optional|required) int64 (.+) \(TIMESTAMP\(NANOS,(?:true|false)\)\)", re.MULTILINE)
# The types that Spark 3.5 has none for, "Data Type Mapping" of its Parquet page.
_UNREADABLE = re.compile(r"^  (?:optional|required) \S+ (.+ \((?:TIME\(\w+,\w+\)|INTERVAL)\))", re.MULTILINE)


def split_by_schema(
    spark: SparkSession, group: Group
) -> tuple[list[tuple[Group, T.StructType | None]], dict[str, FileRejected]]:
    """Groups of equal schema, and the files that have none that can be read, each with its reason."""
    if group.detection.format == "csv":
        return [(group, None)], {}
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda item: _probed(spark, group, item), group.inputs))
    rejected: dict[str, FileRejected] = {}
    unexplained: dict[str, Exception] = {}
    members: dict[str, list[Input]] = defaultdict(list)
    for item, signature in zip(group.inputs, found, strict=True):
        if isinstance(signature, str):
            members[signature].append(item)
        else:
            _blame([item], signature, rejected, unexplained)
    groups: list[tuple[Group, T.StructType | None]] = []
    for signature, items in members.items():
        try:
            groups.append((group.of(items), _schema(spark, group.of(items), signature)))
        except (Py4JJavaError, PySparkException) as error:
            _blame(items, _explained(error, signature), rejected, unexplained)
    if unexplained and not groups:
        raise next(iter(unexplained.values()))
    return groups, rejected | {batch_id: reject_unexplained(error) for batch_id, error in unexplained.items()}


def _probed(spark: SparkSession, group: Group, item: Input) -> str | Exception:
    try:
        return _SIGNATURES[group.detection.format](spark, group.of([item]))
    except FileRejected as error:
        return error
    except (Py4JJavaError, PySparkException) as error:
        return _explained(error)


def _explained(error: Exception, signature: str = "") -> Exception:
    """The error as the file's, if it is known to be; an error of the world goes on up and fails the run."""
    if is_of_the_world(error):
        raise error
    known = diagnose(error)
    return _naming_columns(FileRejected(*known), signature) if known else error


def _blame(
    items: list[Input], error: Exception, rejected: dict[str, FileRejected], unexplained: dict[str, Exception]
) -> None:
    for item in items:
        if isinstance(error, FileRejected):
            rejected[item.batch_id] = error
        else:
            unexplained[item.batch_id] = error


def _naming_columns(rejection: FileRejected, signature: str) -> FileRejected:
    """Spark says of a column that it can't read only the type; the footer has the name."""
    columns = ", ".join(_UNREADABLE.findall(signature)) if rejection.code == "unreadable_column" else ""
    return FileRejected(rejection.code, f"{rejection.reason}: {columns}") if columns else rejection


def _parquet(spark: SparkSession, group: Group) -> str:
    jvm, path, conf = _at(spark, group)
    footer = jvm.org.apache.parquet.hadoop.ParquetFileReader.readFooter(conf, path)
    return str(footer.getFileMetaData().getSchema().toString())


def _orc(spark: SparkSession, group: Group) -> str:
    jvm, path, conf = _at(spark, group)
    reader = jvm.org.apache.orc.OrcFile.createReader(path, jvm.org.apache.orc.OrcFile.readerOptions(conf))
    try:
        return str(reader.getSchema().toString())
    finally:
        reader.close()


def _avro(spark: SparkSession, group: Group) -> str:
    jvm, path, conf = _at(spark, group)
    source = jvm.org.apache.avro.mapred.FsInput(path, conf)
    reader = jvm.org.apache.avro.file.DataFileReader(source, jvm.org.apache.avro.generic.GenericDatumReader())
    try:
        return str(reader.getSchema().toString())
    finally:
        reader.close()


def _json(spark: SparkSession, group: Group) -> str:
    return infer_json(spark, group).json()


def _at(spark: SparkSession, group: Group) -> tuple[Any, Any, Any]:
    jvm: Any = spark._jvm
    return jvm, jvm.org.apache.hadoop.fs.Path(group.uris[0]), spark._jsparkSession.sessionState().newHadoopConf()


_SIGNATURES: dict[str, Callable[[SparkSession, Group], str]] = {
    "parquet": _parquet,
    "orc": _orc,
    "avro": _avro,
    "json": _json,
}


def _schema(spark: SparkSession, group: Group, signature: str) -> T.StructType:
    """The Spark schema of files with this signature; for nothing but JSON Spark reads it from the first file again."""
    if group.detection.format == "json":
        return T.StructType.fromJson(json.loads(signature))
    schema = spark.read.format(group.detection.format).load(group.uris[0]).schema
    nanoseconds = set(_NANOSECONDS.findall(signature)) if group.detection.format == "parquet" else set()
    marked = [T.StructField(f.name, f.dataType, True, {NANOSECONDS: f.name in nanoseconds}) for f in schema.fields]
    return T.StructType(marked)
