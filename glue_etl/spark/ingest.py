"""One run: Spark's workers stage and audit the files of a manifest; the driver only cuts the work and brings results together.

Small files travel whole, many to a task. A large file is planned, surveyed, measured and staged by pieces, each step one Spark
job for the pieces of all large files, and audited as one file at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.datasets.drawn import expectations
from glue_etl.core.datasets.evolution import unlike_the_others
from glue_etl.core.datasets.protection import KeyRing
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.model import FileResult, Manifest, RunResult
from glue_etl.engine.fitting import table_for
from glue_etl.engine.model import PIECE_BYTES, Covered, FilePlan, Unsettled
from glue_etl.engine.open import format_module
from glue_etl.engine.places import Reading
from glue_etl.engine.results import StagedFile
from glue_etl.engine.stage import (
    Job,
    PieceResult,
    check_covered,
    is_untyped,
    no_columns,
    surveyed_whole,
    text_bytes,
)
from glue_etl.engine.types import decide
from glue_etl.spark import work
from glue_etl.spark.beyond import judge_beyond
from glue_etl.spark.store import Store
from glue_etl.spark.work import Failed, Input, Run, Share

TASKS_A_CORE = 1
"""Tasks of small files for each core: their bytes are about equal, and each task audits once, which has a price of its own."""
FEWEST_BYTES = 4 * 1024**2
"""A task of small files has at least so many bytes, where the files are many: each task audits once, which costs seconds."""

A = TypeVar("A")
B = TypeVar("B")


def run(
    spark: SparkSession,
    manifest: Manifest,
    run_id: str,
    store: Store,
    now: datetime,
    piece_bytes: int = PIECE_BYTES,
    ring: KeyRing | None = None,
) -> RunResult:
    """Does what the manifest says. Every file of it gets a result; an error that is no file's fault is raised.

    `ring`: where the keys of protected columns come from, where a contract has some.
    """
    this = Run(store, manifest.environment, f"{manifest.staging}{run_id}/", now, piece_bytes, ring)
    contracts = {n: parse_contract(c, f"datasets/{n}.yaml") for n, c in manifest.contracts.items()}
    schemas = {name: Schema.from_json(document) for name, document in manifest.schemas.items()}
    contracts |= {n: replace(contracts[n], drawn=expectations(suite, n)) for n, suite in manifest.suites.items()}
    profiled = frozenset(manifest.profiled)
    inputs = [
        Input(entry, contracts[entry.dataset], schemas.get(entry.dataset), entry.batch_id in profiled)
        for entry in manifest.files
    ]
    results = _ingest(spark, this, inputs)
    again = unlike_the_others(manifest, results)
    results |= _ingest(
        spark, this, [replace(each, schema=again[each.batch_id]) for each in inputs if each.batch_id in again]
    )
    results = judge_beyond(store, manifest, contracts, results)
    return RunResult(manifest.claim, run_id, tuple(results[f.batch_id] for f in manifest.files))


def _ingest(spark: SparkSession, this: Run, inputs: Sequence[Input]) -> dict[str, FileResult]:
    large = [each for each in inputs if _is_cut(each, this.piece_bytes)]
    small = [each for each in inputs if not _is_cut(each, this.piece_bytes)]
    found = ingest_small(spark, this, small) + ingest_large(spark, this, large)
    return {result.batch_id: result for result in found}


def _is_cut(each: Input, piece_bytes: int) -> bool:
    """A file with protected columns is read as a whole, however large: what it hides is judged on the machine that read it."""
    return each.entry.file.size > piece_bytes and not each.is_private


def ingest_small(spark: SparkSession, this: Run, inputs: Sequence[Input]) -> list[FileResult]:
    """Files that one task each can stage as a whole."""
    shares = pack(inputs, spark.sparkContext.defaultParallelism * TASKS_A_CORE)
    done = _each(spark, partial(work.ingest_whole, this), shares)
    return [result for results in done for result in results]


def pack(inputs: Sequence[Input], most: int) -> list[list[Input]]:
    """At most `most` shares of about equal bytes; files of one dataset stand together, as far as that allows."""
    total = sum(each.entry.file.size for each in inputs)
    count = max(1, min(most, len(inputs), -(-total // FEWEST_BYTES)))
    shares: list[list[Input]] = [[] for _ in range(count)]
    sizes = [0] * count
    for each in sorted(inputs, key=lambda each: -each.entry.file.size):
        lightest = min(range(count), key=lambda n: (sizes[n], len(shares[n])))
        shares[lightest].append(each)
        sizes[lightest] += each.entry.file.size + 1
    return [sorted(share, key=lambda each: each.entry.dataset) for share in shares if share]


def ingest_large(spark: SparkSession, this: Run, inputs: Sequence[Input]) -> list[FileResult]:
    """Files of many pieces, all at once: each step is one Spark job."""
    state = _Large(spark, this, inputs)
    state.plan()
    state.survey(state.going)
    state.measure()
    state.stage(state.going)
    return state.judge()


class _Large:
    """The large files of a run on their way; `results` has those that came to an end before it.

    A file whose surveys looked at parts of its pieces, and which is otherwise elsewhere, is surveyed as a whole then,
    and staged again.
    """

    def __init__(self, spark: SparkSession, this: Run, inputs: Sequence[Input]) -> None:
        self._spark, self._run = spark, this
        self._inputs = {each.batch_id: each for each in inputs}
        self._planned: dict[str, FilePlan] = {}
        self._plans: dict[str, FilePlan] = {}
        self._types: dict[str, list[str]] = {}
        self._files: dict[str, StagedFile] = {}
        self.results: dict[str, FileResult] = {}

    def plan(self) -> None:
        plans = _each(self._spark, partial(work.plan_large, self._run), list(self._inputs.values()))
        for batch_id, plan in zip(self._inputs, plans, strict=True):
            if isinstance(plan, Failed):
                self._end(batch_id, plan)
            else:
                self._planned[batch_id] = self._plans[batch_id] = plan

    def survey(self, batch_ids: Iterable[str]) -> None:
        unsettled = []
        for batch_id, surveys in self._of_pieces(work.survey, self._shares(batch_ids)).items():
            plan = self._plans[batch_id]
            try:
                settled = work.guarded(batch_id, partial(format_module(plan.format).settle, plan, surveys))
            except Unsettled:
                unsettled.append(batch_id)
                continue
            if isinstance(settled, Failed):
                self._end(batch_id, settled)
            else:
                self._plans[batch_id] = settled
        if unsettled:
            self._survey_whole(unsettled)

    def _survey_whole(self, batch_ids: Sequence[str]) -> None:
        for batch_id in batch_ids:
            plan = self._planned[batch_id]
            self._plans[batch_id] = replace(plan, options=surveyed_whole(plan.options))
        self.survey(batch_ids)

    def measure(self) -> None:
        untyped = [b for b, plan in self._plans.items() if is_untyped(plan, self._inputs[b].contract)]
        for batch_id, bits in self._of_pieces(work.measure, self._shares(untyped)).items():
            merged = [0] * len(self._plans[batch_id].schema)
            for piece in bits:
                merged = [a | b for a, b in zip(merged, piece, strict=True)]
            self._types[batch_id] = [decide(each) for each in merged]

    def stage(self, batch_ids: Sequence[str]) -> None:
        for batch_id in batch_ids:
            found = work.guarded(batch_id, partial(self._file, batch_id, self._plans[batch_id]))
            if isinstance(found, Failed):
                self._end(batch_id, found)
            else:
                self._files[batch_id] = found
        unsettled = []
        shares = self._shares(batch_id for batch_id in batch_ids if batch_id in self._files)
        for batch_id, pieces in self._of_pieces(work.stage_share, shares).items():
            if any(isinstance(piece, Unsettled) for piece in pieces):
                unsettled.append(batch_id)
                continue
            checked = work.guarded(batch_id, partial(self._checked, batch_id, pieces))
            if isinstance(checked, Failed):
                self._end(batch_id, checked)
        if unsettled:
            self._survey_whole(unsettled)
            self.stage([batch_id for batch_id in unsettled if batch_id in self._plans])

    @property
    def going(self) -> list[str]:
        """The files that have come to no end."""
        return list(self._plans)

    def judge(self) -> list[FileResult]:
        ready = [(self._inputs[batch_id], file) for batch_id, file in self._files.items()]
        threads = max(1, self._spark.sparkContext.defaultParallelism // max(1, len(ready)))
        judged = _each(self._spark, partial(_judge, self._run, threads), ready)
        return [*self.results.values(), *judged]

    def _file(self, batch_id: str, plan: FilePlan) -> StagedFile:
        if not len(plan.schema):
            raise no_columns(plan)
        each = self._inputs[batch_id]
        table = table_for(plan.schema, each.contract, self._types.get(batch_id, ()), each.schema)
        file = work.to_ingest(self._run, each, self._run.store.open(each.entry.file))
        told = (*plan.told, *table.told)
        origin = replace(file.origin, file_format=plan.format)
        reading = Reading(file.source, plan)
        return StagedFile(file.contract, origin, file.partition, file.waited, table, told, reading=reading)

    def _checked(self, batch_id: str, pieces: Sequence[PieceResult]) -> None:
        each, plan = self._inputs[batch_id], self._plans[batch_id]
        covered = sum((piece.covered for piece in pieces), Covered())
        source = self._run.store.open(each.entry.file)
        check_covered(covered, text_bytes(source, plan), source.name)
        self._files[batch_id] = replace(self._files[batch_id], pieces=tuple(pieces))

    def _shares(self, batch_ids: Any) -> list[Share]:
        shares = []
        for batch_id in batch_ids:
            file = self._files.get(batch_id)
            job = Job(file.contract, file.origin, file.table) if file else None
            plan = self._plans[batch_id]
            shares += [Share(self._inputs[batch_id], plan, piece, job) for piece in plan.pieces]
        return shares

    def _of_pieces(self, step: Callable[[Run, Share], Any], shares: Sequence[Share]) -> dict[str, list[Any]]:
        """What the step gives for the pieces of each file, in order; without the files that failed in it."""
        done = _each(self._spark, partial(step, self._run), shares)
        found: dict[str, list[Any]] = {}
        for share, result in zip(shares, done, strict=True):
            if isinstance(result, Failed):
                self._end(share.input.batch_id, result)
            else:
                found.setdefault(share.input.batch_id, []).append(result)
        return {batch_id: results for batch_id, results in found.items() if batch_id not in self.results}

    def _end(self, batch_id: str, failed: Failed) -> None:
        """The file goes no further. Of several pieces that failed, the first says why."""
        self.results.setdefault(batch_id, failed.result)
        self._plans.pop(batch_id, None)
        self._files.pop(batch_id, None)


def _judge(this: Run, threads: int, pair: tuple[Input, StagedFile]) -> FileResult:
    return work.judge_large(this, *pair, threads)


def _each(spark: SparkSession, step: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """`step` of each item, one task each, in order; no Spark job where there are none."""
    if not items:
        return []
    return list(spark.sparkContext.parallelize(items, len(items)).map(step).collect())
