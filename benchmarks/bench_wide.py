"""Files of thousands of columns: the whole job (session, reading, types, audit, result) on one, against a bound in seconds.

Run it with `make bench`, or `python -m benchmarks.bench_wide`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.bench_ingest import ROOT, told

BOUNDS = {2_500: 20, 10_000: 60}
"""Seconds by columns."""
ROWS = 3


def main() -> int:
    """Prints processor time and seconds of each; 1 where a bound is broken."""
    console, broken = Console(), 0
    with tempfile.TemporaryDirectory(dir=ROOT) as name:
        for columns, bound in BOUNDS.items():
            folder = Path(name) / str(columns)
            (folder / "buckets").mkdir(parents=True)
            source = folder / "wide.csv"
            write(source, columns)
            job = told(folder, "our_job", str(source), str(folder / "buckets"), "--dataset", "default")
            if job["staged"] != ROWS:
                raise SystemExit(f"{columns} columns: {job['reasons']}")
            seconds = job["session"] + job["work"]
            console.print(f"{columns:,} columns: {job['cpu']:.1f} CPU s, {seconds:.1f} s, bound {bound} s")
            broken += seconds > bound
    return int(broken > 0)


def write(path: Path, columns: int) -> None:
    """Whole numbers, fractions, texts and days in turn."""
    values = ("{}", "{}.25", "text {}", "2024-01-{:02d}")
    lines = [",".join(f"column {n}" for n in range(columns))]
    lines += [",".join(values[n % 4].format((n + row) % 28 + 1) for n in range(columns)) for row in range(ROWS)]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
