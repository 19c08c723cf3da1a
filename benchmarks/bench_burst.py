"""A burst: many small files at once, on a job that may run twice at a time. Against one run a file, which is how a
pipeline that starts a job from each event does it.

It prints the runs, how long it took, the calls to each AWS API for every file, and the DPU-seconds that AWS would bill.
Runs here take local time; AWS bills at least a minute each, and its workers need longer to start, so the peer's bill is
the least it could be. Run it with `make bench`, or `python -m benchmarks.bench_burst --files 200`.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from glue_etl.core.files.bill import BILLED_AT_LEAST_SECONDS, DPU_A_WORKER, WORKERS, billed_dpu_seconds
from glue_etl.core.operating.cost import REQUESTS_A_FILE_USD, dollars_of_calls
from local.cloud import LocalCloud
from tests.pipeline.running import Running, rests, running, transactions

CONCURRENT_RUNS = 2
FILES_A_RUN = 250
ROWS = 3


def main() -> int:
    """Drop the files, wait until all rest, print the figures; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_burst", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    files = parser.parse_args().files
    console = Console()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), window=20, visibility=360) as pipeline:
        concurrent = pipeline.stack.job.request["ExecutionProperty"]["MaxConcurrentRuns"]
        assert concurrent == CONCURRENT_RUNS, concurrent
        before = _calls(pipeline.cloud)
        started = time.monotonic()
        ids = pipeline.drop({f"2024/01/31/transactions_{n:05d}.csv": _rows(n) for n in range(files)})
        console.print(f"{files} files dropped in {time.monotonic() - started:.0f} s")
        states = _await(pipeline, list(ids.values()), console)
        seconds = time.monotonic() - started
        runs = pipeline.runs()
        exact = pipeline.rows() == {batch_id: _ids(n) for n, batch_id in enumerate(ids.values())}
        dear = _print_calls(console, _calls(pipeline.cloud) - before, files)
    return max(dear, _verdict(console, files, states, runs, seconds, exact))


def _ids(number: int) -> list[int]:
    return [number * 10 + i for i in range(ROWS)]


def _rows(number: int) -> bytes:
    return transactions(_ids(number))


def _await(pipeline: Running, batch_ids: list[str], console: Console) -> Counter[str]:
    """Looks no further than the first file that does not rest: the pipeline needs the machine more than we do."""
    rested = 0
    with Progress(console=console) as progress:
        bar = progress.add_task("at rest", total=len(batch_ids))
        while rested < len(batch_ids):
            if rests(pipeline.ledger.get(batch_ids[rested])):
                rested += 1
                progress.update(bar, completed=rested)
            else:
                time.sleep(1)
    pipeline.await_closed_runs(120)
    return Counter(pipeline.states(batch_ids))


def _calls(cloud: LocalCloud) -> Counter[tuple[str, str]]:
    """Calls of the functions and the job, by service and operation."""
    found: Counter[tuple[str, str]] = Counter()
    for call in cloud.calls():
        if call["principal"] != "test":
            found[call["service"], call["operation"]] += call["count"]
    return found


def _print_calls(console: Console, calls: Counter[tuple[str, str]], files: int) -> int:
    """1 where they cost more than `glue-etl cost` says."""
    table = Table("service", "operation", "calls", "for every file", title="Calls of functions and job")
    for (service, operation), count in sorted(calls.items()):
        table.add_row(service, operation, str(count), f"{count / files:.2f}")
    console.print(table)
    each = dollars_of_calls(calls) / files
    console.print(f"requests, US dollars for 1,000 files: {1000 * each:.4f} (at most {1000 * REQUESTS_A_FILE_USD:.4f})")
    return int(each > REQUESTS_A_FILE_USD)


def _verdict(
    console: Console, files: int, states: Counter[str], runs: list[dict[str, Any]], seconds: float, exact: bool
) -> int:
    most = math.ceil(files / FILES_A_RUN)
    billed = sum(billed_dpu_seconds(0, max(1, int(run.get("ExecutionTime", 0)))) for run in runs)
    alone = files * BILLED_AT_LEAST_SECONDS * WORKERS * DPU_A_WORKER
    console.print(f"{files} files: {dict(states)}, rows {'exact' if exact else 'NOT exact'}, in {seconds:.0f} s")
    console.print(f"{len(runs)} runs (at most {most} wanted), of at most {CONCURRENT_RUNS} at a time")
    console.print(
        f"billed DPU-seconds / one run a file: {billed:.0f} / {alone} = {billed / alone:.4f} (lower is better)"
    )
    return 0 if len(runs) <= most and states["PUBLISHED"] == files and exact else 1


if __name__ == "__main__":
    sys.exit(main())
