"""What the steps of files need of the world, as protocols: glue_etl.aws has the one implementation. All may raise Transient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.files.heads import Head
from glue_etl.core.files.ledger import Record, RunRecord
from glue_etl.core.files.model import File, Partition
from glue_etl.core.files.settings import Settings
from glue_etl.steps.ports import Log, Notices


@dataclass(frozen=True, slots=True)
class Opened:
    """An object version with its first and last 64 KiB (at most)."""

    file: File
    head: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class JobRun:
    """A Glue job run: its state as Glue spells it, its manifest's uri ("" where it has none), its error message.

    `ended_at` (ISO 8601, UTC) is "" while it goes on.
    """

    run_id: str
    state: str
    manifest: str = ""
    message: str = ""
    health_check: bool = False
    execution_seconds: int = 0
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class JobState:
    """What the table of job states keeps: the job reached `status` at `updated_at` (ISO 8601, UTC), told in a `message`."""

    job_name: str
    status: str
    updated_at: str
    message: str
    metadata: Mapping[str, Any]


class Objects(Protocol):
    """S3: see glue_etl.aws.files.objects."""

    def open(self, bucket: str, key: str, version_id: str | None) -> Opened | None: ...
    def versions(self, bucket: str, prefix: str, after: str = "", limit: int | None = None) -> Iterator[File]: ...
    def versions_of(self, bucket: str, key: str) -> Iterator[File]: ...
    def read_json(self, uri: str) -> Any: ...
    def write_json(self, uri: str, document: Any) -> None: ...
    def copy(self, source_uri: str, target_uri: str) -> None: ...
    def pin(self, file: File, target_uri: str) -> None: ...
    def delete(self, bucket: str, keys: Sequence[str]) -> None: ...
    def list(self, uri: str) -> Iterator[tuple[str, int]]: ...
    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]: ...


class Ledger(Protocol):
    """The ledger: see glue_etl.aws.files.ledger."""

    def get(self, batch_id: str) -> Record | None: ...
    def known(self, batch_ids: Iterable[str]) -> set[str]: ...
    def receive(self, record: Record) -> bool: ...
    def update(self, batch_id: str, change: Callable[[Record], Record], known: Record | None = None) -> Record: ...
    def open_files(self, open_state: str, before: str, limit: int) -> list[Record]: ...
    def head(self, blank: Head) -> Head: ...
    def update_head(self, blank: Head, change: Callable[[Head], Head]) -> Head: ...
    def commit(self, head: Head, records: Sequence[Record]) -> bool: ...
    def pending_heads(self, before: str, limit: int) -> list[Head]: ...
    def update_run(self, blank: RunRecord, change: Callable[[RunRecord], RunRecord]) -> RunRecord: ...
    def run(self, claim: str) -> RunRecord | None: ...
    def open_runs(self, before: str, limit: int) -> list[RunRecord]: ...
    def read_note(self, name: str) -> Mapping[str, Any]: ...
    def write_note(self, name: str, note: Mapping[str, Any]) -> None: ...


class Jobs(Protocol):
    """The Glue job: see glue_etl.aws.files.jobs."""

    def room(self) -> int: ...
    def start(self, manifest_uri: str) -> str: ...
    def get(self, run_id: str) -> JobRun | None: ...
    def recent(self) -> Iterator[JobRun]: ...


class JobStates(Protocol):
    """The table of job states."""

    def update_job_state(self, state: JobState) -> None: ...


class Catalog(Protocol):
    """The tables that readers query."""

    def add_partitions(self, partitions: Iterable[tuple[str, Partition]]) -> None: ...


class Queue(Protocol):
    """The arrivals queue."""

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None: ...
    def give_back(self, receipt_handles: Sequence[str], seconds: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a step may call. `now` is UTC; `new_id` gives a fresh token; `each` maps a call over many items, at once
    where that pays; `contracts` are the datasets' contracts, `bundle` the same as JSON.
    """

    settings: Settings
    contracts: Mapping[str, Contract]
    bundle: Mapping[str, Any]
    objects: Objects
    ledger: Ledger
    jobs: Jobs
    job_states: JobStates
    notices: Notices
    catalog: Catalog
    arrivals: Queue
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    each: Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]
    log: Log
