"""The ledger in DynamoDB. It only stores and compares: what may change is decided in glue_etl.core.files.ledger and .heads.

Every write carries the condition that the item's `rev` is the one that was read. Reads are by key (consistent) or by
index; nothing here scans. Table: PK `batch_id`; files by their id, heads as `key#…`, days as `day#…`, runs as `run#…`, schemas
as `schema#…`, the past of datasets as `quality#…`, when their next file is due as `expected#…`, notes as `note#…`, the circuit
as `circuit#…`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from glue_etl.aws.files.ledger_items import (
    CIRCUIT,
    DATASET,
    DAY,
    EXPECTED,
    HEAD,
    NEW_DATASETS,
    RUN,
    circuit_item,
    day_item,
    drawn_item,
    expected_item,
    head_item,
    history_item,
    item_circuit,
    item_day,
    item_expected,
    item_head,
    item_history,
    item_new_datasets,
    item_record,
    item_run,
    item_schema,
    new_datasets_item,
    record_item,
    run_item,
    schema_item,
)
from glue_etl.aws.tables import BATCH_GET, Table
from glue_etl.core.batches import batches
from glue_etl.core.datasets.admission import NewDatasets
from glue_etl.core.datasets.drawn import Drawn
from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import LostClaim
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.compaction import Day
from glue_etl.core.files.heads import Head
from glue_etl.core.files.ledger import Record, RunRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 100
"""Items that one call of a listing reads which people leaf through."""
_HASHES = {"by-dataset": "dataset", "by-state": "open_state"}


class Ledger:
    """The ledger of one environment. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: DynamoDBClient, table: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._table = Table(client, table, pause)

    def get(self, batch_id: str) -> Record | None:
        item = self._table.get(batch_id=batch_id)
        return item_record(item) if item else None

    def records(self, batch_ids: Iterable[str]) -> dict[str, Record]:
        """The records of those files that the ledger has, as they are now, by batch_id."""
        items = [
            item for b in batches(dict.fromkeys(batch_ids), BATCH_GET) for item in self._table.found("batch_id", b)
        ]
        return {item["batch_id"]: item_record(item) for item in items}

    def known(self, batch_ids: Iterable[str], just_now: bool = True) -> set[str]:
        """Which of these files the ledger has; with `just_now` False perhaps without those of the last second, at half price."""
        asked = batches(dict.fromkeys(batch_ids), BATCH_GET)
        return {found for batch in asked for found in self._table.known("batch_id", batch, just_now)}

    def receive(self, record: Record) -> bool:
        """Store a file's first record; False where the ledger has the file already."""
        return self._table.put(record_item(record), rev=0)

    def update(self, batch_id: str, change: Callable[[Record], Record], known: Record | None = None) -> Record:
        """Change a file's record: read (unless it is `known`), `change`, write if nobody wrote in between, else again.

        `change` may return its argument (nothing is written) or raise. Raises LostClaim where the ledger has no such
        file, Transient where others keep writing.
        """
        first = [known] if known else []

        def read() -> Record:
            record = first.pop() if first else self.get(batch_id)
            if record is None:
                raise LostClaim(f"the ledger has no file {batch_id}")
            return record

        return self._table.change(f"the record of {batch_id}", read, change, record_item)

    def head(self, blank: Head) -> Head:
        """The head as stored, or `blank`."""
        item = self._table.get(batch_id=blank.name)
        return item_head(item) if item else blank

    def heads(self, blanks: Iterable[Head]) -> dict[str, Head]:
        """Those of the heads that are stored, by name, perhaps as they were a second ago."""
        asked = batches(dict.fromkeys(blank.name for blank in blanks), BATCH_GET)
        return {
            item["name"]: item_head(item)
            for batch in asked
            for item in self._table.found("batch_id", batch, consistent=False)
        }

    def update_head(self, blank: Head, change: Callable[[Head], Head]) -> Head:
        """Change a head as `update` changes a file; `blank` stands for one that was never stored."""
        return self._table.change(f"the head {blank.name}", lambda: self.head(blank), change, head_item)

    def commit(self, heads: Sequence[Head], records: Sequence[Record]) -> bool:
        """Store heads and records together, or nothing (False) where one of them was written in between."""
        return self._table.put_all([*map(head_item, heads), *map(record_item, records)])

    def open_files(self, open_state: str, before: str, limit: int) -> list[Record]:
        """Files with work to do, untouched since `before`, oldest first. `open_state`: a state, "WAITING" or "PARKED"."""
        return [item_record(item) for item in self._open(str(open_state), before, limit)]

    def pending_heads(self, before: str, limit: int) -> list[Head]:
        """Heads with copies to delete, or with an intent that expired before `before`."""
        return [item_head(item) for item in self._open(HEAD, before, limit)]

    def day(self, blank: Day) -> Day:
        """The day as stored, or `blank`."""
        item = self._table.get(batch_id=blank.name)
        return item_day(item) if item else blank

    def update_day(self, blank: Day, change: Callable[[Day], Day]) -> Day:
        """Change a day as `update` changes a file; `blank` stands for one that was never stored."""
        return self._table.change(blank.name, lambda: self.day(Day(blank.dataset, blank.partition)), change, day_item)

    def due_days(self, before: str, limit: int) -> list[Day]:
        """Days that something was due with before `before`, the first due first."""
        return [item_day(item) for item in self._open(DAY, before, limit)]

    def days(self, dataset: str) -> Iterator[Day]:
        """The days of a dataset that are known to compaction, by index."""
        items = self._table.query("dataset = :hash", {":hash": dataset}, IndexName="by-dataset")
        return (item_day(item) for item in items if "day_state" in item)

    def open_runs(self, before: str, limit: int) -> list[RunRecord]:
        """Runs that are not finalized, untouched since `before`, oldest first."""
        return [item_run(item) for item in self._open(RUN, before, limit)]

    def run(self, claim: str) -> RunRecord | None:
        item = self._table.get(batch_id=f"run#{claim}")
        return item_run(item) if item else None

    def update_run(self, blank: RunRecord, change: Callable[[RunRecord], RunRecord]) -> RunRecord:
        """Change a claim's run as `update` changes a file; `blank` stands for one that was never stored."""
        what = f"the run of claim {blank.claim}"
        return self._table.change(what, lambda: self.run(blank.claim) or blank, change, run_item)

    def circuit(self) -> Circuit:
        """Whether runs may be started."""
        item = self._table.get(batch_id=CIRCUIT)
        return item_circuit(item) if item else Circuit()

    def update_circuit(self, change: Callable[[Circuit], Circuit]) -> Circuit:
        """Change the circuit as `update` changes a file; the circuit as stored."""
        return self._table.change("the circuit of runs", self.circuit, change, circuit_item)

    def schema(self, dataset: str) -> Schema | None:
        """The dataset's schema as it is now; None where the dataset is not registered."""
        item = self._table.get(batch_id=Schema(dataset).name)
        return item_schema(item) if item else None

    def update_schema(self, blank: Schema, change: Callable[[Schema], Schema]) -> Schema:
        """Change a dataset's schema as `update` changes a file; `blank` stands for one that was never stored."""
        what = f"the schema of {blank.dataset}"
        return self._table.change(what, lambda: self.schema(blank.dataset) or blank, change, schema_item)

    def schemas(self, since: str = "") -> Iterator[Schema]:
        """The schemas of all datasets that are registered or changed since `since` (ISO 8601), the latest first."""
        condition, compared = "open_state = :hash", {":hash": DATASET}
        if since:
            condition, compared = f"{condition} AND updated_at >= :range", {**compared, ":range": since}
        items = self._table.query(condition, compared, IndexName="by-state", ScanIndexForward=False)
        return (item_schema(item) for item in items)

    def history(self, dataset: str) -> History:
        """What the dataset's files were like; empty where none was counted."""
        item = self._table.get(batch_id=History(dataset).name)
        return item_history(item) if item else History(dataset)

    def commit_history(self, history: History, records: Sequence[Record]) -> bool:
        """Store the past and the records of files that it counts, or nothing (False) where one was written in between."""
        return self._table.put_all([history_item(history), *map(record_item, records)])

    def expected(self, dataset: str) -> Expected:
        """When the dataset's next file is due; blank where nobody asked before."""
        item = self._table.get(batch_id=Expected(dataset).name)
        return item_expected(item) if item else Expected(dataset)

    def update_expected(self, dataset: str, change: Callable[[Expected], Expected]) -> Expected:
        """Change when a dataset's next file is due as `update` changes a file."""
        return self._table.change(
            f"what is expected of {dataset}", lambda: self.expected(dataset), change, expected_item
        )

    def overdue(self, before: str, limit: int) -> list[Expected]:
        """Datasets whose next file was due before `before`, and of whose gap nobody was told; the longest due first."""
        return [item_expected(item) for item in self._open(EXPECTED, before, limit)]

    def drawn(self, dataset: str) -> Drawn | None:
        """The dataset's drawn suite; None where none was drawn yet."""
        item = self._table.get(batch_id=Drawn(dataset).name)
        return Drawn.from_json(item) if item else None

    def update_drawn(self, blank: Drawn, change: Callable[[Drawn], Drawn]) -> Drawn:
        """Change a dataset's drawn suite as `update` changes a file; `blank` stands for one that was never stored."""
        what = f"the suite drawn for {blank.dataset}"
        return self._table.change(what, lambda: self.drawn(blank.dataset) or blank, change, drawn_item)

    def update_new_datasets(self, change: Callable[[NewDatasets], NewDatasets]) -> NewDatasets:
        """Change the list of the day's new datasets as `update` changes a file."""
        return self._table.change(NEW_DATASETS, self._new_datasets, change, new_datasets_item)

    def _new_datasets(self) -> NewDatasets:
        return item_new_datasets(self._table.get(batch_id=NEW_DATASETS) or {})

    def read_note(self, name: str) -> Mapping[str, Any]:
        """What was last written under `name`; empty where nothing was."""
        return self._table.get(batch_id=f"note#{name}") or {}

    def write_note(self, name: str, note: Mapping[str, Any]) -> None:
        self._table.write({**note, "batch_id": f"note#{name}"})

    def by_key(self, bucket: str, key: str, page: int = PAGE) -> Iterator[Record]:
        """All versions of a key that the ledger has, newest first, read page by page."""
        compared = {":hash": f"{bucket}/{key}"}
        return self._records("by-key", "object_key = :hash", compared, PaginationConfig={"PageSize": page})

    def by_dataset(self, dataset: str, since: str = "") -> Iterator[Record]:
        """The files of a dataset that changed since `since` (ISO 8601), the latest first."""
        if not since:
            return self._records("by-dataset", "dataset = :hash", {":hash": dataset})
        condition = "dataset = :hash AND updated_at >= :range"
        return self._records("by-dataset", condition, {":hash": dataset, ":range": since})

    def latest(self, index: str, value: str, until: str = "", page: int = PAGE) -> Iterator[Record]:
        """Files of a dataset ("by-dataset") or listed by a state ("by-state"), the latest change first, read page by page.

        `until`: none that changed later (ISO 8601). `page`: items that one call reads.
        """
        condition, compared = f"{_HASHES[index]} = :hash", {":hash": value}
        if until:
            condition, compared = f"{condition} AND updated_at <= :range", {**compared, ":range": until}
        return self._records(index, condition, compared, PaginationConfig={"PageSize": page})

    def by_run(self, run_id: str) -> Iterator[Record]:
        """The files that a run worked on."""
        return self._records("by-run", "run_id = :hash", {":hash": run_id})

    def by_state(self, open_state: str) -> Iterator[Record]:
        """All files with this open state (a state that is not final, "WAITING" or "PARKED")."""
        return self._records("by-state", "open_state = :hash", {":hash": open_state})

    def _records(self, index: str, condition: str, compared: Mapping[str, str], **more: Any) -> Iterator[Record]:
        items = self._table.query(condition, compared, IndexName=index, ScanIndexForward=False, **more)
        return (item_record(item) for item in items if "state" in item)

    def _open(self, open_state: str, before: str, limit: int) -> Iterator[dict[str, Any]]:
        condition, compared = "open_state = :hash AND updated_at < :range", {":hash": open_state, ":range": before}
        return islice(self._table.query(condition, compared, IndexName="by-state", ScanIndexForward=True), limit)
