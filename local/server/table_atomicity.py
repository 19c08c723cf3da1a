"""Makes moto's DynamoDB atomic under concurrent requests, as DynamoDB is.

moto checks a condition and writes in two steps, and undoes a transaction by putting back a deep copy of the whole table:
writes of others in between were lost, and each transaction copied all items.
"""

from __future__ import annotations

import copy
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_OPERATIONS = (
    "put_item", "get_item", "update_item", "delete_item", "query", "scan", "execute_statement", "execute_transaction",
)  # fmt: skip
_LOCK = threading.RLock()


class _Transaction:
    """The keys that the transaction in progress writes; None where there is none. Guarded by the lock."""

    touched: set[DynamoType] | None = None


def install() -> None:
    """May be called more than once."""
    if hasattr(Table, "__deepcopy__"):
        return
    for name in _OPERATIONS:
        setattr(DynamoDBBackend, name, _one_at_a_time(getattr(DynamoDBBackend, name)))
    DynamoDBBackend.transact_write_items = _transaction(DynamoDBBackend.transact_write_items)
    Table.__deepcopy__ = _copy_of_what_is_touched


def _one_at_a_time(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def locked(*arguments: Any, **named: Any) -> Any:
        with _LOCK:
            return operation(*arguments, **named)

    return locked


def _transaction(operation: Callable[..., None]) -> Callable[..., None]:
    @wraps(operation)
    def locked(self: Any, transact_items: list[dict[str, Any]]) -> None:
        with _LOCK:
            _Transaction.touched = {
                hash_key for item in transact_items if (hash_key := _hash_key(self, item)) is not None
            }
            try:
                operation(self, transact_items)
            finally:
                _Transaction.touched = None

    return locked


def _hash_key(backend: Any, item: dict[str, Any]) -> DynamoType | None:
    """The hash key of an entry of the transaction; None where moto will refuse the entry anyway."""
    entry: dict[str, Any] = next(iter(item.values()), {})
    table = backend.tables.get(entry.get("TableName"))
    key = (entry.get("Key") or entry.get("Item") or {}).get(table.hash_key_attr) if table else None
    return DynamoType(key) if key else None


def _copy_of_what_is_touched(self: Any, memo: dict[int, Any]) -> Any:
    """The table as it is now. Inside a transaction only the items that it writes are copied, the others are shared."""
    twin = copy.copy(self)
    memo[id(self)] = twin
    if _Transaction.touched is None:
        twin.__dict__ = {name: copy.deepcopy(value, memo) for name, value in self.__dict__.items()}
        return twin
    touched = _Transaction.touched
    items = {key: copy.deepcopy(value, memo) if key in touched else value for key, value in self.items.items()}
    twin.items = defaultdict(dict, items)
    return twin
