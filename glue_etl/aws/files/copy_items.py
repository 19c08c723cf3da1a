"""The items of copies in the ledger's table: it only stores and compares (core.files.copies decides).

`copy#<dataset>`, in no index; `copied#<dataset>#<batch_id>`, in the index by-state while it is a suspect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from glue_etl.aws.files.ledger_items import item_circuit, item_record
from glue_etl.aws.tables import Table, fields_of
from glue_etl.core.files.copies import Copy, Held, Part
from glue_etl.core.files.ledger import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SUSPECT = "COPY_SUSPECT"


class Copies:
    """The copies of one environment. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: DynamoDBClient, table: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._table = Table(client, table, pause)

    def get(self, dataset: str) -> Copy:
        """The dataset's copy as stored, or a blank one."""
        item = self._table.get(batch_id=Copy(dataset).name)
        return item_copy(item) if item else Copy(dataset)

    def update(self, dataset: str, change: Callable[[Copy], Copy]) -> Copy:
        """Change a copy as the ledger changes a file."""
        return self._table.change(f"the copy of {dataset}", lambda: self.get(dataset), change, copy_item)

    def held(self, dataset: str, batch_id: str) -> Held:
        """What the dataset's copy has of a file."""
        blank = Held(dataset, batch_id)
        item = self._table.get(batch_id=blank.name)
        return item_held(item) if item else blank

    def update_held(self, blank: Held, change: Callable[[Held], Held]) -> Held:
        """Change what a copy has of a file."""
        return self._table.change(blank.name, lambda: self.held(blank.dataset, blank.batch_id), change, held_item)

    def suspects(self, dataset: str, limit: int) -> list[Held]:
        """At most `limit` files that somebody may be taking out of the dataset, by index, which may lag."""
        compared = {":hash": f"{_SUSPECT}#{dataset}"}
        found = self._table.query("open_state = :hash", compared, IndexName="by-state", ScanIndexForward=True)
        return [item_held(item) for item in islice(found, limit)]

    def changed_since(self, dataset: str, since: str) -> Iterator[Record]:
        """The dataset's files that changed at `since` (ISO 8601, UTC) or later, the earliest first, by index."""
        compared = {":hash": dataset, ":range": since or "0"}
        condition = "dataset = :hash AND updated_at >= :range"
        found = self._table.query(condition, compared, IndexName="by-dataset", ScanIndexForward=True)
        return (item_record(item) for item in found if "state" in item)


def copy_item(copy: Copy) -> dict[str, Any]:
    """A copy's item. Its dataset is not called `dataset`, by which files are listed."""
    values = asdict(copy)
    return values | {"batch_id": copy.name, "of_dataset": values.pop("dataset")}


def item_copy(values: Mapping[str, Any]) -> Copy:
    return Copy(**{
        **fields_of(Copy, values),
        "dataset": values["of_dataset"],
        "dirty": tuple(values.get("dirty", ())),
        "claim": tuple(Part(**fields_of(Part, part)) for part in values.get("claim", ())),
        "columns": tuple((name, kind) for name, kind in values.get("columns", ())),
        "circuit": item_circuit(values.get("circuit", {})),
    })  # fmt: skip


def held_item(held: Held) -> dict[str, Any]:
    values = asdict(held)
    keys: dict[str, Any] = {
        "batch_id": held.name,
        "of_file": values.pop("batch_id"),
        "of_dataset": values.pop("dataset"),
    }
    if held.suspect_until:
        keys |= {"open_state": f"{_SUSPECT}#{held.dataset}", "updated_at": held.suspect_until}
    return values | keys


def item_held(values: Mapping[str, Any]) -> Held:
    return Held(**{**fields_of(Held, values), "dataset": values["of_dataset"], "batch_id": values["of_file"]})
