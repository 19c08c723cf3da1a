"""Makes moto's DynamoDB look at the items that a query asks for: it sorted all items of the table for each query of an index.

With ten thousand files that was a quarter of a second a query, and a page of the console asks twenty.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_ASKED: ContextVar[tuple[tuple[str, DynamoType], ...]] = ContextVar("asked", default=())
"""The names and values of the hash keys that the query in progress is for; empty where there is none."""

_SIGNATURE = signature(Table.query)


def install() -> None:
    """May be called more than once."""
    if not hasattr(Table.query, "__wrapped__"):
        Table.query = _remembered(Table.query)
        Table.all_items = _those_asked_for(Table.all_items)


def _remembered(query: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(query)
    def remembered(self: Table, *arguments: Any, **named: Any) -> Any:
        given = _SIGNATURE.bind(self, *arguments, **named).arguments
        asked = given.get("hash_key_conditions") if given.get("index_name") else ()
        token = _ASKED.set(tuple(asked or ()))
        try:
            return query(self, *arguments, **named)
        finally:
            _ASKED.reset(token)

    return remembered


def _those_asked_for(all_items: Callable[[Table], list[Item]]) -> Callable[[Table], list[Item]]:
    """Those with the hash keys alone, in no order: the query sorts them by what its index is sorted by."""

    @wraps(all_items)
    def those(self: Table) -> list[Item]:
        asked = _ASKED.get()
        if not asked:
            return all_items(self)
        found: list[Item] = []
        for kept in self.items.values():
            items = kept.values() if self.range_key_attr else (kept,)
            found += [item for item in items if isinstance(item, Item) and _has(item, asked)]
        return sorted(found, key=lambda item: (item.hash_key, item.range_key) if item.range_key else item.hash_key)

    return those


def _has(item: Item, asked: tuple[tuple[str, DynamoType], ...]) -> bool:
    """As the query itself looks again: this only leaves out what can't be meant."""
    return all((found := item.attrs.get(name)) is not None and found.value == wanted.value for name, wanted in asked)
