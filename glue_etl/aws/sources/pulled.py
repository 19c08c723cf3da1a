"""What pulling keeps on AWS: landed files, each created once by whoever comes first, and the states of streams."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from glue_etl.aws.objects import create_once, metadata_of, read_json, write_json
from glue_etl.aws.tables import Table, fields_of
from glue_etl.core.errors import LostClaim, Transient
from glue_etl.core.pulling.pulls import StreamState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

TRIES = 4


class Landing:
    """One bucket, as pulls write to it. `client` is a boto3 S3 client, `pause` waits between tries (seconds)."""

    def __init__(self, client: S3Client, bucket: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._pause = pause

    def create(self, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
        """Create the object; False where there is one. After a lost answer that is also its own: look at its metadata."""
        for attempt in range(TRIES - 1):
            try:
                return create_once(self._client, self._bucket, key, body, metadata)
            except Transient:
                self._pause(0.2 * 2**attempt)
        return create_once(self._client, self._bucket, key, body, metadata)

    def metadata(self, key: str) -> Mapping[str, str] | None:
        """The metadata of the object at `key`; None where there is none."""
        return metadata_of(self._client, self._bucket, key)

    def read_json(self, key: str) -> Any:
        """The JSON document at `key`; None where there is none."""
        return read_json(self._client, f"s3://{self._bucket}/{key}")

    def write_json(self, key: str, document: Any) -> None:
        write_json(self._client, f"s3://{self._bucket}/{key}", document)


class PullStates:
    """The table of sources (PK `source`, SK `part`): a state is stored whole, unless its `rev` was changed since it was read.

    `client` is a boto3 DynamoDB client.
    """

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
    return StreamState(**fields_of(StreamState, values))
