"""A ledger and an object store in memory, and services on them: enough to settle a file without any cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from glue_etl.core.datasets.admission import NewDatasets
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.drawn import Drawn
from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import LostClaim
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.compaction import Day
from glue_etl.core.files.heads import Head
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File, Partition
from glue_etl.core.files.settings import Settings
from glue_etl.steps.files.ports import Services

NOW = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
SETTINGS = Settings(
    environment="test", raw_bucket="raw", curated_bucket="curated", quarantine_bucket="quarantine", ledger_table="ledger",
    job_state_table="jobs", glue_job_name="ingest", contracts_uri="s3://artifacts/contracts.json",
    arrivals_queue_url="https://queue", notices_topic_arn="arn:topic", catalog_database="lake",
)  # fmt: skip


class MemoryLedger:
    """Stores records, heads and schemas under the same condition as the real one: `rev` is the one that was read."""

    def __init__(self, *records: Record) -> None:
        self.records = {record.batch_id: record for record in records}
        self.heads: dict[str, Head] = {}
        self.runs_circuit = Circuit()
        self.stored: dict[str, Schema] = {}
        self.suites: dict[str, Drawn] = {}
        self.new_datasets = NewDatasets()
        self.pasts: dict[str, History] = {}
        self.awaited: dict[str, Expected] = {}
        self.notes: dict[str, Mapping[str, Any]] = {}
        self.days: dict[str, Day] = {}

    def circuit(self) -> Circuit:
        return self.runs_circuit

    def update_circuit(self, change: Callable[[Circuit], Circuit]) -> Circuit:
        self.runs_circuit = change(self.runs_circuit)
        return self.runs_circuit

    def get(self, batch_id: str) -> Record | None:
        return self.records.get(batch_id)

    def update(self, batch_id: str, change: Callable[[Record], Record], _: Record | None = None) -> Record:
        if batch_id not in self.records:
            raise LostClaim(f"the ledger has no file {batch_id}")
        self.records[batch_id] = change(self.records[batch_id])
        return self.records[batch_id]

    def head(self, blank: Head) -> Head:
        return self.heads.get(blank.name, blank)

    def update_head(self, blank: Head, change: Callable[[Head], Head]) -> Head:
        self.heads[blank.name] = change(self.head(blank))
        return self.heads[blank.name]

    def day(self, blank: Day) -> Day:
        return self.days.get(blank.name, blank)

    def update_day(self, blank: Day, change: Callable[[Day], Day]) -> Day:
        before = self.day(Day(blank.dataset, blank.partition))
        after = change(before)
        if after is not before:
            self.days[blank.name] = after
        return after

    def schema(self, dataset: str) -> Schema | None:
        return self.stored.get(dataset)

    def update_schema(self, blank: Schema, change: Callable[[Schema], Schema]) -> Schema:
        self.stored[blank.dataset] = change(self.stored.get(blank.dataset, blank))
        return self.stored[blank.dataset]

    def schemas(self, since: str = "") -> Iterator[Schema]:
        latest = sorted(self.stored.values(), key=lambda schema: schema.updated_at, reverse=True)
        return (schema for schema in latest if schema.updated_at >= since)

    def history(self, dataset: str) -> History:
        return self.pasts.get(dataset, History(dataset))

    def commit_history(self, history: History, records: Sequence[Record]) -> bool:
        current = [self.history(history.dataset).rev, *(self.records[r.batch_id].rev for r in records)]
        if current != [history.rev - 1, *(record.rev - 1 for record in records)]:
            return False
        self.pasts[history.dataset] = history
        self.records |= {record.batch_id: record for record in records}
        return True

    def expected(self, dataset: str) -> Expected:
        return self.awaited.get(dataset, Expected(dataset))

    def update_expected(self, dataset: str, change: Callable[[Expected], Expected]) -> Expected:
        self.awaited[dataset] = change(self.expected(dataset))
        return self.awaited[dataset]

    def overdue(self, before: str, limit: int) -> list[Expected]:
        return [e for e in self.awaited.values() if e.due and not e.told and e.due < before][:limit]

    def by_key(self, bucket: str, key: str, page: int = 100) -> Iterator[Record]:
        mine = [r for r in self.records.values() if (r.file.bucket, r.file.key) == (bucket, key)]
        return iter(sorted(mine, key=lambda record: record.file.arrived_at)[::-1])

    def by_dataset(self, dataset: str, since: str = "") -> Iterator[Record]:
        mine = (r for r in self.records.values() if r.dataset == dataset and r.updated_at >= since)
        return iter(sorted(mine, key=lambda record: record.updated_at, reverse=True))

    def drawn(self, dataset: str) -> Drawn | None:
        return self.suites.get(dataset)

    def update_drawn(self, blank: Drawn, change: Callable[[Drawn], Drawn]) -> Drawn:
        self.suites[blank.dataset] = change(self.suites.get(blank.dataset, blank))
        return self.suites[blank.dataset]

    def update_new_datasets(self, change: Callable[[NewDatasets], NewDatasets]) -> NewDatasets:
        self.new_datasets = change(self.new_datasets)
        return self.new_datasets

    def commit(self, heads: Sequence[Head], records: Sequence[Record]) -> bool:
        current = [self.head(head).rev for head in heads] + [self.records[r.batch_id].rev for r in records]
        if current != [head.rev - 1 for head in heads] + [record.rev - 1 for record in records]:
            return False
        self.heads |= {head.name: head for head in heads}
        self.records |= {record.batch_id: record for record in records}
        return True

    def read_note(self, name: str) -> Mapping[str, Any]:
        return self.notes.get(name, {})

    def write_note(self, name: str, note: Mapping[str, Any]) -> None:
        self.notes[name] = note


class MemoryObjects:
    """Remembers which objects are there, by uri."""

    def __init__(self) -> None:
        self.uris: set[str] = set()

    def copy(self, source_uri: str, target_uri: str) -> None:
        self.uris.add(target_uri)

    def pin(self, file: File, target_uri: str) -> None:
        self.uris.add(target_uri)

    def write_json(self, uri: str, document: Any) -> None:
        self.uris.add(uri)

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        self.uris -= {f"s3://{bucket}/{key}" for key in keys}

    def versions_of(self, bucket: str, key: str) -> Iterator[File]:
        return iter(())

    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]:
        below = (found.removeprefix(uri) for found in self.uris if found.startswith(uri))
        return iter(sorted({f"{rest.partition('/')[0]}/" for rest in below if "/" in rest}))

    def below(self, bucket: str) -> set[str]:
        """What a bucket holds of files; the tables of quality are no file's."""
        return {uri for uri in self.uris if uri.startswith(f"s3://{bucket}/") and "_quality" not in uri}


class MemoryCatalog:
    """Remembers the tables that have days."""

    def __init__(self) -> None:
        self.days: list[str] = []

    def add_partitions(self, dataset: str, days: Iterable[Partition]) -> str:
        self.days.append(dataset)
        return "columns"


def services_on(ledger: MemoryLedger, objects: MemoryObjects, catalog: Any = None) -> Services:
    """Services that can settle files; what else they hold is absent."""
    absent: Any = None
    stored: Any = ledger
    kept: Any = objects
    there: Any = catalog or MemoryCatalog()
    ids = count()
    return Services(
        settings=SETTINGS, contracts={"default": Contract("default")}, bundle={}, objects=kept, ledger=stored, jobs=absent,
        job_states=absent, notices=absent, catalog=there, tables=absent, arrivals=absent, now=lambda: NOW,
        new_id=lambda: f"{next(ids):08x}", each=_each, log=lambda message, /, **fields: None,
    )  # fmt: skip


def _each(call: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    return [call(item) for item in items]
