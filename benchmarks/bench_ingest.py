"""The whole job (read, type, enrich, stage, audit, result) against plain PySpark, which reads the same files and writes Parquet.

One CSV, many small CSV in one run, and the same rows as JSON lines, Parquet, ORC and Avro. Each side has a process of its own
with its own Spark session of two cores: plain PySpark with Spark's default settings, the job with those that it asks for itself
(glue_etl/spark/session.py). Processor time (of all processes, the session's start included)
is what a loaded machine leaves comparable; seconds are printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import ingest_inputs as inputs
from benchmarks.ingest_steps import duckdb_alone, shares

ROOT = Path(__file__).parents[1]
TARGETS = {"csv": 0.5, "many": 0.5, "json": 1.0, "parquet": 1.0, "orc": 1.0, "avro": 1.0}
AVRO_JAR = ROOT / ".cache" / "jars" / "spark-avro_2.12-3.5.6.jar"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--megabytes", type=int, default=1000, help="of the one CSV; its rows are those of the other formats"
    )
    parser.add_argument("--files", type=int, default=1000, help="small CSV files of 100 KB")
    parser.add_argument("--only", nargs="*", choices=TARGETS, default=list(TARGETS))
    chosen = parser.parse_args()
    console = Console(width=130)
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        table = Table(
            "case",
            "ours CPU s",
            "PySpark CPU s",
            "ratio",
            "without sessions",
            "seconds",
            "DuckDB CPU s",
            "target",
            "MB by process / its own",
        )
        for case in chosen.only:
            source = make(case, Path(folder), chosen.megabytes, chosen.files)
            table.add_row(*measured(case, source, Path(folder)))
        console.print(table)
        for case in [case for case in chosen.only if case in ("csv", "many")]:
            source = make(case, Path(folder), min(chosen.megabytes, 320), min(chosen.files, 250))
            console.print(f"{case}, in one process: {shares(source)}")


def make(case: str, folder: Path, megabytes: int, files: int) -> Path:
    """The input of a case: a file, or the folder of many."""
    rows = megabytes * 1_000_000 // inputs.ROW_BYTES
    path = folder / f"transactions-{megabytes}-{files}.{case}"
    if path.exists():
        return path
    if case == "csv":
        inputs.write_csv(path, rows)
    elif case == "many":
        inputs.write_many(path, files, 100_000 // inputs.ROW_BYTES)
    elif case == "json":
        inputs.write_json(path, rows)
    elif case == "parquet":
        inputs.write_parquet(path, rows)
    else:
        parquet = make("parquet", folder, megabytes, files)
        inputs.write_orc(path, parquet) if case == "orc" else inputs.write_avro(path, parquet)
    return path


def measured(case: str, source: Path, folder: Path) -> list[str]:
    """One row of the table: both sides, one after the other."""
    form = "csv" if case == "many" else case
    with tempfile.TemporaryDirectory(dir=folder) as target:
        ours = told(folder, "our_job", str(source), target)
    if ours["passed"] != ours["files"]:
        raise SystemExit(f"{case}: a file did not pass: {ours['reasons']}")
    with tempfile.TemporaryDirectory(dir=folder) as target:
        jar = ("--jar", str(AVRO_JAR)) if case == "avro" else ()
        plain = told(folder, "plain_spark", form, str(source), target + "/out", *jar)
    with tempfile.TemporaryDirectory(dir=folder) as target:
        alone = duckdb_alone(form, source, Path(target) / "out.parquet")
    ratio = ours["cpu"] / plain["cpu"]
    work = (ours["cpu"] - ours["session_cpu"]) / (plain["cpu"] - plain["session_cpu"])
    seconds = f"{ours['session'] + ours['work']:.0f} / {plain['session'] + plain['work']:.0f}"
    figures = [f"{ours['cpu']:.1f}", f"{plain['cpu']:.1f}", f"{ratio:.2f}", f"{work:.2f}", seconds]
    return [case, *figures, f"{alone:.1f}" if alone else "-", f"{TARGETS[case]}", _memory(ours)]


def _memory(ours: dict[str, Any]) -> str:
    """Resident sizes, and what is left of them without the pages that processes share."""
    return " / ".join(" ".join(map(str, ours[kind])) for kind in ("peaks", "own"))


def told(scratch: Path, module: str, *arguments: str) -> dict[str, Any]:
    """What a side prints. `scratch`: where it may keep temporary files, on the disk that it writes to."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


if __name__ == "__main__":
    main()
