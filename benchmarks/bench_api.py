"""Requests a second for rows of one dataset on the local backend: of the function alone, of the console's server, and through the
local cloud's gateway.

Peers: DuckDB, asked the same SQL in this process by one thread; Flask with DuckDB behind the same HTTP server, asked as the
console's server is. CPU is the server's alone. Run it with `make bench`, or `python -m benchmarks.bench_api`.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import duckdb
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.api_rows import DATASET, OBJECTS, PEER_SQL, ROWS, TYPES, question, rows_table
from local.cloud import LocalCloud
from local.deploy import deploy
from shipping.build import build
from tests.access.world import deployed

WANTED, WARM = 200, 20


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests a second, the 95th percentile of their times in milliseconds, CPU milliseconds a request (0: not measured)."""

    rate: float
    p95: float
    cpu: float = 0.0


def measured(ask: Callable[[int], None], requests: int, threads: int) -> tuple[float, float]:
    """Requests a second, and the 95th percentile of their times in milliseconds."""
    for n in range(WARM):
        ask(n)

    def timed(n: int) -> float:
        began = time.perf_counter()
        ask(n)
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        times = list(pool.map(timed, range(requests)))
    return requests / (time.perf_counter() - began), statistics.quantiles(times, n=20)[-1] * 1000


def by_function(requests: int) -> Figures:
    """The function in this process, as a warm one works."""
    with deployed() as world:
        world.publish(DATASET, rows_table(), TYPES, OBJECTS)

        def ask(n: int) -> None:
            answer = world.ask("POST", f"/v1/datasets/{DATASET}/rows", question(n))
            assert answer.status == 200 and len(answer.json["rows"]) == 50, answer.body

        ask(0)
        return in_this_process(ask, requests)


def in_this_process(ask: Callable[[int], None], requests: int) -> Figures:
    began = time.process_time()
    rate, p95 = measured(ask, requests, 1)
    return Figures(rate, p95, (time.process_time() - began) / (requests + WARM) * 1000)


def by_gateway(requests: int, threads: int) -> Figures:
    """The deployed function behind the local cloud's gateway."""
    build()
    with LocalCloud(state_dir=Path(".local") / "bench-api", only="lambda") as cloud:
        stack = deploy(cloud.client)
        _publish(cloud, stack)
        address = urlsplit(cloud.http_api(stack.http_api.name if stack.http_api else ""))
        headers = {"Authorization": f"Bearer {cloud.token('bench', 'glue-etl-pipeline/rows')}"}
        ask = asking(address, f"{address.path}/v1/datasets/{DATASET}/rows", headers)
        return Figures(*measured(ask, requests, threads))


def _publish(cloud: LocalCloud, stack: Any) -> None:
    """The rows, where the deployed catalog has the dataset's table."""
    s3, glue = cloud.client("s3"), cloud.client("glue")
    location = f"s3://{stack.curated_bucket}/{DATASET}/"
    storage = {"Columns": [{"Name": n, "Type": t} for n, t in TYPES.items()], "Location": location}
    keys = [{"Name": key, "Type": "string"} for key in ("year", "month", "day")]
    glue.update_table(
        DatabaseName=stack.database, TableInput={"Name": DATASET, "StorageDescriptor": storage, "PartitionKeys": keys}
    )
    table = rows_table()
    for n in range(OBJECTS):
        content = io.BytesIO()
        pq.write_table(table.take(list(range(n, ROWS, OBJECTS))), content)
        key = f"{DATASET}/year=2024/month=01/day=31/part-{n}.parquet"
        s3.put_object(Bucket=stack.curated_bucket, Key=key, Body=content.getvalue())
    day = {
        "Values": ["2024", "01", "31"],
        "StorageDescriptor": {**storage, "Location": f"{location}year=2024/month=01/day=31/"},
    }
    glue.batch_create_partition(DatabaseName=stack.database, TableName=DATASET, PartitionInputList=[day])


def by_duckdb(requests: int) -> Figures:
    """The peer: the same rows, filter and order, without anything around."""
    connection = duckdb.connect(config={"threads": 2})
    found = rows_table()
    connection.register("found", found)
    connection.execute("CREATE TABLE kept AS SELECT * FROM found")

    def ask(n: int) -> None:
        assert len(connection.execute(PEER_SQL, [f"C{n % 900:06d}"]).fetchall()) == 51

    return in_this_process(ask, requests)


def _ticks(pid: int) -> int:
    """Clock ticks of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def by_http(server: str, requests: int, threads: int) -> Figures:
    """A server of benchmarks.served_rows, asked by several clients that keep their connections."""
    command = [sys.executable, "-m", "benchmarks.served_rows", server]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin and served.stdout
        address = urlsplit(served.stdout.readline().strip())
        headers = {"Authorization": f"Bearer {address.fragment.removeprefix('token=')}"}
        ask = asking(address, f"/v1/datasets/{DATASET}/rows", headers)
        ask(0)
        began = _ticks(served.pid)
        rate, p95 = measured(ask, requests, threads)
        cpu = (_ticks(served.pid) - began) / os.sysconf("SC_CLK_TCK") / (requests + WARM) * 1000
        served.stdin.close()
    return Figures(rate, p95, cpu)


def asking(address: SplitResult, path: str, headers: Mapping[str, str]) -> Callable[[int], None]:
    """Asks question n at the address, over a connection that each thread keeps."""
    kept = threading.local()

    def ask(n: int) -> None:
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPConnection(str(address.hostname), address.port)
        told = {**headers, "Content-Type": "application/json"}
        kept.connection.request("POST", path, json.dumps(question(n)), told)
        answer = kept.connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and len(json.loads(body)["rows"]) == 50, body

    return ask


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=4, help="clients at once, over HTTP")
    parser.add_argument("--no-gateway", action="store_true", help="leave out the local cloud")
    options = parser.parse_args(arguments)
    duck, function = by_duckdb(options.requests), by_function(options.requests)
    flask, console = (by_http(server, options.requests, options.threads) for server in ("flask", "console"))
    lines = [
        ("DuckDB alone, in this process", duck, duck), ("the function, warm", function, duck),
        ("Flask with DuckDB, over HTTP", flask, flask), ("the console's server, over HTTP", console, flask),
    ]  # fmt: skip
    if not options.no_gateway:
        lines.append(("the local cloud's gateway", by_gateway(options.requests, options.threads), flask))
    title = f"50 of {ROWS:,} rows, filtered and ordered; wanted: {WANTED} requests/s"
    table = Table(
        "asked of", "requests/s", "p95 ms", "CPU ms", "of the peer's rate", "CPU, times the peer's", title=title
    )
    for name, found, peer in lines:
        cpu, times = (f"{found.cpu:.2f}", f"{found.cpu / peer.cpu:.1f}") if found.cpu else ("", "")
        table.add_row(name, f"{found.rate:,.0f}", f"{found.p95:.1f}", cpu, f"{found.rate / peer.rate:.2f}", times)
    Console().print(table)


if __name__ == "__main__":
    main()
