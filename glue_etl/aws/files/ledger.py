"""The ledger in DynamoDB. It only stores and compares: what may change is decided in glue_etl.core.files.ledger and .heads.

Every write carries the condition that the item's `rev` is the one that was read. Reads are by key (consistent) or by
index; nothing here scans. Table: PK `batch_id`; files by their id, heads as `key#…`, runs as `run#…`, notes as `note#…`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.files.ledger_items import (
    HEAD,
    RUN,
    head_item,
    item_head,
    item_record,
    item_run,
    record_item,
    run_item,
)
from glue_etl.aws.items import from_item, to_item
from glue_etl.core.errors import LostClaim, Transient
from glue_etl.core.files.heads import Head
from glue_etl.core.files.ledger import Record, RunRecord

TRIES = 12
BATCH_GET = 100
"""Items in one BatchGetItem ("BatchGetItem", Amazon DynamoDB API reference)."""


class Ledger:
    """The ledger of one environment. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: Any, table: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def get(self, batch_id: str) -> Record | None:
        item = self._item(batch_id)
        return item_record(item) if item else None

    def known(self, batch_ids: Iterable[str]) -> set[str]:
        """Which of these files the ledger has."""
        wanted, found = list(dict.fromkeys(batch_ids)), set()
        for start in range(0, len(wanted), BATCH_GET):
            found |= self._known(wanted[start : start + BATCH_GET])
        return found

    def receive(self, record: Record) -> bool:
        """Store a file's first record; False where the ledger has the file already."""
        return self._put(record_item(record), rev=0)

    def update(self, batch_id: str, change: Callable[[Record], Record], known: Record | None = None) -> Record:
        """Change a file's record: read, `change`, write if nobody wrote in between, else again.

        `change` may return its argument (nothing is written) or raise. Raises LostClaim where the ledger has no such
        file, Transient where others keep writing.
        """
        for attempt in range(TRIES):
            before = known or self.get(batch_id)
            if before is None:
                raise LostClaim(f"the ledger has no file {batch_id}")
            after = change(before)
            if after is before or self._put(record_item(after), rev=before.rev):
                return after
            known = None
            self._back_off(attempt)
        raise Transient(f"the record of {batch_id} keeps changing: try again")

    def head(self, blank: Head) -> Head:
        """The head as stored, or `blank`."""
        item = self._item(blank.name)
        return item_head(item) if item else blank

    def update_head(self, blank: Head, change: Callable[[Head], Head]) -> Head:
        for attempt in range(TRIES):
            before = self.head(blank)
            after = change(before)
            if self._put(head_item(after), rev=before.rev):
                return after
            self._back_off(attempt)
        raise Transient(f"the head {blank.name} keeps changing: try again")

    def commit(self, head: Head, records: Sequence[Record]) -> bool:
        """Store a head and records together, or nothing (False) where one of them was written in between."""
        puts = [self._condition(head_item(head), head.rev - 1)]
        puts += [self._condition(record_item(record), record.rev - 1) for record in records]
        try:
            call(self._client.transact_write_items, TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            if code_of(error) in ("TransactionCanceledException", "TransactionConflictException"):
                return False
            raise
        return True

    def open_files(self, open_state: str, before: str, limit: int) -> list[Record]:
        """Files with work to do, untouched since `before`, oldest first. `open_state` is a state or "PARKED"."""
        return [item_record(item) for item in self._open(str(open_state), before, limit)]

    def pending_heads(self, before: str, limit: int) -> list[Head]:
        """Heads with copies to delete, or with an intent that expired before `before`."""
        return [item_head(item) for item in self._open(HEAD, before, limit)]

    def open_runs(self, before: str, limit: int) -> list[RunRecord]:
        return [item_run(item) for item in self._open(RUN, before, limit)]

    def run(self, claim: str) -> RunRecord | None:
        item = self._item(f"run#{claim}")
        return item_run(item) if item else None

    def update_run(self, blank: RunRecord, change: Callable[[RunRecord], RunRecord]) -> RunRecord:
        """Change a claim's run as `update` changes a file; `blank` stands for one that was never stored."""
        for attempt in range(TRIES):
            before = self.run(blank.claim) or blank
            after = change(before)
            if after is before or self._put(run_item(after), rev=before.rev):
                return after
            self._back_off(attempt)
        raise Transient(f"the run of claim {blank.claim} keeps changing: try again")

    def read_note(self, name: str) -> Mapping[str, Any]:
        return from_item(self._item(f"note#{name}") or {})

    def write_note(self, name: str, note: Mapping[str, Any]) -> None:
        call(self._client.put_item, TableName=self._table, Item=to_item({**note, "batch_id": f"note#{name}"}))

    def by_key(self, bucket: str, key: str) -> Iterator[Record]:
        """All versions of a key that the ledger has, newest first."""
        return self._query("by-key", "object_key", f"{bucket}/{key}")

    def by_dataset(self, dataset: str, since: str = "") -> Iterator[Record]:
        """The files of a dataset that changed since `since` (ISO 8601), the latest first."""
        return self._query("by-dataset", "dataset", dataset, "updated_at", since)

    def by_run(self, run_id: str) -> Iterator[Record]:
        """The files that a run worked on."""
        return self._query("by-run", "run_id", run_id)

    def by_state(self, open_state: str) -> Iterator[Record]:
        """All files with this open state (a state that is not final, or "PARKED")."""
        return self._query("by-state", "open_state", open_state)

    def _item(self, key: str) -> dict[str, Any] | None:
        answer = call(self._client.get_item, TableName=self._table, Key=to_item({"batch_id": key}), ConsistentRead=True)
        return answer.get("Item")

    def _put(self, item: dict[str, Any], rev: int) -> bool:
        try:
            call(self._client.put_item, **self._condition(item, rev))
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _condition(self, item: dict[str, Any], rev: int) -> dict[str, Any]:
        condition: dict[str, Any]
        if rev == 0:
            condition = {"ConditionExpression": "attribute_not_exists(batch_id)"}
        else:
            condition = {
                "ConditionExpression": "#rev = :rev",
                "ExpressionAttributeNames": {"#rev": "rev"},
                "ExpressionAttributeValues": {":rev": {"N": str(rev)}},
            }
        return {"TableName": self._table, "Item": item, **condition}

    def _known(self, batch_ids: list[str]) -> set[str]:
        found: set[str] = set()
        keys = [to_item({"batch_id": batch_id}) for batch_id in batch_ids]
        for attempt in range(TRIES):
            request = {self._table: {"Keys": keys, "ProjectionExpression": "batch_id", "ConsistentRead": True}}
            answer = call(self._client.batch_get_item, RequestItems=request)
            found |= {item["batch_id"]["S"] for item in answer["Responses"].get(self._table, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if not keys:
                return found
            self._back_off(attempt)
        raise Transient("DynamoDB keeps leaving keys unprocessed: try again")

    def _open(self, open_state: str, before: str, limit: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for item in self._items("by-state", "open_state = :hash AND updated_at < :range", open_state, before, True):
            items.append(item)
            if len(items) >= limit:
                break
        return items

    def _query(self, index: str, name: str, value: str, range_name: str = "", since: str = "") -> Iterator[Record]:
        condition = f"{name} = :hash" + (f" AND {range_name} >= :range" if since else "")
        for item in self._items(index, condition, value, since, False):
            if "state" in item:
                yield item_record(item)

    def _items(self, index: str, condition: str, value: str, bound: str, forward: bool) -> Iterator[dict[str, Any]]:
        values = {":hash": {"S": value}} | ({":range": {"S": bound}} if bound else {})
        start: dict[str, Any] = {}
        while True:
            page = call(
                self._client.query, TableName=self._table, IndexName=index, KeyConditionExpression=condition,
                ExpressionAttributeValues=values, ScanIndexForward=forward, **start,
            )  # fmt: skip
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _back_off(self, attempt: int) -> None:
        self._pause(random.uniform(0, min(2.0, 0.02 * 2**attempt)))
