"""Runs transforms: reads what the manifest names, makes the rows, checks the declared rule, stages one file a part.

A part's trouble is its own. What a rule refuses, and what Spark can't make sense of, is not tried again; the rest is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS
from glue_etl.core.reasons import error_text, sentence
from glue_etl.core.transforming.conserving import Inexact, broken
from glue_etl.core.transforming.declarations import MERGE, Transform
from glue_etl.core.transforming.due import short
from glue_etl.core.transforming.runs import (
    FAILED,
    GONE,
    MADE,
    REFUSED,
    Part,
    PartResult,
    TransformManifest,
    TransformResult,
)
from glue_etl.spark.conserving import duplicates, figures_of
from glue_etl.spark.store import Store
from glue_etl.spark.transform_files import read_frame, write_file

ADDED = {*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS}


class Wrong(Exception):
    """The transform itself, or the rule that it declares, does not hold for these rows: trying again gives the same."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a transform in Python gets besides its inputs. `day`: the day that is made."""

    spark: SparkSession
    day: date
    transform: str
    environment: str = ""


Told = Callable[[Part, str, PartResult | None], None]
"""Hears of each part: its START, then its COMPLETE or FAIL with the result."""


@dataclass(frozen=True, slots=True)
class TransformRun:
    """One run's surroundings. `transforms`: those that are deployed, by name."""

    spark: SparkSession
    store: Store
    transforms: Mapping[str, Transform]
    told: Told

    def run(self, manifest: TransformManifest, run_id: str) -> TransformResult:
        """Does what the manifest says; every part of it gets a result."""
        results = tuple(self._told_part(manifest, run_id, part) for part in manifest.parts)
        return TransformResult(manifest.claim, run_id, results)

    def _told_part(self, manifest: TransformManifest, run_id: str, part: Part) -> PartResult:
        self.told(part, "START", None)
        result = self._part(manifest, run_id, part)
        self.told(part, "COMPLETE" if result.outcome == MADE else "FAIL", result)
        return result

    def _part(self, manifest: TransformManifest, run_id: str, part: Part) -> PartResult:
        transform = self.transforms.get(part.transform)
        if transform is None or transform.digest != part.digest:
            return PartResult(part.name, GONE, reason="another version of the transform was deployed meanwhile")
        try:
            return self._made(manifest, run_id, part, transform)
        except (Wrong, AnalysisException, ParseException) as error:
            return PartResult(part.name, REFUSED, reason=_reason(error))
        except Exception as error:  # noqa: BLE001  the code of the user's own may raise anything
            gone = "ObjectGone" in str(error)
            why = "an input was replaced while it was read" if gone else _reason(error)
            return PartResult(part.name, GONE if gone else FAILED, reason=why)

    def _made(self, manifest: TransformManifest, run_id: str, part: Part, transform: Transform) -> PartResult:
        frames = {
            name: read_frame(self.spark, self.store, manifest.curated, frame).cache()
            for name, frame in part.frames.items()
        }
        context = Context(self.spark, date.fromisoformat(part.day), transform.name, manifest.environment)
        rows = make(transform, frames, context).cache()
        try:
            figures = check(transform, frames["input"], rows)
            if part.base is not None:
                rows = merged(read_frame(self.spark, self.store, manifest.curated, part.base), rows, transform)
            uri = f"{manifest.staging}{run_id}/{part.transform}-{part.day}-{short(part.name)}.parquet"
            written = write_file(rows, self.store, uri)
            return PartResult(part.name, MADE, uri, written.digest, written.rows, figures)
        finally:
            for frame in (rows, *frames.values()):
                frame.unpersist()


def make(transform: Transform, frames: Mapping[str, DataFrame], context: Context) -> DataFrame:
    """The rows that a transform makes of `frames`, without the columns that the pipeline adds to every row."""
    by_name = {transform.inputs[0]: frames["input"], **frames}
    made = _sql(transform, by_name, context) if transform.kind == "sql" else _python(transform, by_name, context)
    return made.drop(*(name for name in made.columns if name.lower() in ADDED))


def _sql(transform: Transform, frames: Mapping[str, DataFrame], context: Context) -> DataFrame:
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    return context.spark.sql(transform.text)


def _python(transform: Transform, frames: Mapping[str, DataFrame], context: Context) -> DataFrame:
    names: dict[str, Any] = {"__name__": f"transforms.{transform.name}", "__file__": transform.file}
    exec(compile(transform.text, transform.file, "exec"), names)
    made = names["transform"](frames, context)
    if not isinstance(made, DataFrame):
        raise Wrong(f"{transform.file}: transform(inputs, context) must return a DataFrame, not {type(made).__name__}")
    return made


def check(transform: Transform, of_input: DataFrame, made: DataFrame) -> tuple[str, ...]:
    """The figures of the transform's rule, in words. Raises Wrong where they do not agree, or where a key is not unique."""
    if transform.materialise == MERGE and (twice := duplicates(made, transform.key)):
        raise Wrong(f"{transform.file}: the key {', '.join(transform.key)} is not unique in what it makes: {twice}")
    try:
        figures = figures_of(transform.conserves, of_input, made)
    except Inexact as error:
        raise Wrong(f"{transform.file}: conserves: {error}") from error
    if told := broken(figures):
        raise Wrong(f"{transform.file}: it does not conserve what it declares: {told}")
    return tuple(map(str, figures))


def merged(base: DataFrame, made: DataFrame, transform: Transform) -> DataFrame:
    """The rows of `base` whose key `made` does not have, and all of `made`."""
    own = base.drop(*(name for name in base.columns if name.lower() in ADDED))
    keys = made.select(*(F.col(f"`{name}`").alias(f"made {name}") for name in transform.key))
    same = [F.col(f"`{name}`").eqNullSafe(F.col(f"`made {name}`")) for name in transform.key]
    return made.unionByName(own.join(keys, same, "left_anti"), allowMissingColumns=True)


def _reason(error: Exception) -> str:
    """An error in one sentence; what it quotes of rows is marked, but for what this code says itself."""
    if isinstance(error, Wrong):
        return str(error)
    kind = "" if isinstance(error, PySparkException) else f"{type(error).__name__}: "
    return error_text(f"{kind}{sentence(str(error))}")
