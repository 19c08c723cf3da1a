"""The table of sources, for pulled streams: a state is stored whole, under the condition that its `rev` was not changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from glue_etl.aws.tables import Table
from glue_etl.core.errors import LostClaim
from glue_etl.core.pulling.pulls import StreamState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PullStates:
    """States of streams. Table: PK `source`, SK `part`. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def of(self, source: str) -> list[StreamState]:
        """All states of a source: of its streams, and of windows by hand."""
        names = {"#source": "source"}
        items = self._table.query(
            "#source = :source", {":source": source}, ExpressionAttributeNames=names, ConsistentRead=True
        )
        return [_state(item) for item in items]

    def get(self, source: str, part: str) -> StreamState:
        """The state as stored; a blank one where nothing is."""
        item = self._table.get(source=source, part=part)
        return _state(item) if item else StreamState(source, part)

    def put(self, state: StreamState) -> StreamState:
        """Store the state, and answer it with its new `rev`. Raises LostClaim where somebody stored it in between."""
        after = replace(state, rev=state.rev + 1)
        # A put whose answer was lost is sent again by the client, and then fails its own condition.
        if not self._table.put(asdict(after), state.rev) and self.get(state.source, state.part) != after:
            raise LostClaim(f"the state of {state.source} {state.part} was changed by another invocation")
        return after


def _state(values: Mapping[str, Any]) -> StreamState:
    return StreamState(**{field.name: values[field.name] for field in fields(StreamState) if field.name in values})
