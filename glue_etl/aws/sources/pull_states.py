"""The table of sources, for pulled streams: a state is stored whole, under the condition that its `rev` was not changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.items import from_item, to_item
from glue_etl.core.errors import LostClaim
from glue_etl.core.pulling.pulls import StreamState


class PullStates:
    """States of streams. Table: PK `source`, SK `part`. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, source: str) -> list[StreamState]:
        """All states of a source: of its streams, and of windows by hand."""
        found: list[StreamState] = []
        start: dict[str, Any] = {}
        while True:
            page = call(
                self._client.query, TableName=self._table, KeyConditionExpression="#source = :source",
                ExpressionAttributeNames={"#source": "source"}, ExpressionAttributeValues={":source": {"S": source}},
                ConsistentRead=True, **start,
            )  # fmt: skip
            found += [_state(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def get(self, source: str, part: str) -> StreamState:
        """The state as stored; a blank one where nothing is."""
        key = to_item({"source": source, "part": part})
        item = call(self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return _state(item) if item else StreamState(source, part)

    def put(self, state: StreamState) -> StreamState:
        """Store the state, and answer it with its new `rev`. Raises LostClaim where somebody stored it in between."""
        after = replace(state, rev=state.rev + 1)
        try:
            call(self._client.put_item, TableName=self._table, Item=to_item(asdict(after)), **_condition(state.rev))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            # A put whose answer was lost is sent again by the client, and then fails its own condition.
            if self.get(state.source, state.part) != after:
                message = f"the state of {state.source} {state.part} was changed by another invocation"
                raise LostClaim(message) from error
        return after


def _condition(rev: int) -> dict[str, Any]:
    if rev == 0:
        return {"ConditionExpression": "attribute_not_exists(part)"}
    return {
        "ConditionExpression": "#rev = :rev",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ExpressionAttributeValues": {":rev": {"N": str(rev)}},
    }


def _state(item: Mapping[str, Any]) -> StreamState:
    values = from_item(item)
    return StreamState(**{field.name: values[field.name] for field in fields(StreamState) if field.name in values})
