"""1,000,000 rows with every common type from a real PostgreSQL: through our extractor and encoder in chunks of 64 MB, and
through dlt's own sql_database -> filesystem pipeline (JSON lines), each in a child process.

Prints seconds and peak memory of both, and their ratios. Run it with `python -m benchmarks.bench_pull_database`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from tests.servers.postgres import postgres_server
from tests.sources.database_world import target
from tests.sources.million import MEGABYTE, TABLE, make_table, pull_in_child

CHUNK = 64 * MEGABYTE


def main() -> None:
    """Measure and print both and their ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_pull_database", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peer:
        _peer(chosen.peer, chosen.folder)
        return
    with postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        make_table(server.run, chosen.rows)
        address = (
            f"postgresql+psycopg://{server.user}:{quote(server.password)}@{server.host}:{server.port}/{server.database}"
        )
        places = [Path(folder) / name for name in ("ours", "peer")]
        for place in places:
            place.mkdir()
        ours = pull_in_child(target(server), places[0], CHUNK)
        peer = _in_child(address, places[1])
        for figures, place in ((ours, places[0]), (peer, places[1])):
            figures["megabytes"] = sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) / MEGABYTE
    console = Console()
    for name, figures in (("ours (Avro)", ours), ("dlt (JSON lines)", peer)):
        console.print(
            f"{name}: {figures['seconds']:.1f} s, peak {figures['peak_kb'] / 1024:.0f} MB, landed {figures['megabytes']:.0f} MB"
        )
    console.print(
        f"seconds, ours / dlt: {ours['seconds'] / peer['seconds']:.2f} ({chosen.rows:,} rows; lower is better)"
    )
    console.print(f"peak memory, ours / dlt: {ours['peak_kb'] / peer['peak_kb']:.2f} (lower is better)")


def _in_child(address: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bench_pull_database", "--peer", address, "--folder", str(folder)]
    # dlt's own working directory and telemetry stay out of the home folder and of the network.
    quiet = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder.parent / "dlt")}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _peer(address: str, folder: str) -> None:
    """dlt as its documentation has it; the workers that it starts are counted too."""
    import dlt
    from dlt.sources.sql_database import sql_table

    started = time.monotonic()
    landing = dlt.destinations.filesystem(bucket_url=Path(folder).as_uri())
    pipeline = dlt.pipeline("bench", destination=landing, dataset_name="rows", pipelines_dir=f"{folder}/../state")
    pipeline.run(sql_table(address, table=TABLE, chunk_size=5000), loader_file_format="jsonl")
    seconds = time.monotonic() - started
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": seconds, "peak_kb": max(peaks)}))


if __name__ == "__main__":
    main()
