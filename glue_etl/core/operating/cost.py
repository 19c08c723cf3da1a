"""What AWS bills: an estimate to decide by, not an invoice. List prices of us-east-1 in US dollars.

Two questions: what loading some files will cost (`estimate`), and what each dataset cost (`usage_of`, `dollars`), from what the
runs' states tell of their files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.files.bill import BILLED_AT_LEAST_SECONDS, DPU_A_WORKER, DPU_HOUR_USD, WORKERS

SECONDS_A_RUN = 90
"""Start-up of a small run, before it reads: assumed."""
BYTES_A_SECOND = 20_000_000
"""What two G.1X workers read, audit and write in a second: assumed, conservative."""

S3_WRITE, S3_READ = 0.005 / 1_000, 0.0004 / 1_000
"""PUT, COPY, POST and LIST; GET and all others ("Amazon S3 pricing"). Deletions are free."""
DYNAMODB_WRITE, DYNAMODB_READ = 0.625 / 1_000_000, 0.125 / 1_000_000
"""A unit of 1 KB written, of 4 KB read, on demand ("Amazon DynamoDB pricing")."""
SNS_PUBLISH, SQS_CALL, GLUE_CALL = 0.50 / 1_000_000, 0.40 / 1_000_000, 1.00 / 1_000_000
LAMBDA_GB_SECOND = 0.0000133334
"""On arm64 ("AWS Lambda pricing")."""
WRITTEN_UNITS = 10
"""Of a file's record: 2 KB, in the table and in four indexes, a unit a KB each."""
TRANSACTION_UNITS = 2 * (WRITTEN_UNITS + 2)
"""A transaction writes twice ("DynamoDB read and write operations"): a record, and a head of 2 KB that is in no index."""
_S3_WRITES = ("Put", "Copy", "Create", "Complete", "Upload", "List", "Post")
_DYNAMODB = {
    "PutItem": DYNAMODB_WRITE * WRITTEN_UNITS,
    "UpdateItem": DYNAMODB_WRITE * WRITTEN_UNITS,
    "TransactWriteItems": DYNAMODB_WRITE * TRANSACTION_UNITS,
}
_OTHERS = {"sns": SNS_PUBLISH, "sqs": SQS_CALL, "glue": GLUE_CALL}

REQUESTS_A_FILE_USD = 0.00006
"""Requests for one small file of many in a run, as `benchmarks/bench_burst` counts them, rounded up; it fails above this."""
LAMBDA_SECONDS_A_FILE = 0.1
LAMBDA_GB = 0.5
"""What dispatch and finalize take for a file, together: assumed; the dashboard shows yours."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Runs, DPU-hours and US dollars of loading some files."""

    runs: int
    dpu_hours: float
    usd: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What files of a dataset took: how many, their bytes, and their share of what Glue bills, in DPU-seconds.

    A file that several runs worked on counts as often: each of them was paid.
    """

    files: int = 0
    bytes: int = 0
    dpu_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Dollars:
    """US dollars of a usage: Glue's run time, and requests with the functions that make them."""

    glue: float
    requests: float

    @property
    def total(self) -> float:
        return self.glue + self.requests


def estimate(files: int, size: int, files_a_run: int, bytes_a_run: int) -> Estimate:
    """Of `files` files with `size` bytes in all, packed into runs as dispatch packs them."""
    runs = max(math.ceil(files / files_a_run), math.ceil(size / bytes_a_run)) if files else 0
    seconds = max(runs * BILLED_AT_LEAST_SECONDS, runs * SECONDS_A_RUN + size / BYTES_A_SECOND) if runs else 0.0
    hours = seconds * WORKERS * DPU_A_WORKER / 3600
    return Estimate(runs, round(hours, 2), round(hours * DPU_HOUR_USD, 2))


def usage_of(states: Iterable[Mapping[str, Any]]) -> dict[str, Usage]:
    """Usage by dataset, summed over the metadata of the job's states; the dearest first."""
    found: dict[str, Usage] = {}
    for metadata in states:
        for dataset, bill in metadata.get("datasets", {}).items():
            known = found.get(dataset, Usage())
            found[dataset] = Usage(
                known.files + int(bill["files"]),
                known.bytes + int(bill["bytes"]),
                known.dpu_seconds + float(bill["dpu_seconds"]),
            )
    return dict(sorted(found.items(), key=lambda item: -dollars(item[1]).total))


def dollars(usage: Usage) -> Dollars:
    """What a usage costs. Storage, mails and what is billed at idle (docs/deploy.md) are not in it."""
    functions = LAMBDA_SECONDS_A_FILE * LAMBDA_GB * LAMBDA_GB_SECOND
    return Dollars(usage.dpu_seconds / 3600 * DPU_HOUR_USD, usage.files * (REQUESTS_A_FILE_USD + functions))


def dollars_of_calls(calls: Mapping[tuple[str, str], int]) -> float:
    """What API calls cost, counted by service and operation as the local cloud does. Calls that are free cost nothing."""
    return sum(count * _price(service, operation) for (service, operation), count in calls.items())


def _price(service: str, operation: str) -> float:
    if service == "s3":
        if operation.startswith("Delete"):
            return 0.0
        return S3_WRITE if operation.startswith(_S3_WRITES) else S3_READ
    if service == "dynamodb":
        return _DYNAMODB.get(operation, DYNAMODB_READ)
    return _OTHERS.get(service, 0.0)
