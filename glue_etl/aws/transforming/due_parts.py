"""The items of what transforms have to make, in the ledger's table: it only stores and compares (core.transforming.due decides).

`transform#<name>#<part>`; the index by-state lists what is due, runs, is stopped or waits, by-dataset all of a
transform.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from glue_etl.aws.tables import Table, fields_of
from glue_etl.core.transforming.due import DUE, LANDING, RUNNING, STOPPED, WAITS, Due

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PREFIX = "TRANSFORM"


class DueParts:
    """The items of one environment. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: DynamoDBClient, table: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._table = Table(client, table, pause)

    def get(self, blank: Due) -> Due:
        """The item as stored, or `blank`."""
        item = self._table.get(batch_id=blank.name)
        return item_due(item) if item else blank

    def update(self, blank: Due, change: Callable[[Due], Due]) -> Due:
        """Change an item as the ledger changes a file; `blank` stands for one that was never stored."""
        return self._table.change(blank.name, lambda: self.get(blank), change, due_item)

    def due(self, limit: int) -> list[Due]:
        """At most `limit` that are DUE, those that changed longest ago first."""
        return list(islice(self._in_state(_open_state(DUE, "")), limit))

    def running(self) -> list[Due]:
        """All that are RUNNING or LANDING, those that changed longest ago first."""
        return list(self._in_state(_open_state(RUNNING, "")))

    def stopped(self, transform: str) -> list[Due]:
        """All of a transform that are STOPPED."""
        return list(self._in_state(_open_state(STOPPED, transform)))

    def waiting(self, transform: str) -> list[Due]:
        """All of a transform that wait for its schedule."""
        return list(self._in_state(_open_state(WAITS, transform)))

    def of(self, transform: str) -> Iterator[Due]:
        """All items of a transform, the latest changed first."""
        compared = {":hash": f"transform#{transform}"}
        found = self._table.query("dataset = :hash", compared, IndexName="by-dataset", ScanIndexForward=False)
        return map(item_due, found)

    def _in_state(self, open_state: str) -> Iterator[Due]:
        compared = {":hash": open_state}
        return map(
            item_due, self._table.query("open_state = :hash", compared, IndexName="by-state", ScanIndexForward=True)
        )


def _open_state(state: str, transform: str) -> str:
    """Under which key of the index of open work an item is; "" for one that rests."""
    if state == DUE:
        return f"{_PREFIX}_DUE"
    if state in (RUNNING, LANDING):
        return f"{_PREFIX}_RUNNING"
    return f"{_PREFIX}_{state}#{transform}" if state in (STOPPED, WAITS) else ""


def due_item(due: Due) -> dict[str, Any]:
    """An item's values. Its state is not called `state`, which only files have; `run_id` neither, by which files are listed."""
    values = asdict(due)
    keys = {
        "batch_id": due.name,
        "dataset": f"transform#{due.transform}",
        "open_state": _open_state(due.state, due.transform),
        "due_state": values.pop("state"),
        "due_run": values.pop("run_id"),
    }
    return values | keys


def item_due(values: Mapping[str, Any]) -> Due:
    known = fields_of(Due, values)
    lists = {name: tuple(known.get(name, ())) for name in ("causes", "suspects")}
    return Due(**{**known, **lists, "state": values["due_state"], "run_id": values.get("due_run", "")})
