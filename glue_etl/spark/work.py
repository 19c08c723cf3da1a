"""What the tasks of a run do, each function in one Python process of a worker: no Spark in here, only the engine and the store.

A file's own faults end as its result; the world's errors (network, disk, memory) are raised and fail the run.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.drawn import FILE_BYTES, PROFILED_ROWS, bounded, without_values
from glue_etl.core.datasets.protection import KeyRing, without_findings
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import BadContract, FileRejected, RowsNotConserved, Terminal, Transient
from glue_etl.core.files.model import FileResult, ManifestFile
from glue_etl.core.formats.rejections import REJECTIONS, unforeseen
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.model import PIECE_BYTES, ByteSource, FilePlan, Piece, Unsettled
from glue_etl.engine.open import format_module, open_format
from glue_etl.engine.results import StagedFile, rejected, results_of, row_rule, rows_of
from glue_etl.engine.sources import at_hand
from glue_etl.engine.stage import Job, PieceResult, measure_piece, options_of, stage_piece
from glue_etl.spark.store import Store

if TYPE_CHECKING:
    from glue_etl.engine.audit import Limits

LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """What all tasks of a run share. `root` is the uri, ending in "/", below which the run writes.

    Files above `piece_bytes` are cut into pieces of about this size. `ring`: where keys of protected columns come from.
    """

    store: Store
    environment: str
    root: str
    now: datetime
    piece_bytes: int = PIECE_BYTES
    ring: KeyRing | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A file of the manifest with its contract, its dataset's schema where one is kept, and whether it is to be profiled."""

    entry: ManifestFile
    contract: Contract
    schema: Schema | None = None
    profiled: bool = False

    @property
    def batch_id(self) -> str:
        return self.entry.batch_id

    @property
    def is_private(self) -> bool:
        """Whether the file has protected columns: then nothing of its text is told, and no machine but one sees its values."""
        return bool(self.contract.protected)


@dataclass(frozen=True, slots=True)
class Share:
    """One piece of a large file: what a task needs to survey, measure or stage it. `job` comes once the types are known."""

    input: Input
    plan: FilePlan
    piece: Piece
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A file, or a piece of it, that came to nothing by its own fault."""

    result: FileResult


def ingest_whole(run: Run, inputs: Sequence[Input]) -> list[FileResult]:
    """Small files, each staged as a whole, then audited together."""
    with _folder() as folder:
        results: list[FileResult] = []
        staged: list[StagedFile] = []
        for each in inputs:
            found = guarded(each.batch_id, partial(_stage_whole, run, each, folder), each.is_private)
            if isinstance(found, Failed):
                results.append(found.result)
            else:
                _upload(run, each, found.pieces)
                staged.append(found)
        datasets = {each.batch_id: each.entry.dataset for each in inputs}
        judged = {result.batch_id: result for result in _judge(staged, partial(_key, run, datasets))}
        wanted = {each.batch_id for each in inputs if each.profiled}
        judged |= {f.batch_id: _profiled(judged[f.batch_id], f) for f in staged if f.batch_id in wanted}
        return [*results, *judged.values()]


def _profiled(result: FileResult, file: StagedFile, limits: Limits | None = None) -> FileResult:
    """The result with the file's profile. Where it can't be had the file is none the worse: a suite is drawn from others."""
    from glue_etl.engine.profile import profile_file

    if not result.is_publishable:
        return result
    try:
        profile = profile_file(rows_of(file), file.own_columns, limits, PROFILED_ROWS)
    except duckdb.Error as error:
        LOG.warning("%s has no profile: %s", file.origin.source_file, error)
        return result
    return replace(result, profile=bounded(without_values(profile, result.personal), FILE_BYTES).to_json())


def _judge(files: Sequence[StagedFile], key_of: Callable[[Path], str]) -> list[FileResult]:
    """The results of all; where one can't be judged, each is judged by itself, so that it harms no other."""
    is_private = any(file.contract.protected for file in files)
    together = guarded("", lambda: list(results_of(files, key_of).values()), is_private)
    if not isinstance(together, Failed):
        return together
    found: list[FileResult] = []
    for file in files:
        alone = guarded(file.batch_id, partial(_judge_one, file, key_of), bool(file.contract.protected))
        found.append(alone.result if isinstance(alone, Failed) else alone)
    return found


def _judge_one(file: StagedFile, key_of: Callable[[Path], str], limits: Limits | None = None) -> FileResult:
    return results_of([file], key_of, limits)[file.batch_id]


def _stage_whole(run: Run, each: Input, folder: Path) -> StagedFile:
    source = run.store.open(each.entry.file)
    file = to_ingest(run, each, at_hand(source))
    staged = stage(file, folder)
    return to_judge(replace(file, source=source), staged)  # so that the bytes of no file wait for the audit of all


def to_ingest(run: Run, each: Input, source: ByteSource) -> FileToIngest:
    entry = each.entry
    origin = Origin(entry.file.uri, entry.batch_id, entry.detection.format, run.environment, run.now)
    waited = (run.now - datetime.fromisoformat(entry.file.arrived_at)).total_seconds()
    keys = run.ring.keys() if run.ring and each.contract.needs_key else None
    return FileToIngest(source, each.contract, origin, entry.partition, waited, each.schema, keys)


def plan_large(run: Run, each: Input) -> FilePlan | Failed:
    """One look at a large file: its format, its dialect or footer, its pieces."""

    def plan() -> FilePlan:
        source = run.store.open(each.entry.file)
        _, form = open_format(source)
        return form.plan(source, options_of(each.contract, each.schema, run.piece_bytes))

    return guarded(each.batch_id, plan)


def survey(run: Run, share: Share) -> Any:
    """What only a look at the whole piece can tell; Failed where the file can't be read there."""
    source = run.store.open(share.input.entry.file)
    return guarded(
        share.input.batch_id, lambda: format_module(share.plan.format).survey(source, share.plan, share.piece)
    )


def measure(run: Run, share: Share) -> tuple[int, ...] | Failed:
    """The evidence for the types of the piece's columns."""
    source, form = run.store.open(share.input.entry.file), format_module(share.plan.format)
    return guarded(share.input.batch_id, lambda: measure_piece(form, source, share.plan, share.piece))


def stage_share(run: Run, share: Share) -> PieceResult | Failed | Unsettled:
    """The piece as objects in the store; Unsettled (nothing is written) where its file's plan does not hold for it."""
    source, form = run.store.open(share.input.entry.file), format_module(share.plan.format)
    job, each = share.job, share.input
    assert job is not None
    job = replace(job, rule=row_rule(each.contract, job.table))
    with _folder() as folder:
        try:
            done = guarded(each.batch_id, lambda: stage_piece(form, source, share.plan, share.piece, job, folder))
        except Unsettled as error:
            return error
        if isinstance(done, PieceResult):
            _upload(run, each, [done])
            return _relative(done, folder)
        return done


def _relative(piece: PieceResult, folder: Path) -> PieceResult:
    def inside(path: Path | None) -> Path | None:
        return path and path.relative_to(folder)

    return replace(piece, rows=inside(piece.rows), bad=inside(piece.bad))


def judge_large(run: Run, each: Input, file: StagedFile, threads: int) -> FileResult:
    """The result of a large file whose pieces are all in the store: they are fetched, and audited as one.

    threads: cores that no other file of the run needs by now; those of this machine are used.
    """
    from glue_etl.engine.audit import Limits

    threads = min(threads, os.cpu_count() or 1)
    limits = Limits(memory=f"{max(256, 128 * threads)}MB", threads=threads)
    with _folder() as folder:
        pieces = tuple(_fetched(run, each, piece, folder) for piece in file.pieces)
        here = replace(file, pieces=pieces)
        key_of = partial(_key, run, {each.batch_id: each.entry.dataset})
        found = guarded(each.batch_id, partial(_judge_one, here, key_of, limits))
        if isinstance(found, Failed):
            return found.result
        return _profiled(found, here, limits) if each.profiled else found


def _fetched(run: Run, each: Input, piece: PieceResult, folder: Path) -> PieceResult:
    """The piece with its rows on this machine; bad records are only named."""
    rows = folder / piece.rows if piece.rows else None
    bad = folder / piece.bad if piece.bad else None
    if rows:
        rows.parent.mkdir(parents=True, exist_ok=True)
        run.store.get(_uri(run, each.entry.dataset, rows), rows)
    return replace(piece, rows=rows, bad=bad)


def guarded(batch_id: str, work: Callable[[], T], is_private: bool = False) -> T | Failed:
    """What `work` gives, or the result of a file that can't be had. The world's errors are raised, and Unsettled.

    `is_private`: neither result nor log may quote the file.
    """
    try:
        return work()
    except FileRejected as error:
        return Failed(rejected(batch_id, without_findings(error, REJECTIONS) if is_private else error))
    except BadContract as error:
        return Failed(rejected(batch_id, FileRejected("bad_contract", str(error))))
    except RowsNotConserved as error:
        return Failed(FileResult(batch_id, "failed", reasons=(str(error),)))
    except (OSError, MemoryError, Transient, Terminal, Unsettled):
        raise
    except Exception as error:
        if is_private:
            LOG.error("file %s can't be read: %s at\n%s", batch_id, type(error).__name__, _where(error))
            return Failed(rejected(batch_id, without_findings(FileRejected("unreadable", ""), REJECTIONS)))
        LOG.exception("file %s can't be read", batch_id)
        return Failed(rejected(batch_id, unforeseen(error)))


def _where(error: BaseException) -> str:
    """The lines of our code that an error came through, without its own text, which may quote a value."""
    return "".join(traceback.format_tb(error.__traceback__))


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="glue-etl-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _upload(run: Run, each: Input, pieces: Sequence[PieceResult]) -> None:
    for piece in pieces:
        for path in (piece.rows, piece.bad):
            if path:
                run.store.put(path, _uri(run, each.entry.dataset, path))


def _uri(run: Run, dataset: str, path: Path) -> str:
    """<root><rows or bad>/<dataset>/<batch_id>/<part>, of a piece's file as the engine names it."""
    batch_id, _, part = path.name.partition(".")
    return f"{run.root}{path.parent.name}/{dataset}/{batch_id}/{part}"


def _key(run: Run, datasets: dict[str, str], path: Path) -> str:
    """The key of a piece's object in its bucket."""
    return _uri(run, datasets[path.name.partition(".")[0]], path).split("/", 3)[3]
