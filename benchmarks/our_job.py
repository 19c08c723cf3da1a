"""Our side of bench_ingest, in a process of its own: the whole job on files of this machine, as glue_scripts/ingest.py does it.

The manifest is read, files are staged by Spark's workers through the engine, audited, and the result is written.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.local_store import BUCKET, LocalStore
from benchmarks.process_cpu import OwnMemory, cpu_seconds, peak_memory
from benchmarks.spark_session import open_session
from glue_etl.core.datasets.contracts import Contract, parse_contract, with_suite
from glue_etl.core.files.model import Detection, File, Manifest, ManifestFile, Partition
from glue_etl.spark.session import OF_A_NEW_CONTEXT

ROOT = Path(__file__).parents[1]
TRANSACTIONS = "transactions"


def main() -> None:
    """Prints as JSON the seconds of the session's start and of the work, the processor time, rows and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="a file, or a folder of files")
    parser.add_argument("target", type=Path, help="the folder that stands for the buckets")
    parser.add_argument("--dataset", default=TRANSACTIONS, help="whose contract the files have")
    chosen = parser.parse_args()
    target = chosen.target.resolve()
    manifest_path = prepare(chosen.source, target, chosen.dataset)
    began = time.monotonic()
    spark = open_session(settings=OF_A_NEW_CONTEXT)
    opened, session_cpu = time.monotonic(), cpu_seconds()
    with OwnMemory("spark.daemon") as own:
        told = ingest(spark, manifest_path, target)
    told |= {"session": opened - began, "work": time.monotonic() - opened, "cpu": cpu_seconds()}
    told["session_cpu"] = session_cpu
    print(json.dumps(told | {"peaks": peak_memory("spark.daemon"), "own": own.peaks}))
    spark.stop()


def ingest(spark: Any, manifest_path: Path, folder: Path) -> dict[str, Any]:
    from glue_etl.spark.ingest import run  # here, as in the job's script: its imports are part of the work

    manifest = Manifest.from_json(json.loads(manifest_path.read_text()))
    result = run(spark, manifest, "run", LocalStore(folder), datetime.now(UTC))
    (folder / "result.json").write_text(json.dumps(result.to_json()))
    return {
        "staged": sum(file.rows_staged for file in result.files),
        "bad": sum(file.rows_bad for file in result.files),
        "passed": sum(bool(file.verdict and file.verdict.passed) for file in result.files),
        "files": len(result.files),
        "reasons": [reason for file in result.files if file.outcome != "staged" for reason in file.reasons][:3],
    }


def prepare(source: Path, target: Path, dataset: str = TRANSACTIONS) -> Path:
    """Puts the files where their keys say and writes the manifest, which the dispatch function would have done."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    entries = tuple(_entry(path, target, dataset) for path in files)
    contracts = {dataset: _document(dataset)}
    staging = f"{BUCKET}data/staging/claim/"
    manifest = Manifest("claim", "benchmark", datetime.now(UTC).isoformat(), staging, entries, contracts)
    path = target / "manifest.json"
    path.write_text(json.dumps(manifest.to_json()))
    return path


def contract_of_transactions() -> Contract:
    return parse_contract(_document(TRANSACTIONS), "datasets/transactions.yaml")


@cache
def _document(dataset: str) -> dict[str, Any]:
    suites = {path.stem: json.loads(path.read_text()) for path in (ROOT / "expectations").glob("*.json")}
    document = yaml.safe_load((ROOT / "datasets" / f"{dataset}.yaml").read_text())
    return with_suite(document, suites, dataset)


def _entry(path: Path, target: Path, dataset: str) -> ManifestFile:
    key = f"data/incoming/2024/01/31/{path.name}"
    os.link(path, LocalStore(target).path(key))
    kind = path.suffix[1:]
    file = File("local", key, "1", "etag", path.stat().st_size, datetime.now(UTC).isoformat())
    return ManifestFile(file, dataset, Detection(kind), Partition("2024", "01", "31"))


if __name__ == "__main__":
    main()
