"""How soon the console shows something, in a fresh headless Chromium, with 10,000 files in the local cloud's ledger.

First contentful paint is the browser's own figure ("Paint Timing", W3C); the first list is there when its first row is. The peer
is one HTML page with the same 30 files as a table, made by Flask of the same queries, behind the same HTTP server: what no page
with scripts can be faster than. CPU is of server, local cloud and browser together. Run it with `make bench`, or
`python -m benchmarks.bench_console`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console as Terminal
from rich.table import Table
from werkzeug.serving import make_server

from benchmarks.process_cpu import cpu_seconds
from glue_etl.aws.files.ledger_items import record_item, schema_item
from glue_etl.aws.operating.deployment import Deployment, find_deployment
from glue_etl.aws.tables import to_item
from glue_etl.console.serving import Console, QuietHandler
from glue_etl.core.batches import batches
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.ledger import Move, Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from local.cloud import LocalCloud
from local.deploy import deploy
from shipping.build import build

DATASETS, SHOWN, WRITE = 12, 30, 25
SET_ASIDE = {50: State.QUARANTINED, 151: State.REJECTED, 353: State.FAILED}
"""Every so manieth file."""
WANTED = 1000.0
NEWEST = datetime(2024, 3, 1, tzinfo=UTC)


def file(bucket: str, n: int) -> Record:
    """The n-th newest file, as finalize leaves one."""
    dataset, at = f"sales_{n % DATASETS:02d}", (NEWEST - timedelta(minutes=n)).isoformat()
    state = next((state for every, state in SET_ASIDE.items() if n % every == every - 1), State.PUBLISHED)
    moves = [("NEW", "RECEIVED"), ("RECEIVED", "RUNNING"), ("RUNNING", "STAGED"), ("STAGED", str(state))]
    return Record(
        file=File(bucket, f"data/incoming/{dataset}/{n:05d}.csv", f"v{n}", "", 1_000 + n, at),
        state=state, claim=f"c{n // 50}", run_id=f"jr_{n // 50}", dataset=dataset, format="csv", attempts=1,
        parked=state is State.FAILED, rows_read=100, rows_published=100 if state is State.PUBLISHED else 0,
        scores={"completeness": 1.0, "validity": 0.98}, overall=0.99, updated_at=at, rev=4,
        history=tuple(Move(at, "finalize", source, target, "as it does", f"jr_{n // 50}") for source, target in moves),
    )  # fmt: skip


def fill(found: Deployment, files: int) -> None:
    """Write the datasets and files into the ledger, as its own items."""
    settings = found.services.settings
    names = [f"sales_{n:02d}" for n in range(DATASETS)]
    schemas = [schema_item(Schema(name, 1, origin="folder", created_at=NEWEST.isoformat(), rev=1)) for name in names]
    items = [*schemas, *(record_item(file(settings.raw_bucket, n)) for n in range(files))]
    client = found.client("dynamodb")
    for batch in batches(items, WRITE):
        puts = [{"PutRequest": {"Item": to_item(item)}} for item in batch]
        assert not client.batch_write_item(RequestItems={settings.ledger_table: puts}).get("UnprocessedItems")


@contextmanager
def peer(found: Deployment) -> Iterator[str]:
    """The address of a page with the newest files of all datasets, made on the server."""
    app = Flask(__name__)

    @app.get("/")
    def page() -> str:
        client, table = found.client("dynamodb"), found.services.settings.ledger_table
        items: list[Any] = []
        for n in range(DATASETS):
            compared = {":hash": TypeSerializer().serialize(f"sales_{n:02d}")}
            items += client.query(
                TableName=table, IndexName="by-dataset", KeyConditionExpression="dataset = :hash",
                ExpressionAttributeValues=compared, ScanIndexForward=False, Limit=SHOWN,
            )["Items"]  # fmt: skip
        newest = sorted(
            (item for item in items if "state" in item), key=lambda item: item["updated_at"]["S"], reverse=True
        )[:SHOWN]
        cells = [[escape(item[name]["S"]) for name in ("key", "state", "dataset", "updated_at")] for item in newest]
        rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        return f"<!doctype html><title>files</title><table><tbody>{rows}</tbody></table>"

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a page: milliseconds to its first paint and to the first row of its list."""

    paint: float
    rows: float


def load(browser: Browser, address: str, token: str) -> Load:
    """Load the page in a context that has nothing of before but the token."""
    context = browser.new_context()
    context.add_init_script(f"sessionStorage.setItem('glue-etl-token', '{token}')")
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("tbody tr td", timeout=120_000)
    rows = page.evaluate("performance.now()")
    paint = page.evaluate(
        "new Promise((told) => new PerformanceObserver((list) => list.getEntries().forEach("
        "(e) => e.name === 'first-contentful-paint' && told(e.startTime))).observe({type: 'paint', buffered: true}))"
    )
    context.close()
    return Load(float(paint), float(rows))


def loads(browser: Browser, address: str, token: str, times: int) -> tuple[Load, float]:
    """The median load, and the CPU milliseconds of one: of server, local cloud and browser together."""
    load(browser, address, token)
    began = cpu_seconds()
    found = [load(browser, address, token) for _ in range(times)]
    cpu = (cpu_seconds() - began) / times * 1000
    return Load(statistics.median(x.paint for x in found), statistics.median(x.rows for x in found)), cpu


ROOMS = {
    "now": "", "all files": "files", "quarantined files": "files?state=QUARANTINED",
    "published files": "files?state=PUBLISHED", "one dataset's files": "files?dataset=sales_03",
}  # fmt: skip


def tell(options: argparse.Namespace, plain: str, console: Console) -> None:
    """Load all pages and print how long they took."""
    address, _, token = console.address.partition("#token=")
    places = {"peer: a page of Flask's": plain, **{name: f"{address}#/{room}" for name, room in ROOMS.items()}}
    title = f"{options.files:,} files in the ledger; wanted: first contentful paint under {WANTED:.0f} ms"
    table = Table(
        "page", "first paint ms", "times the peer's", "first list ms", "times the peer's", "CPU ms", title=title
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first: Load | None = None
        for name, place in places.items():
            found, cpu = loads(browser, place, token, options.times)
            first = first or found
            times = [f"{found.paint / first.paint:.1f}", f"{found.rows / first.rows:.1f}"]
            table.add_row(name, f"{found.paint:.0f}", times[0], f"{found.rows:.0f}", times[1], f"{cpu:.0f}")
        browser.close()
    Terminal().print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5, help="loads of each page; the median is told")
    options = parser.parse_args(arguments)
    build()
    with LocalCloud(state_dir=Path(".local") / "bench-console", only="lambda") as cloud:
        stack = deploy(cloud.client)
        found = find_deployment(stack.name, cloud.client, lambda message, /, **fields: None)
        fill(found, options.files)
        with peer(found) as plain:
            console = Console(found, "bench", ("read", "rows", "operate"))
            console.start()
            tell(options, plain, console)
            console.close()


if __name__ == "__main__":
    main()
