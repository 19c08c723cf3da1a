"""Where the time goes, in one process without Spark: the steps of the engine one by one; and DuckDB's own read and write."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb

from benchmarks.our_job import contract_of_transactions
from glue_etl.core.files.model import Partition
from glue_etl.engine.columns import table_of
from glue_etl.engine.enrich import Origin, enrich
from glue_etl.engine.open import open_format
from glue_etl.engine.results import StagedFile, results_of
from glue_etl.engine.sources import LocalFile, at_hand
from glue_etl.engine.stage import PieceResult, options_of, part_name
from glue_etl.engine.write import PartWriter, written_at

T = TypeVar("T")


@dataclass(slots=True)
class Clock:
    """Processor seconds of this process by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, step: str, work: Callable[[], T]) -> T:
        began = time.process_time()
        done = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - began
        return done

    def each(self, step: str, items: Iterator[T]) -> Iterator[T]:
        """The items of an iterator, each counted."""
        while (item := self.of(step, lambda: next(items, None))) is not None:
            yield item

    def __str__(self) -> str:
        total = sum(self.seconds.values())
        parts = (f"{step} {seconds:.2f} s ({seconds / total:.0%})" for step, seconds in self.seconds.items())
        return f"{total:.2f} CPU s: {', '.join(parts)}"


def shares(source: Path) -> Clock:
    """The share of each step, for a file or a folder of files."""
    clock = Clock()
    clock.of("import Great Expectations", _import_judge)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        files = sorted(source.iterdir()) if source.is_dir() else [source]
        staged = [_staged(clock, path, Path(folder)) for path in files]
        clock.of("audit, judge, result", lambda: results_of(staged, str))
    return clock


def _import_judge() -> None:
    from glue_etl.engine.audit.importing import import_expectations

    import_expectations()


def _staged(clock: Clock, path: Path, folder: Path) -> StagedFile:
    contract = contract_of_transactions()
    source = at_hand(LocalFile(path))
    _, form = clock.of("open", lambda: open_format(source))
    planned = clock.of("plan", lambda: form.plan(source, options_of(contract)))
    surveys = clock.of("survey", lambda: [form.survey(source, planned, piece) for piece in planned.pieces])
    plan = clock.of("settle", lambda: form.settle(planned, surveys))
    origin = Origin(str(path), path.stem, plan.format, "benchmark", datetime.now(UTC))
    table = table_of(plan.schema, contract)
    pieces = []
    for piece in plan.pieces:
        target, covered = folder / path.stem / part_name(piece.number), None
        with PartWriter(target) as writer:
            for chunk in clock.each("read", iter(form.read(source, plan, piece))):
                done = clock.of("cast, enrich", lambda chunk=chunk: enrich(chunk, table, contract, origin))  # type: ignore[misc]
                clock.of("write", lambda done=done: writer.write(done.rows))  # type: ignore[misc]
                covered = chunk.covered if covered is None else covered + chunk.covered
            clock.of("write", writer.close)
        assert covered is not None
        written = written_at(target)
        pieces.append(
            PieceResult(piece.number, covered, written.rows, 0, target, None, schema=written.schema, ends=written.ends)
        )
    return StagedFile(contract, origin, Partition("2024", "01", "31"), 1.0, table, (), tuple(pieces))


def duckdb_alone(form: str, source: Path, target: Path) -> float:
    """Processor seconds of DuckDB's own read and write; 0 where it has no reader of the format."""
    readers: dict[str, str] = {
        "csv": "read_csv('{}', types={{'amount': 'DECIMAL(18,2)'}})",
        "json": "read_json('{}', format='newline_delimited')",
        "parquet": "read_parquet('{}')",
    }
    if form not in readers:
        return 0.0
    place = f"{source}/*" if source.is_dir() else str(source)
    began = time.process_time()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"COPY (SELECT * FROM {readers[form].format(place)}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)"
        )
    return time.process_time() - began
