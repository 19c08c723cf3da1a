"""One large CSV whose notes stand in quotes with line breaks inside, read by pieces in two processes: are both cores used, are
the rows those that one reader finds, and does each process stay within its memory?

Surveys and reading are done by two processes as Spark's workers would do them. The rows of all pieces must equal those of the
same file read as one piece, and those that were written. Run it with `make bench`, or `python -m benchmarks.bench_pieces`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from benchmarks import ingest_inputs as inputs
from benchmarks.our_job import contract_of_transactions
from glue_etl.engine import csv
from glue_etl.engine.columns import table_of
from glue_etl.engine.enrich import Origin
from glue_etl.engine.model import FilePlan
from glue_etl.engine.sources import LocalFile
from glue_etl.engine.stage import Job, options_of, stage_piece

_HASH = """SELECT count(*), sum(hash(id, customer_id, transaction_date, amount, merchant, note)::HUGEINT) FROM {}"""
LIMIT_MB = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2000)
    chosen = parser.parse_args()
    count = chosen.megabytes * 1_000_000 // (inputs.ROW_BYTES + 16)
    with tempfile.TemporaryDirectory(dir=Path(__file__).parents[1]) as name:
        folder = Path(name)
        path = folder / "transactions.csv"
        inputs.write_csv(path, count, note=inputs.QUOTED_NOTE)
        written = _hash(f"({inputs.rows(count, note=inputs.QUOTED_NOTE)})")
        alone = _staged(path, folder / "alone", 1, path.stat().st_size + 1)
        apart = _staged(path, folder / "apart", 2, None)
        if not written == alone == apart:
            raise SystemExit(f"the rows differ: {written} written, {alone} read as one piece, {apart} by pieces")
        Console().print(f"{apart[0]} rows are those of one reader, and those that were written")


def _staged(path: Path, folder: Path, workers: int, piece_bytes: int | None) -> tuple[int, int]:
    """Count and hash of all rows; prints what the processes did."""
    contract, source = contract_of_transactions(), LocalFile(path)
    options = options_of(contract)
    plan = csv.plan(source, options if piece_bytes is None else replace(options, piece_bytes=piece_bytes))
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        surveys = _told(pool, "survey", partial(_survey, source, plan), plan.pieces)
        plan = csv.settle(plan, surveys)
        origin = Origin(str(path), "b", "csv", "benchmark", datetime.now(UTC))
        job = Job(contract, origin, table_of(plan.schema, contract))
        _told(pool, "stage", partial(_stage, source, plan, job, folder), plan.pieces)
    return _hash(f"read_parquet('{folder}/rows/*')")


def _told(pool: Pool, step: str, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """The results of a step, each process told of: its share of the time, and its peak memory."""
    began = time.monotonic()
    done = pool.map(partial(_measured, work), items, chunksize=1)
    seconds = time.monotonic() - began
    used: dict[int, float] = {}
    for process, cpu, _, _ in done:
        used[process] = used.get(process, 0.0) + cpu
    peak = max(memory for _, _, memory, _ in done)
    each = ", ".join(f"{cpu:.1f} CPU s ({cpu / seconds:.0%} of a core)" for cpu in used.values())
    within = "within" if peak <= LIMIT_MB else "ABOVE"
    Console(width=130).print(
        f"{step} of {len(items)} pieces in {seconds:.1f} s: {each}; peak {peak} MB, {within} {LIMIT_MB} MB"
    )
    return [result for *_, result in done]


def _measured(work: Callable[[Any], Any], item: Any) -> tuple[int, float, int, Any]:
    began = time.process_time()
    result = work(item)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return os.getpid(), time.process_time() - began, peak, result


def _survey(source: LocalFile, plan: FilePlan, piece: Any) -> Any:
    return csv.survey(source, plan, piece)


def _stage(source: LocalFile, plan: FilePlan, job: Job, folder: Path, piece: Any) -> int:
    return stage_piece(csv, source, plan, piece, job, folder).staged


def _hash(relation: str) -> tuple[int, int]:
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        count, total = connection.execute(_HASH.format(relation)).fetchall()[0]
    return int(count), int(total)


if __name__ == "__main__":
    main()
