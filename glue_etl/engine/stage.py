"""Stages a file, or one piece of it: reads, types, enriches, writes, and counts both at the source and in what was written.

A piece of any size is staged in bounded memory: one chunk of text, its columns, and one row group that waits to be written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

import pyarrow as pa

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.protection import Keys
from glue_etl.core.datasets.schemas import RESCUED, Schema
from glue_etl.core.errors import FileRejected, RowsNotConserved
from glue_etl.core.reasons import error_text
from glue_etl.engine.columns import Table
from glue_etl.engine.containers import HEAD_BYTES, NONE, Counting, container_of
from glue_etl.engine.ends import Ends
from glue_etl.engine.enrich import Enriched, Origin, RowRule, enrich
from glue_etl.engine.fitting import table_for
from glue_etl.engine.model import (
    MIB,
    PIECE_BYTES,
    SURVEYED,
    ByteSource,
    Chunk,
    Covered,
    FilePlan,
    Format,
    Options,
    Piece,
    Unsettled,
)
from glue_etl.engine.personal import scan
from glue_etl.engine.protect import only_known, without_quotes
from glue_etl.engine.rescue import Rescued
from glue_etl.engine.types import decide, evidence
from glue_etl.engine.write import PartWriter, bad_table, written_at

TEXT_FORMATS = ("csv", "json")
KEPT_BYTES = 96 * MIB
"""Chunks of a file whose types are not known yet are kept up to this; above it the file is read twice."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done to each piece of one file.

    `rule`: which rows a policy sets aside besides. `keys`: of protected columns.
    """

    contract: Contract
    origin: Origin
    table: Table
    rule: RowRule | None = None
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """What is decided of a file besides its contract.

    `rule_of`: the rule for rows that a policy sets aside, of a table. `kept`: the dataset's schema, where one is kept. `keys`: of
    protected columns.
    """

    rule_of: Callable[[Table], RowRule | None] | None = None
    kept: Schema | None = None
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class PieceResult:
    """What became of one piece. `rows` and `bad` are Parquet files (None: no such rows); counts are theirs.

    They lie in `rows/` and `bad/` of the folder, as <batch_id>.<part>: a folder for each file would cost as much as casting it.

    `covered` is what the reader counted at the source; `codes` counts the bad records by code; `example` tells of the first.
    `rescued` is what did not fit its column, `valued` the columns that have a value, both where the dataset's schema is kept.
    `personal`: columns that look like persons', where no contract says what they are, each with what it looks like.
    `judged` has the rows with the values that protected columns hide, for the audit alone: it never leaves this machine.
    `schema`, `ends`: the columns of `rows` and their ends, by its footer; no ends where columns are protected.
    """

    number: int
    covered: Covered
    staged: int
    set_aside: int
    rows: Path | None
    bad: Path | None
    codes: Mapping[str, int] = field(default_factory=dict)
    example: str = ""
    rescued: Rescued = field(default_factory=Rescued)
    valued: frozenset[str] = frozenset()
    judged: Path | None = None
    personal: Mapping[str, str] = field(default_factory=dict)
    schema: pa.Schema | None = None
    ends: Ends = field(default_factory=dict)

    @property
    def read(self) -> int:
        return records_read(self.covered)


@dataclass(frozen=True, slots=True)
class Staged:
    """A whole file, staged: its plan with all that was learnt, its table, and its pieces in order.

    `is_private`: it has protected columns, and nothing that is told of it may quote it.
    """

    plan: FilePlan
    table: Table
    pieces: tuple[PieceResult, ...]
    is_private: bool = False

    @property
    def covered(self) -> Covered:
        return reduce(Covered.__add__, (piece.covered for piece in self.pieces), Covered())

    @property
    def told(self) -> tuple[str, ...]:
        return (*(without_quotes(self.plan.told) if self.is_private else self.plan.told), *self.table.told)


def records_read(covered: Covered) -> int:
    return covered.records.get("rows", 0) + covered.records.get("bad", 0)


def options_of(contract: Contract, kept: Schema | None = None, piece_bytes: int = PIECE_BYTES) -> Options:
    """What a contract says of reading, and which columns its files have: those of the schema too, where one is `kept`.

    A survey of parts is to do, as long as reading finds nothing else: Unsettled.
    """
    promised = {column.name: column.type for column in contract.columns}
    if kept is not None:
        promised = {name: kind for name, kind in kept.types.items() if name != RESCUED} | promised
    csv = contract.csv
    return Options(
        csv.delimiter, csv.null_values, contract.json.records, contract.encoding, promised, piece_bytes,
        survey_bytes=piece_bytes // SURVEYED,
    )  # fmt: skip


def plan_file(form: Format, source: ByteSource, options: Options) -> FilePlan:
    """The plan of a file whose pieces this process surveys itself. What parts of it don't settle, a survey of all of it does."""
    plan = form.plan(source, options)
    try:
        plan = form.settle(plan, [form.survey(source, plan, piece) for piece in plan.pieces])
    except Unsettled:
        return plan_file(form, source, surveyed_whole(options))
    if not len(plan.schema):
        raise no_columns(plan)
    return plan


def surveyed_whole(options: Options) -> Options:
    return replace(options, survey_bytes=0)


def no_columns(plan: FilePlan) -> FileRejected:
    """The error for a file of which nothing can become a row."""
    problem = plan.evidence.get("first bad record")
    first = f" The first record: {error_text(str(problem))}" if problem else ""
    return FileRejected("no_columns", f"No column was found in the file: nothing of it can become a row.{first}")


def stage_file(
    form: Format,
    source: ByteSource,
    contract: Contract,
    origin: Origin,
    folder: Path,
    handling: Handling = Handling(),
) -> Staged:
    """Stage a whole file in this process. Raises FileRejected, BadContract, RowsNotConserved; Transient of the source."""
    source, kept = Counting(source), handling.kept
    options = options_of(contract, kept)

    def staged(options: Options) -> Staged:
        plan = plan_file(form, source, options)
        read: list[Iterable[Chunk]] = [_read(form, source, plan, piece) for piece in plan.pieces]
        inferred: list[str] = []
        if is_untyped(plan, contract):
            bits, read = _measured(form, source, plan, read)
            inferred = [decide(each) for each in bits]
        table = table_for(plan.schema, contract, inferred, kept)
        table = only_known(table, contract, kept) if contract.protected else table
        job = Job(contract, origin, table, handling.rule_of(table) if handling.rule_of else None, handling.keys)
        pieces = [_stage(chunks, piece.number, job, folder) for chunks, piece in zip(read, plan.pieces, strict=True)]
        return Staged(plan, job.table, tuple(pieces), is_private=bool(contract.protected))

    try:
        done = staged(options)
    except Unsettled:
        done = staged(surveyed_whole(options))
    check_covered(done.covered, text_bytes(source, done.plan), source.name)
    return done


def is_untyped(plan: FilePlan, contract: Contract) -> bool:
    """Whether the types of the file's columns are to be found in its text."""
    return plan.format == "csv" and not contract.columns


def measure_piece(form: Format, source: ByteSource, plan: FilePlan, piece: Piece) -> tuple[int, ...]:
    """The evidence for the type of each column in one piece; that of a file's pieces is merged with `|`, by column."""
    bits = [0] * len(plan.schema)
    for chunk in _read(form, source, plan, piece):
        bits = _with(bits, chunk)
    return tuple(bits)


def stage_piece(form: Format, source: ByteSource, plan: FilePlan, piece: Piece, job: Job, folder: Path) -> PieceResult:
    """Stage one piece below `folder`. Raises RowsNotConserved where a record is neither written nor set aside.

    A text in a container, which is one piece, is checked byte by byte too: only here its size becomes known.
    """
    source = Counting(source)
    done = _stage(_read(form, source, plan, piece), piece.number, job, folder)
    if len(plan.pieces) == 1:
        check_covered(done.covered, text_bytes(source, plan), source.name)
    return done


def _with(bits: Sequence[int], chunk: Chunk) -> list[int]:
    return [evidence(column, known) for column, known in zip(chunk.rows.columns, bits, strict=True)]


def _measured(
    form: Format, source: ByteSource, plan: FilePlan, read: Sequence[Iterable[Chunk]]
) -> tuple[list[int], list[Iterable[Chunk]]]:
    """The evidence of all pieces, and their chunks: those that were read already, unless they are too many to keep."""
    bits, kept, size = [0] * len(plan.schema), [], 0
    for chunks in read:
        mine: list[Chunk] = []
        kept.append(mine)
        for chunk in chunks:
            bits = _with(bits, chunk)
            size += chunk.rows.nbytes
            if size <= KEPT_BYTES:
                mine.append(chunk)
            else:
                for each in kept:
                    each.clear()
    if size <= KEPT_BYTES:
        return bits, list(kept)
    return bits, [_read(form, source, plan, piece) for piece in plan.pieces]


def _read(form: Format, source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    return form.read(source, plan, piece)


def _stage(chunks: Iterable[Chunk], number: int, job: Job, folder: Path) -> PieceResult:
    kinds = ("rows", "bad", "judged")
    rows, bad, judged = (folder / kind / f"{job.origin.batch_id}.{part_name(number)}" for kind in kinds)
    for left in (rows, bad, judged):
        left.unlink(missing_ok=True)  # of an attempt that was Unsettled
    covered, codes, example = Covered(), Counter[str](), ""
    rescued, valued = Rescued(), set[str]()
    personal: dict[str, str] | None = None if number == 0 and not job.contract.columns else {}
    with PartWriter(rows) as good, PartWriter(bad) as aside, PartWriter(judged) as seen:
        for chunk in chunks:
            done = enrich(chunk, job.table, job.contract, job.origin, job.rule, job.keys)
            good.write(done.rows)
            if personal is None and len(done.rows):
                personal = {name: str(looks) for name, looks in scan(done.rows, _names(job.table)).items()}
            if done.judged is not None:
                seen.write(done.judged)
            aside.write(bad_table(done.bad, job.origin.source_file, with_raw=done.judged is None))
            covered += chunk.covered
            codes.update(record.code for record in done.bad)
            example = example or _example(done)
            rescued += done.rescued
            valued |= _valued(done.rows) if job.table.is_kept else set()
    staged, set_aside = written_at(rows), written_at(bad)
    check_records(covered, staged.rows, set_aside.rows, job.origin.source_file)
    return PieceResult(
        number=number,
        covered=covered,
        staged=staged.rows,
        set_aside=set_aside.rows,
        rows=rows if staged.rows else None,
        bad=bad if set_aside.rows else None,
        codes=dict(codes),
        example=example,
        rescued=rescued,
        valued=frozenset(valued),
        judged=judged if staged.rows and job.contract.protected else None,
        personal=personal or {},
        schema=staged.schema,
        ends={} if job.contract.protected else staged.ends,
    )


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _valued(rows: pa.Table) -> set[str]:
    """The columns that have a value."""
    return {name for name, column in zip(rows.column_names, rows.columns, strict=True) if column.null_count < len(rows)}


def part_name(number: int) -> str:
    """The name of a piece's object: names sort as the pieces do."""
    return f"part-{number:05d}.snappy.parquet"


def _example(done: Enriched) -> str:
    return f"line {done.bad[0].place.line}: {done.bad[0].reason}" if done.bad else ""


def check_records(covered: Covered, staged: int, set_aside: int, name: str) -> None:
    """Raise RowsNotConserved unless each record that the reader counted was written, once."""
    if records_read(covered) != staged + set_aside:
        raise RowsNotConserved(
            f"{name}: {records_read(covered)} records read, but {staged} written and {set_aside} set aside: nothing is published"
        )


def check_covered(covered: Covered, size: int | None, name: str) -> None:
    """Raise RowsNotConserved unless the records and what lies between them are the whole text. `size` None: not known."""
    total = sum(covered.bytes.values())
    if size is not None and total != size:
        raise RowsNotConserved(
            f"{name}: the text has {size} bytes, but its records and gaps have {total}: nothing is published"
        )


def text_bytes(source: ByteSource, plan: FilePlan) -> int | None:
    """The bytes that a file's pieces must cover in all; None where nothing tells: of a container, its Counting that was read."""
    if plan.format not in TEXT_FORMATS:
        return None
    if container_of(source.read(0, HEAD_BYTES)) == NONE:
        return source.size
    return source.text_bytes if isinstance(source, Counting) else None
