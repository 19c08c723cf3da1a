"""Runs the tests of transforms on this machine: a small Spark of its own, the cases of `transforms/tests/<name>/`."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from glue_etl.core.documents import Document
from glue_etl.core.transforming.declarations import BadTransform, Transform
from glue_etl.spark.session import configure
from glue_etl.spark.transform_cases import Case, Rows, Tried, try_case
from local.java import java_home

FOLDER = Path("transforms", "tests")
_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Duser.timezone=UTC"
_SILENT = """rootLogger.level = off
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
"""
"""Log4j's configuration; Spark takes one without an appender for none."""
FIELDS = ("description", "day", "given", "present", "expect")


def cases_of(root: Path, transform: Transform) -> list[Case]:
    """The cases of a transform, by name. Raises BadTransform with the file for one that can't be read."""
    return [_case(root, path, transform) for path in sorted((root / FOLDER / transform.name).glob("*.yaml"))]


def _case(root: Path, path: Path, transform: Transform) -> Case:
    where = path.relative_to(root).as_posix()
    try:
        document = Document(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, where, BadTransform)
    except yaml.YAMLError as error:
        raise BadTransform(f"{where}: this is no YAML: {' '.join(str(error).split())}") from error
    document.only(FIELDS)
    given = document.below("given")
    given.only(transform.reads)
    if "expect" not in document.values:
        raise BadTransform(f"{where}: field 'expect' is missing: the rows that come out, or a CSV file beside this one")
    rows = {name: _rows(path, given, name) for name in given.values}
    day = str(document.values.get("day", "2024-01-31"))
    present = _rows(path, document, "present") if "present" in document.values else ()
    return Case(path.stem, day, rows, _rows(path, document, "expect"), present)


def _rows(path: Path, document: Document, name: str) -> Rows:
    """Rows as they stand there, or those of a CSV file beside; an empty cell is null."""
    said = document.values[name]
    if isinstance(said, str):
        with (path.parent / said).open(newline="", encoding="utf-8") as content:
            return [{k: v if v != "" else None for k, v in row.items()} for row in csv.DictReader(content)]
    if not isinstance(said, list) or not all(isinstance(row, Mapping) for row in said):
        raise BadTransform(
            f"{document.where}: field {name!r} must be a list of rows, or the name of a CSV file beside this one"
        )
    return said


def try_all(root: Path, transforms: Sequence[Transform]) -> Iterator[tuple[Transform, Tried]]:
    """What came of each case of these transforms."""
    found = [(transform, case) for transform in transforms for case in cases_of(root, transform)]
    if not found:
        return
    with tempfile.TemporaryDirectory() as folder, _spark(Path(folder)) as spark:
        for transform, case in found:
            yield transform, try_case(spark, transform, case)


@contextmanager
def _spark(folder: Path) -> Iterator[Any]:
    """Made for a few rows: one core's work, nothing on the console, no port but this machine's."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("JAVA_HOME", str(java_home()))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # The JVM's own first words come before anybody could set a level.
    silent = folder / "log4j2.properties"
    silent.write_text(_SILENT)
    settings: dict[str, Any] = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"{_JVM} -Dlog4j2.configurationFile=file:{silent}",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    lent = SparkSession.getActiveSession()
    spark = lent or configure(
        SparkSession.builder.master("local[1]").appName("transform tests").config(map=settings).getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        if lent is None:
            spark.stop()
