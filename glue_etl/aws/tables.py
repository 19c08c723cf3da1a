"""A DynamoDB table whose items count their writes in `rev`: an item is stored only if nobody stored it since it was read.

Items are plain values here. Empty texts and None are left out of what is stored: index keys may not be empty.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of, pages
from glue_etl.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 12
BATCH_GET = 100
"""Keys that one `found` may ask for ("BatchGetItem", Amazon DynamoDB API reference)."""

Values = Mapping[str, Any]
"""An item as plain values; empty texts and None are not stored."""


_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Counted(Protocol):
    """A value that says how often it was written."""

    @property
    def rev(self) -> int: ...


Stored = TypeVar("Stored", bound=Counted)


class Table:
    """One table. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: DynamoDBClient, name: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._pause = pause

    def get(self, **key: str) -> dict[str, Any] | None:
        """The item with this key, as it is now; None where there is none."""
        item = call(self._client.get_item, TableName=self._name, Key=to_item(key), ConsistentRead=True).get("Item")
        return from_item(item) if item else None

    def known(self, key: str, wanted: Sequence[str], consistent: bool = True) -> set[str]:
        """Which of at most BATCH_GET values of `key`, the table's one key, it has items of. Raises Transient as `found` does."""
        return {item[key] for item in self.found(key, wanted, consistent, ProjectionExpression=key)}

    def found(self, key: str, wanted: Sequence[str], consistent: bool = True, **more: str) -> list[dict[str, Any]]:
        """The items of at most BATCH_GET values of `key`, the table's one key. `more` is DynamoDB's, of each table asked.

        Raises Transient where it keeps leaving some out.
        """
        keys: Any = [to_item({key: value}) for value in wanted]
        found: list[dict[str, Any]] = []
        for attempt in range(TRIES):
            request: Any = {self._name: {"Keys": keys, "ConsistentRead": consistent, **more}}
            answer = call(self._client.batch_get_item, RequestItems=request)
            found += [from_item(item) for item in answer["Responses"].get(self._name, [])]
            unprocessed: Any = answer.get("UnprocessedKeys", {})
            keys = unprocessed.get(self._name, {}).get("Keys", [])
            if not keys:
                return found
            self._back_off(attempt)
        raise Transient("DynamoDB keeps leaving keys unprocessed: try again")

    def write(self, values: Values) -> None:
        """Store the item, whatever is there."""
        call(self._client.put_item, TableName=self._name, Item=to_item(values))

    def put(self, values: Values, rev: int) -> bool:
        """Store the item in place of the one with `rev` (0: of none); False where that is not what is there."""
        return self._refusal(values, _unchanged(rev)) is None

    def put_all(self, items: Sequence[Values]) -> bool:
        """Store all items, each in place of the one before its own `rev`, or none of them (False)."""
        puts: Any = [{"TableName": self._name, "Item": to_item(v), **_unchanged(v["rev"] - 1)} for v in items]
        try:
            call(self._client.transact_write_items, TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            if code_of(error) in ("TransactionCanceledException", "TransactionConflictException"):
                return False
            raise
        return True

    def put_if(self, values: Values, condition: str, names: Values, compared: Values) -> dict[str, Any] | None:
        """Store the item where the condition holds: None; else the item that is there.

        `names` and `compared` stand for the condition's #names and :values.
        """
        expression: dict[str, Any] = {
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if names:
            expression["ExpressionAttributeNames"] = dict(names)
        if compared:
            expression["ExpressionAttributeValues"] = to_item(compared)
        refusal = self._refusal(values, expression)
        return from_item(cast(Any, refusal.response).get("Item", {})) if refusal else None

    def change(
        self,
        what: str,
        read: Callable[[], Stored],
        change: Callable[[Stored], Stored],
        values: Callable[[Stored], Values],
    ) -> Stored:
        """Read, `change`, store if nobody stored in between, else again: what is there then.

        `change` may return its argument (nothing is stored) or raise. Raises Transient, naming `what`, where others keep
        storing.
        """
        for attempt in range(TRIES):
            before = read()
            after = change(before)
            if after is before or self.put(values(after), before.rev):
                return after
            self._back_off(attempt)
        raise Transient(f"{what} keeps changing: try again")

    def query(self, condition: str, compared: Values, **more: Any) -> Iterator[dict[str, Any]]:
        """The items of a key or, with IndexName, of an index; `compared` stands for the condition's :values."""
        request = {"TableName": self._name, "KeyConditionExpression": condition, **more}
        for page in pages(self._client, "query", ExpressionAttributeValues=to_item(compared), **request):
            yield from map(from_item, page["Items"])

    def _refusal(self, values: Values, condition: Mapping[str, Any]) -> ClientError | None:
        try:
            call(self._client.put_item, TableName=self._name, Item=to_item(values), **condition)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return error
            raise
        return None

    def _back_off(self, attempt: int) -> None:
        self._pause(random.uniform(0, min(2.0, 0.02 * 2**attempt)))


def _unchanged(rev: int) -> dict[str, Any]:
    """The condition that the item is the one with `rev`; before its first write it has none."""
    if rev == 0:
        return {"ConditionExpression": "attribute_not_exists(#rev)", "ExpressionAttributeNames": {"#rev": "rev"}}
    return {
        "ConditionExpression": "#rev = :rev",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ExpressionAttributeValues": to_item({":rev": rev}),
    }


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB attribute values."""
    return {name: _serialize(_storable(value)) for name, value in values.items() if value is not None and value != ""}


def fields_of(kind: type[Any], values: Values) -> dict[str, Any]:
    """The values of an item that `kind`, a dataclass, has fields for; of those that were not stored it has defaults."""
    return {field.name: values[field.name] for field in fields(kind) if field.name in values}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB attribute values as plain values."""
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {str(name): _storable(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
