"""Stages one group: one read of the source, one write of what is good, one audit of what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.datasets.contracts import Contract, Expectation
from glue_etl.core.datasets.quality import Outcome, judge
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FileResult
from glue_etl.spark.audit import audit, mark_failing
from glue_etl.spark.enrich import add_origin, derive, set_types, target_types, with_file_facts
from glue_etl.spark.groups import Group, Input
from glue_etl.spark.infer import Measured, measure
from glue_etl.spark.names import FILE, PROBLEM, PROCESSING_SECONDS
from glue_etl.spark.read import Source, read_group
from glue_etl.spark.store import ObjectStore
from glue_etl.spark.write import objects_by_file, read_bad, read_staged, write_bad, write_staged

# Above this the source is read twice (counted, then written) rather than kept beside Spark's own needs.
LARGEST_KEPT_BYTES = 4 * 1024**3
# Below this on average a file's bytes cost less than the nine requests that each further look at its Parquet takes.
SMALL_FILE_BYTES = 1024**2
LARGEST_INTERPRETED_BYTES = 4 * 1024**2
_BYTES_PER_SHUFFLE_PARTITION = 64 * 1024**2
_EMPTY = "the file has no rows; where that is right, set `empty_files: publish` in its contract"


@dataclass(frozen=True, slots=True)
class Run:
    """What all groups of a run share. `root` is the folder, ending in "/", below which the run writes."""

    spark: SparkSession
    objects: ObjectStore
    environment: str
    root: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a group whose columns have equal types: written and audited as one. `rows` are those read, by file."""

    run: Run
    group: Group
    name: str
    rows: Mapping[str, int]
    frame: DataFrame
    own_columns: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def contract(self) -> Contract:
        return self.group.contract

    def uri(self, kind: str) -> str:
        return f"{self.run.root}{kind}/{self.contract.dataset}/{self.name}/"


@dataclass(frozen=True, slots=True)
class Written:
    """The objects that hold a part's staged and bad rows, by file."""

    staged: Mapping[str, tuple[str, ...]]
    bad: Mapping[str, tuple[str, ...]]


def stage_group(run: Run, group: Group, name: str, schema: T.StructType | None) -> dict[str, FileResult]:
    """A result for every file of the group; an error means that the group, or one file in it, can't be read."""
    fit_to_size(run.spark, group.bytes)
    source = read_group(run.spark, group, schema)
    if group.bytes > LARGEST_KEPT_BYTES:
        return stage_source(run, group, name, source)
    source.frame.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        return stage_source(run, group, name, source)
    finally:
        source.frame.unpersist()


def fit_to_size(spark: SparkSession, size: int) -> None:
    """Shuffles by the group's bytes. Adaptive execution makes a job of each stage: for small groups that is all cost.

    So is compiling each stage to Java, below some megabytes.
    """
    partitions = max(1, min(400, size // _BYTES_PER_SHUFFLE_PARTITION))
    spark.conf.set("spark.sql.codegen.wholeStage", "true" if size > LARGEST_INTERPRETED_BYTES else "false")
    spark.conf.set("spark.sql.shuffle.partitions", partitions)
    spark.conf.set("spark.sql.adaptive.enabled", "true" if partitions > 1 else "false")


def stage_source(run: Run, group: Group, name: str, source: Source) -> dict[str, FileResult]:
    """Counts what was read, then stages it in parts of equal column types; files without rows are the contract's affair."""
    measured = measure(source.frame, source.untyped)
    empty = [f for f in group.by_id() if f not in measured] if group.contract.empty_files == "reject" else []
    results = {f: rejected(f, FileRejected("empty_file", _EMPTY)) for f in empty}
    for number, (types, items) in enumerate(_by_types(group, measured, results).items()):
        rows = {i.batch_id: measured.get(i.batch_id, Measured()).rows for i in items}
        part = _part(
            run, group.of(items), f"{name}-{number}", rows, source, dict(zip(source.untyped, types, strict=False))
        )
        results |= _stage(part)
    return results


def rejected(batch_id: str, error: FileRejected) -> FileResult:
    return FileResult(batch_id, "rejected", reasons=(f"{error.code}: {error.reason}",))


def _by_types(
    group: Group, measured: Mapping[str, Measured], done: Mapping[str, FileResult]
) -> dict[tuple[str, ...], list[Input]]:
    parts: dict[tuple[str, ...], list[Input]] = {}
    for item in group.inputs:
        if item.batch_id not in done:
            parts.setdefault(measured.get(item.batch_id, Measured()).types, []).append(item)
    return parts


def _part(
    run: Run, group: Group, name: str, rows: Mapping[str, int], source: Source, inferred: Mapping[str, str]
) -> Part:
    """The table's rows of these files, with `_problem` where one can't be in the table."""
    types = target_types(source, group.contract, inferred)
    own = tuple(dict.fromkeys((*types, *group.contract.derive)))
    mine = Source(source.frame.where(F.col(FILE).isin(*rows)), source.columns)
    frame = add_origin(derive(set_types(mine, types), group.contract), group, run.environment, run.now)
    if group.contract.on_failure == "quarantine_rows":
        frame = mark_failing(frame, group.contract.suite, own)
    missing = [
        f"column {name!r} of the contract is not in the file: it is null" for name in types if name not in source.types
    ]
    return Part(run, group, name, rows, frame, own, (*source.warnings, *missing))


def _stage(part: Part) -> dict[str, FileResult]:
    written = _write(part)
    staged = _staged(part, written)
    if part.group.bytes > SMALL_FILE_BYTES * len(part.rows):
        return _audited(part, written, staged)
    staged.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        return _audited(part, written, staged)
    finally:
        staged.unpersist()


def _audited(part: Part, written: Written, staged: DataFrame) -> dict[str, FileResult]:
    audited = _Audit(part, written, staged)
    return {f: _result(part, f, written, audited) for f in part.rows}


def _write(part: Part) -> Written:
    if not any(part.rows.values()):
        return Written({}, {})
    bad = write_staged(part.frame, part.uri("rows"))
    if bad:
        write_bad(part.frame, part.uri("bad"))
    listed = [
        objects_by_file(part.run.objects.list(part.uri(k))) if wanted else {}
        for k, wanted in (("rows", True), ("bad", bad))
    ]
    return Written(*listed)


class _Audit:
    """What the suite finds in what was written. Expectations on `_problem` see the bad rows too, all others do not."""

    def __init__(self, part: Part, written: Written, staged: DataFrame) -> None:
        rules = part.contract.suite
        of_problem = [r for r in rules if _names_problem(r)] if written.bad else []
        self._rows = audit(staged, [r for r in rules if r not in of_problem], part.own_columns)
        self._all = None
        if written.bad:
            bad = read_bad(part.run.spark, part.uri("bad"))
            self._all = audit(
                staged.select(PROBLEM, FILE).unionByName(bad), of_problem, (), {"example": F.min(PROBLEM)}
            )

    def outcomes(self, file: str) -> list[Outcome]:
        return [*self._rows.outcomes(file), *(self._all.outcomes(file) if self._all else [])]

    def staged(self, file: str) -> int:
        return self._rows.rows(file)

    def bad(self, file: str) -> int:
        return self._all.rows(file) - self._rows.rows(file) if self._all else 0

    def problems(self, file: str) -> list[str]:
        """How many rows are bad, and what is wrong with one of them (the first in alphabetical order: always the same)."""
        example = str(self._all.figure(file, "example") or "") if self._all else ""
        return [f"{self.bad(file)} bad rows, one of them: {example[:300]}"] if example else []


def _names_problem(rule: Expectation) -> bool:
    return rule.kwargs.get("column") == PROBLEM


def _staged(part: Part, written: Written) -> DataFrame:
    """The staged rows as they were written, with the columns that only an audit sees."""
    frame = read_staged(part.run.spark, part.frame, part.uri("rows") if written.staged else None)
    seconds = {i.batch_id: {PROCESSING_SECONDS: _waited(part.run, i)} for i in part.group.inputs}
    return with_file_facts(frame.withColumn(PROBLEM, F.lit(None).cast("string")), seconds)


def _waited(run: Run, item: Input) -> float:
    """Seconds from the file's arrival to this run."""
    return (run.now - datetime.fromisoformat(item.entry.file.arrived_at)).total_seconds()


def _result(part: Part, file: str, written: Written, audited: _Audit) -> FileResult:
    return FileResult(
        batch_id=file,
        outcome="staged",
        rows_read=part.rows[file],
        rows_staged=audited.staged(file),
        rows_bad=audited.bad(file),
        objects=written.staged.get(file, ()),
        bad_rows=written.bad.get(file, ()),
        reasons=(*part.warnings, *audited.problems(file)),
        verdict=judge(part.contract, audited.outcomes(file)),
    )
