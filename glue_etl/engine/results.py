"""What a run says of each file: staged files audited together by their dataset's suite, each with counts, reasons and verdict."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract, of_one_file
from glue_etl.core.datasets.evolution import STRICT
from glue_etl.core.datasets.protection import Keys, hidden_outcome, hidden_summaries
from glue_etl.core.datasets.quality import Outcome, judge
from glue_etl.core.datasets.schemas import RESCUED
from glue_etl.core.errors import FileRejected, RowsNotConserved
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS, FileResult, Partition, SampleRow
from glue_etl.core.files.summaries import MOST_SUMMARISED
from glue_etl.core.messages import counted
from glue_etl.core.reasons import error_text, row_text
from glue_etl.engine.columns import Column, Table, few
from glue_etl.engine.ends import merged
from glue_etl.engine.enrich import Origin, RowRule, add_origin, published
from glue_etl.engine.places import Reading
from glue_etl.engine.rescue import Rescued
from glue_etl.engine.spark_types import arrow_type, spark_type
from glue_etl.engine.stage import Job, PieceResult

if TYPE_CHECKING:
    from glue_etl.engine.audit import Audited, Failing, FileRows, Limits

LOG = logging.getLogger(__name__)
PROCESSING_SECONDS = "_processing_seconds"
"""A column that only an audit sees: seconds from the file's arrival to its run."""
SAMPLE_ROWS = 5
"""Failing rows of an expectation that a result shows."""
EMPTY = "the file has no rows; where that is right, set `empty_files: publish` in its contract"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file whose pieces are all written. `waited`: seconds from its arrival to this run. `told`: what its reading said.

    `reading`: to look up the lines of failing rows; without it they stay unknown. `keys`: of its protected columns.
    """

    contract: Contract
    origin: Origin
    partition: Partition
    waited: float
    table: Table
    told: tuple[str, ...] = ()
    pieces: tuple[PieceResult, ...] = field(default=())
    reading: Reading | None = None
    keys: Keys | None = None

    @property
    def batch_id(self) -> str:
        return self.origin.batch_id

    @property
    def own_columns(self) -> tuple[str, ...]:
        return own_columns(self.contract, self.table)

    @property
    def rescued(self) -> Rescued:
        return reduce(Rescued.__add__, (piece.rescued for piece in self.pieces), Rescued())

    def total(self, count: Callable[[PieceResult], int]) -> int:
        return sum(count(piece) for piece in self.pieces)


def rejected(batch_id: str, error: FileRejected) -> FileResult:
    return FileResult(batch_id, "rejected", reasons=(f"{error.code}: {error.reason}",))


def results_of(
    files: Sequence[StagedFile], key_of: Callable[[Path], str], limits: Limits | None = None
) -> dict[str, FileResult]:
    """The result of each file, by batch_id. `key_of`: the object key under which a written piece lies.

    Files of one dataset with the same columns are audited in one pass, however many they are.
    """
    results = {
        file.batch_id: rejected(file.batch_id, FileRejected("empty_file", EMPTY)) for file in files if _is_refused(file)
    }
    together: dict[tuple[str, tuple[str, ...]], list[StagedFile]] = defaultdict(list)
    for file in files:
        if file.batch_id not in results:
            together[file.contract.dataset, file.own_columns].append(file)
    for same in together.values():
        audited = _audit(same, limits)
        results |= {file.batch_id: _result(file, audited, key_of) for file in same}
    return results


def _is_refused(file: StagedFile) -> bool:
    return file.contract.empty_files == "reject" and not file.total(lambda piece: piece.read)


def _audit(files: Sequence[StagedFile], limits: Limits | None) -> Audited:
    from glue_etl.engine.audit import audit  # late: Great Expectations takes seconds to import

    first = files[0]
    rows = {file.batch_id: rows_of(file) for file in files}
    suite, drawn = of_one_file(first.contract.suite), first.contract.drawn
    try:
        return audit(rows, (*suite, *drawn), first.own_columns, limits, MOST_SUMMARISED)
    except (OSError, MemoryError):
        raise
    except Exception:
        if not drawn:
            raise
        LOG.exception("the suite drawn for %s can't be used: its files are audited without it", first.contract.dataset)
        return audit(rows, suite, first.own_columns, limits, MOST_SUMMARISED)


def rows_of(file: StagedFile) -> FileRows:
    """A file as the audit sees it: its Parquet, and what is constant in it.

    Protected columns have their real values in it: nothing of them may go into a result.
    """
    from glue_etl.engine.audit import FileRows

    paths = [path for piece in file.pieces if (path := piece.judged or piece.rows)]
    schema = _judged_schema(file) if file.contract.protected else _written_schema(file)
    constants = {PROCESSING_SECONDS: pa.scalar(file.waited, pa.float64())}
    constants |= {name: pa.scalar(getattr(file.partition, name)) for name in PARTITION_COLUMNS}
    codes = reduce(lambda sum_, piece: sum_ + Counter(piece.codes), file.pieces, Counter[str]())
    ends = merged([piece.ends for piece in file.pieces if piece.rows])
    return FileRows(schema, tuple(map(str, paths)), constants, dict(codes), ends)


def _written_schema(file: StagedFile) -> pa.Schema:
    return next((piece.schema for piece in file.pieces if piece.schema), None) or schema_of(file)


def _judged_schema(file: StagedFile) -> pa.Schema:
    paths = [piece.judged for piece in file.pieces if piece.judged]
    return pq.read_schema(paths[0]) if paths else schema_of(file, judged=True)


def schema_of(file: StagedFile, judged: bool = False) -> pa.Schema:
    """The columns and types that the file's Parquet would have; `judged`: that of the audit."""
    typed = pa.schema([(column.name, arrow_type(column.type)) for column in file.table.columns])
    if file.table.rescues:
        typed = typed.append(pa.field(RESCUED, pa.string()))
    rows = add_origin(published(typed.empty_table(), file.contract)[judged], file.origin)
    return pa.schema([f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in rows.schema])


def _result(file: StagedFile, audited: Audited, key_of: Callable[[Path], str]) -> FileResult:
    """Counts of what was written come from the audit's own look at the objects (staged) and from their footers (bad)."""
    bad = file.total(lambda piece: piece.set_aside)
    rows = audited.rows(file.batch_id)
    if file.contract.protected and rows != (written_rows := file.total(lambda piece: piece.staged)):
        raise RowsNotConserved(f"{file.origin.source_file}: {rows} rows were judged, but {written_rows} written")
    return FileResult(
        batch_id=file.batch_id,
        outcome="staged",
        rows_read=file.total(lambda piece: piece.read),
        rows_staged=rows,
        rows_bad=bad,
        objects=tuple(key_of(piece.rows) for piece in file.pieces if piece.rows),
        bad_rows=tuple(key_of(piece.bad) for piece in file.pieces if piece.bad),
        reasons=(*file.told, *_problems(file, bad), *misfits_of(file)),
        verdict=judge(file.contract, outcomes_of(file, audited)),
        format=file.origin.file_format,
        summaries=hidden_summaries(audited.summary(file.batch_id), file.contract),
        personal=dict(file.pieces[0].personal) if file.pieces else {},
        **written(file),
        **_sizes(file),
    )


def written(file: StagedFile) -> dict[str, Any]:
    """What a result says of the file's columns where its dataset's schema is kept; nothing of a file that has no row to show."""
    if not file.table.is_kept or not file.total(lambda piece: piece.staged):
        return {}
    types = {field.name: spark_type(field.type) for field in _written_schema(file)}
    rescued = file.rescued
    columns = {n: kind for n, kind in types.items() if n not in ENRICHMENT_COLUMNS and (n != RESCUED or rescued.counts)}
    valued = frozenset[str]().union(*(piece.valued for piece in file.pieces))
    strict = file.contract.schema == STRICT
    return {
        "columns": columns,
        "valueless": tuple(name for name in columns if name not in valued),
        "rescued": rescued.counts,
        "refused": (*file.table.refused, *misfits_of(file)) if strict else (),
    }


def _sizes(file: StagedFile) -> dict[str, Any]:
    """Rows and bytes of each object: what a table that lists its objects has to know."""
    pieces = (
        [(piece.staged, piece.rows.stat().st_size) for piece in file.pieces if piece.rows] if file.table.is_kept else []
    )
    return {"object_rows": tuple(rows for rows, _ in pieces), "object_bytes": tuple(size for _, size in pieces)}


def misfits_of(file: StagedFile) -> list[str]:
    """A sentence on each column of which a value did not fit."""
    rescued, columns = file.rescued, {column.name: column for column in file.table.columns}
    told = [
        _misfits(columns[name], count, rescued.first[name]) for name, count in rescued.counts.items() if name in columns
    ]
    return few(told, "columns have values that don't fit")


def _misfits(column: Column, count: int, first: str) -> str:
    """What became of the values, and how to have it otherwise: published files keep their type, so another table has another."""
    own = f" ({column.own} in the file)" if column.own and column.own != column.type else ""
    return (
        f"column {column.name!r}{own}: {count} values are no {column.type}, the first is {row_text(first[:40])}: null, kept in"
        f" {RESCUED}. Otherwise: a contract of another dataset for the file (glue-etl contract infer FILE --name NEW), then"
        " glue-etl replay"
    )


def outcomes_of(file: StagedFile, audited: Audited) -> list[Outcome]:
    """The file's outcomes, those that failed with the first of their rows and the lines where these stand."""
    outcomes = audited.outcomes(file.batch_id)
    failing = {id(each.rule): each for each in audited.failing(file.batch_id)}
    rows = sorted({row.row for each in failing.values() for row in each.rows[:SAMPLE_ROWS]})
    lines = _lines(file, rows)
    shown = (
        replace(each, samples=_samples(failing[id(each.expectation)], lines))
        if id(each.expectation) in failing
        else each
        for each in outcomes
    )
    return [hidden_outcome(each, file.contract) for each in shown]


def _lines(file: StagedFile, rows: Sequence[int]) -> dict[int, int]:
    """The lines of staged rows; of none where the object has gone since it was staged: the verdict stands without them."""
    if not rows or file.reading is None:
        return {}
    job = Job(file.contract, file.origin, file.table, row_rule(file.contract, file.table), file.keys)
    try:
        return file.reading.lines(job, file.pieces, rows)
    except FileRejected as error:
        LOG.warning("%s: the lines of failing rows are not known: %s", file.origin.source_file, error)
        return {}


def _samples(failing: Failing, lines: dict[int, int]) -> tuple[SampleRow, ...]:
    kept = failing.rows[:SAMPLE_ROWS]
    return tuple(SampleRow(lines.get(row.row, 0), dict(zip(failing.columns, row.values, strict=True))) for row in kept)


def _problems(file: StagedFile, bad: int) -> list[str]:
    example = next((piece.example for piece in file.pieces if piece.example), "")
    return [f"{counted(bad, 'bad row')}, the first in {error_text(example[:300])}"] if bad else []


def own_columns(contract: Contract, table: Table) -> tuple[str, ...]:
    """The data's own columns, that "*" stands for in a suite."""
    return tuple(dict.fromkeys((*(column.name for column in table.columns), *contract.derive)))


def row_rule(contract: Contract, table: Table) -> RowRule | None:
    """Where the contract sets failing rows aside: which rows of a chunk fail a critical expectation by themselves."""
    if contract.on_failure != "quarantine_rows":
        return None

    def find(rows: pa.Table) -> dict[int, str]:
        from glue_etl.engine.audit import failing

        found: dict[int, list[str]] = defaultdict(list)
        for rule, mask in failing(rows, of_one_file(contract.suite), own_columns(contract, table)):
            for row in np.flatnonzero(mask.to_numpy(zero_copy_only=False)).tolist():
                found[row].append(f"{rule.column}: fails {rule.type}")
        return {row: "; ".join(texts) for row, texts in found.items()}

    return find
