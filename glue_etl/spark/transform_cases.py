"""Tries a transform on a few rows that are given, and compares what comes out with the rows that are expected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructType

from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.core.reasons import sentence
from glue_etl.core.transforming.declarations import MERGE, Transform
from glue_etl.spark.transform_files import struct_of
from glue_etl.spark.transforms import Context, Wrong, check, make, merged

Rows = Sequence[Mapping[str, Any]]
ROWS_TOLD = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One test: rows of the inputs, by dataset, and those expected. `present`: the output as it is, of one that merges."""

    name: str
    day: str
    given: Mapping[str, Rows]
    expect: Rows
    present: Rows = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a case: `error`, or rows that are `missing` and that nobody expected (`beside`); nothing where it passed."""

    case: Case
    error: str = ""
    missing: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    figures: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return not (self.error or self.missing or self.beside)


def try_case(spark: SparkSession, transform: Transform, case: Case) -> Tried:
    """Run the transform on the case's rows, with its rule checked, as a run of the job does."""
    try:
        frames = {
            name: _frame(spark, transform.columns.get(name, {}), case.given.get(name, ()), case.day)
            for name in transform.reads
        }
        frames["input"] = frames[transform.inputs[0]]
        made = make(transform, frames, Context(spark, date.fromisoformat(case.day), transform.name, "test"))
        figures = check(transform, frames["input"], made)
        if transform.materialise == MERGE:
            kinds = {f.name: f.dataType.simpleString() for f in made.schema}
            made = merged(_frame(spark, kinds, case.present, case.day), made, transform)
        return _compared(spark, case, made, figures)
    except Wrong as error:
        return Tried(case, str(error))
    except PySparkException as error:
        return Tried(case, sentence(str(error)))
    except Exception as error:  # noqa: BLE001  the code of the user's own may raise anything
        return Tried(case, f"{type(error).__name__}: {error}")


def _frame(spark: SparkSession, columns: Mapping[str, str], rows: Rows, day: str) -> DataFrame:
    """The rows as a frame of these columns; what nobody promises is taken as it is written. The day is the case's."""
    names = dict.fromkeys([*columns, *(name for row in rows for name in row)])
    kinds = {name: columns.get(name) or _kind(rows, name) for name in names}
    days = dict(zip(PARTITION_COLUMNS, day.split("-"), strict=True))
    return _typed(spark, struct_of(spark, kinds), [{**days, **row} for row in rows])


def _kind(rows: Rows, name: str) -> str:
    kinds = {type(row[name]) for row in rows if row.get(name) is not None}
    found = {bool: "boolean", int: "bigint", float: "double", date: "date"}
    return found.get(next(iter(kinds)), "string") if len(kinds) == 1 else "string"


def _typed(spark: SparkSession, struct: StructType, rows: Rows) -> DataFrame:
    """Rows whose values are written as text, read as Spark casts text; lists and mappings as JSON."""
    texts = [tuple(_text(row.get(f.name)) for f in struct) for row in rows]
    ddl = ", ".join(f"`{f.name}` string" for f in struct)
    frame = spark.createDataFrame(texts, ddl)
    return frame.select(*(_read(f.name, f.dataType) for f in struct))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def _read(name: str, kind: DataType) -> Any:
    column = F.col(f"`{name}`")
    if kind.typeName() in ("array", "map", "struct"):
        return F.from_json(column, kind.simpleString()).alias(name)
    return column if isinstance(kind, StringType) else column.cast(kind).alias(name)


def _compared(spark: SparkSession, case: Case, made: DataFrame, figures: tuple[str, ...]) -> Tried:
    names = list(dict.fromkeys(name for row in case.expect for name in row)) or made.columns
    lacking = [name for name in names if name not in made.columns]
    if lacking:
        return Tried(
            case, f"it gives no column {', '.join(lacking)}; there are {', '.join(made.columns)}", figures=figures
        )
    found = made.select(*names)
    wanted = _typed(spark, found.schema, case.expect)
    return Tried(case, "", _told(wanted.exceptAll(found)), _told(found.exceptAll(wanted)), figures)


def _told(rows: DataFrame) -> tuple[str, ...]:
    texts = rows.select(*(F.col(f"`{name}`").cast("string").alias(name) for name in rows.columns)).collect()
    told = [", ".join(f"{name}: {value}" for name, value in row.asDict().items()) for row in texts]
    return tuple(sorted(told)[:ROWS_TOLD])
