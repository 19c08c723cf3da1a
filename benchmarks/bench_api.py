"""Requests a second for rows of one dataset on the local backend: through the local cloud's gateway, and of the function alone.

The peer is DuckDB, asked the same SQL in this process by one thread. Rows are 10,000 of 8 columns in 4 objects; each request
filters, orders and takes 50. Run it with `make bench`, or `python -m benchmarks.bench_api`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from local.cloud import LocalCloud
from local.deploy import deploy
from shipping.build import build
from tests.access.world import deployed

ROWS, OBJECTS, WANTED = 10_000, 4, 200
TYPES = {
    "id": "bigint", "customer": "string", "amount": "decimal(9,2)", "score": "double", "day_of": "date", "at": "timestamp",
    "good": "boolean", "note": "string",
}  # fmt: skip
DATASET = "transactions"


def rows_table() -> pa.Table:
    numbers = range(ROWS)
    return pa.table({
        "id": pa.array(numbers), "customer": pa.array([f"C{n % 997:06d}" for n in numbers]),
        "amount": pa.array([Decimal(n % 10_000) for n in numbers], pa.decimal128(9, 2)),
        "score": pa.array([n / 7 for n in numbers]),
        "day_of": pa.array([n % 20_000 for n in numbers], pa.int32()).cast(pa.date32()),
        "at": pa.array([n * 1_000_000 for n in numbers], pa.timestamp("us")), "good": pa.array([n % 3 == 0 for n in numbers]),
        "note": pa.array([f"a note on row {n}" for n in numbers]),
    })  # fmt: skip


def question(n: int) -> dict[str, Any]:
    return {
        "columns": ["id", "customer", "amount", "at"], "limit": 50, "order": [{"column": "amount", "descending": True}],
        "filters": [{"column": "customer", "operator": "ge", "value": f"C{n % 900:06d}"}],
    }  # fmt: skip


def measured(ask: Callable[[int], None], requests: int, threads: int) -> tuple[float, float]:
    """Requests a second, and the 95th percentile of their times in milliseconds."""
    for n in range(20):
        ask(n)

    def timed(n: int) -> float:
        began = time.perf_counter()
        ask(n)
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        times = list(pool.map(timed, range(requests)))
    return requests / (time.perf_counter() - began), statistics.quantiles(times, n=20)[-1] * 1000


def by_function(requests: int) -> tuple[float, float, float]:
    """The function in this process, as a warm one works; the CPU milliseconds of a request besides."""
    with deployed() as world:
        world.publish(DATASET, rows_table(), TYPES, OBJECTS)

        def ask(n: int) -> None:
            answer = world.ask("POST", f"/v1/datasets/{DATASET}/rows", question(n))
            assert answer.status == 200 and len(answer.json["rows"]) == 50, answer.body

        ask(0)
        began = time.process_time()
        rate, p95 = measured(ask, requests, 1)
        return rate, p95, (time.process_time() - began) / (requests + 20) * 1000


def by_gateway(requests: int, threads: int) -> tuple[float, float]:
    """The deployed function behind the local cloud's gateway."""
    build()
    with LocalCloud(state_dir=Path(".local") / "bench-api", only="lambda") as cloud:
        stack = deploy(cloud.client)
        _publish(cloud, stack)
        address = urlsplit(cloud.http_api(stack.http_api.name if stack.http_api else ""))
        headers = {"Authorization": f"Bearer {cloud.token('bench', 'glue-etl-pipeline/rows')}"}
        kept: dict[int, http.client.HTTPConnection] = {}

        def ask(n: int) -> None:
            import threading

            place = threading.get_ident()
            connection = kept.setdefault(place, http.client.HTTPConnection(str(address.hostname), address.port))
            path = f"{address.path}/v1/datasets/{DATASET}/rows"
            connection.request("POST", path, json.dumps(question(n)), {**headers, "Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200 and len(json.loads(body)["rows"]) == 50, body

        return measured(ask, requests, threads)


def _publish(cloud: LocalCloud, stack: Any) -> None:
    """The rows, where the deployed catalog has the dataset's table."""
    import io

    import pyarrow.parquet as pq

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


def by_duckdb(requests: int) -> tuple[float, float]:
    """The peer: the same rows, filter and order, without anything around."""
    connection = duckdb.connect(config={"threads": 2})
    found = rows_table()
    connection.register("found", found)
    connection.execute("CREATE TABLE kept AS SELECT * FROM found")
    sql = "SELECT id, customer, amount, at FROM kept WHERE customer >= ? ORDER BY amount DESC NULLS LAST, id LIMIT 51"

    def ask(n: int) -> None:
        assert len(connection.execute(sql, [f"C{n % 900:06d}"]).fetchall()) == 51

    return measured(ask, requests, 1)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=4, help="clients at once, through the gateway")
    options = parser.parse_args(arguments)
    duck, duck_p95 = by_duckdb(options.requests)
    function, function_p95, cpu = by_function(options.requests)
    gateway, gateway_p95 = by_gateway(options.requests, options.threads)
    table = Table(
        "asked of", "requests/s", "p95 ms", "of DuckDB's rate", title=f"50 of {ROWS:,} rows, filtered and ordered"
    )
    for name, rate, p95 in (
        ("DuckDB alone", duck, duck_p95), ("the function, warm", function, function_p95),
        ("the local cloud's gateway", gateway, gateway_p95),
    ):  # fmt: skip
        table.add_row(name, f"{rate:,.0f}", f"{p95:.1f}", f"{rate / duck:.2f}")
    Console().print(table)
    print(f"CPU of a request in the function: {cpu:.1f} ms; wanted: {WANTED} requests/s")


if __name__ == "__main__":
    main()
