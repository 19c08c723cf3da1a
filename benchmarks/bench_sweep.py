"""A day of a million files: what one sweep costs in memory and time, against looking at the whole day at once.

The real step and adapters run on clients that make up S3's listing and the ledger's answers as they are asked; a virtual clock
moves by what each call takes on AWS. One file in ten thousand has lost its event, and staging is full of ended runs. Run it with
`make bench`, or `python -m benchmarks.bench_sweep --files 100000`.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from glue_etl.aws.files.jobs import Jobs
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.outcomes import JobStates, Queue
from glue_etl.aws.notices import Notices
from glue_etl.aws.tables import to_item
from glue_etl.core.files.ledger import RunRecord
from glue_etl.core.files.model import File
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.sweep import sweep
from shipping.deployment import DESCRIPTION
from tests.faults.simulator.direct_clients import Direct
from tests.unit.in_memory import SETTINGS

NIGHT = datetime(2030, 1, 5, 23, 30, tzinfo=UTC)
BETWEEN = timedelta(minutes=5)
PAGE = 1000
LOST_EVERY = 10_000
ENDED_RUNS, STAGED = 100, 1000
SECONDS = {
    "list_object_versions": 0.2, "list_objects_v2": 0.1, "delete_objects": 0.3, "batch_get_item": 0.015, "put_item": 0.008,
    "get_item": 0.005, "query": 0.008, "get_queue_attributes": 0.01, "send_message": 0.01,
}  # fmt: skip
"""What a call takes on AWS from a function in its region: assumptions, on the careful side."""
FUNCTION = DESCRIPTION["functions"]["sweep"]


class Day:
    """The clock, and what AWS holds: files of one day, by number. `found` are the ids that the sweep put into the ledger."""

    def __init__(self, files: int) -> None:
        self.files = files
        self.now = NIGHT
        self.calls: Counter[str] = Counter()
        self.found: set[str] = set()
        self.notes: dict[str, Any] = {}
        self.staging = [f"claim{n:04d}/" for n in range(ENDED_RUNS)]
        self.lost = {self.batch_id(number) for number in range(0, files, LOST_EVERY)}

    def key(self, number: int) -> str:
        return f"{SETTINGS.incoming_prefix}2030/01/05/{number:09d}.csv"

    def batch_id(self, number: int) -> str:
        return File(SETTINGS.raw_bucket, self.key(number), f"v{number}", "", 0, "").batch_id

    def pass_time(self, operation: str) -> None:
        self.calls[operation] += 1
        self.now += timedelta(seconds=SECONDS[operation])


class Listing(Direct):
    """S3: the day's listing in pages, and staging."""

    service = "s3"

    def __init__(self, day: Day) -> None:
        self._day = day

    def list_object_versions(
        self, Bucket: str, Prefix: str = "", KeyMarker: str = "", VersionIdMarker: str = "", Delimiter: str = ""
    ) -> dict[str, Any]:
        self._day.pass_time("list_object_versions")
        if Delimiter:
            return {"IsTruncated": False, "CommonPrefixes": [{"Prefix": f"{Prefix}2030/"}]}
        if not self._day.key(0).startswith(Prefix):
            return {"IsTruncated": False}
        start = int(KeyMarker[-13:-4]) + 1 if KeyMarker else 0
        numbers = range(start, min(start + PAGE, self._day.files))
        more = numbers.stop < self._day.files
        marks = {"NextKeyMarker": self._day.key(numbers[-1]), "NextVersionIdMarker": "v"} if more else {}
        return {"IsTruncated": more, "Versions": [self._version(number) for number in numbers], **marks}

    def list_objects_v2(
        self, Bucket: str, Prefix: str = "", Delimiter: str = "", ContinuationToken: str = ""
    ) -> dict[str, Any]:
        self._day.pass_time("list_objects_v2")
        if Delimiter:
            return {
                "IsTruncated": False,
                "CommonPrefixes": [{"Prefix": f"{Prefix}{name}"} for name in self._day.staging],
            }
        return {"IsTruncated": False, "Contents": [{"Key": f"{Prefix}{n}", "Size": 1} for n in range(STAGED)]}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        self._day.pass_time("delete_objects")
        self._day.staging.remove(Delete["Objects"][0]["Key"].split("/")[-2] + "/")
        return {}

    def _version(self, number: int) -> dict[str, Any]:
        modified = NIGHT - timedelta(hours=2)
        return {
            "Key": self._day.key(number),
            "VersionId": f"v{number}",
            "ETag": '"e"',
            "Size": 1,
            "LastModified": modified,
        }


class Table(Direct):
    """DynamoDB: has every file whose event was not lost, all runs ended, nothing open."""

    service = "dynamodb"

    def __init__(self, day: Day) -> None:
        self._day = day

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self._day.pass_time("batch_get_item")
        ((table, request),) = RequestItems.items()
        missing = self._day.lost - self._day.found
        return {"Responses": {table: [key for key in request["Keys"] if key["batch_id"]["S"] not in missing]}}

    def put_item(self, TableName: str, Item: dict[str, Any], **condition: Any) -> dict[str, Any]:
        self._day.pass_time("put_item")
        name = Item["batch_id"]["S"]
        if name.startswith("note#"):
            self._day.notes[name] = Item
        else:
            self._day.found.add(name)
        return {}

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool = False) -> dict[str, Any]:
        self._day.pass_time("get_item")
        name = Key["batch_id"]["S"]
        if name.startswith("run#"):
            run = RunRecord(name.removeprefix("run#"), open=False, rev=1)
            return {"Item": to_item({"claim": run.claim, "open": False, "rev": 1})}
        return {"Item": self._day.notes[name]} if name in self._day.notes else {}

    def query(self, **_: Any) -> dict[str, Any]:
        self._day.pass_time("query")
        return {"Items": []}


class ShortQueue:
    """SQS: nothing waits there."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        self._day.pass_time("get_queue_attributes")
        return {"Attributes": dict.fromkeys(AttributeNames, "0")}

    def send_message(self, **_: Any) -> dict[str, Any]:
        self._day.pass_time("send_message")
        return {}


def services(day: Day) -> Services:
    unused: Any = None
    objects, table = Objects(_as_any(Listing(day))), _as_any(Table(day))
    return Services(
        settings=SETTINGS, contracts={}, bundle={}, objects=objects, ledger=Ledger(table, "ledger"),
        jobs=Jobs(unused, "ingest"), job_states=JobStates(unused, "jobs", "test"), notices=Notices(unused, "arn"),
        catalog=unused, tables=unused, arrivals=Queue(_as_any(ShortQueue(day)), "https://queue"),
        now=lambda: day.now, new_id=lambda: "id",
        each=lambda function, items: [function(item) for item in items], log=lambda message, /, **fields: None,
    )  # fmt: skip


def _as_any(client: object) -> Any:
    return client


@dataclass
class Sweeps:
    """What the sweeps came to until every lost file was found: the longest and the largest of them."""

    rounds: int = 0
    seconds: float = 0.0
    memory: int = 1
    staged: int = 0
    cpu: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_sweep", description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    files = parser.parse_args().files
    day, whole = Day(files), Day(files)
    swept = _sweep_until_found(day)
    began, (_, memory) = whole.now, _measured(lambda: _at_once(services(whole)))
    seconds = (whole.now - began).total_seconds()
    limit, hours = FUNCTION["timeout_seconds"], swept.rounds * BETWEEN.total_seconds() / 3600
    tell = Console().print
    tell(f"{files:,} files of a day, {len(day.lost)} without an event, {swept.staged:,} staged objects of ended runs")
    tell(f"all found after {swept.rounds} sweeps = {hours:.1f} h; folders of ended runs left: {len(day.staging)}")
    tell(f"a sweep: at most {swept.seconds:.0f} s of {limit}, {swept.memory / 1e6:.1f} MB, CPU {swept.cpu:.1f} s here")
    tell(f"the whole day at once: {seconds:.0f} s, {memory / 1e6:.0f} MB of {FUNCTION['memory_mb']}")
    tell(
        f"memory / whole day = {swept.memory / memory:.4f}, time / whole day = {swept.seconds / seconds:.3f} (lower is better)"
    )
    tell("calls of all sweeps:", dict(sorted(day.calls.items())))
    return 0 if swept.seconds < limit and not day.staging else 1


def _sweep_until_found(day: Day) -> Sweeps:
    swept, cpu = Sweeps(), time.process_time()
    while day.found != day.lost:
        began, (report, peak) = day.now, _measured(lambda: sweep(services(day)))
        assert not report.not_repaired and swept.rounds <= day.files, report
        swept.seconds = max(swept.seconds, (day.now - began).total_seconds())
        swept.memory, swept.rounds = max(swept.memory, peak), swept.rounds + 1
        swept.staged += report.staging_deleted
        day.now = began + BETWEEN
    swept.cpu = (time.process_time() - cpu) / swept.rounds
    return swept


def _at_once(every: Services) -> int:
    """As a sweep without a cursor does it: the listing of the day in memory, then the ledger."""
    listed = list(every.objects.versions(SETTINGS.raw_bucket, f"{SETTINGS.incoming_prefix}2030/01/05/"))
    by_id = {file.batch_id: file for file in listed}
    return len(by_id.keys() - every.ledger.known(by_id))


def _measured(work: Callable[[], Any]) -> tuple[Any, int]:
    """What the work gives, and the most memory that Python had for it beside what was there before."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    sys.exit(main())
