"""What collecting keeps on AWS: objects that are created once, checkpoints of parts, markers of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.items import from_item, to_item
from glue_etl.aws.objects import create_once, metadata_of
from glue_etl.core.collecting.chains import NOTHING, Checkpoint
from glue_etl.core.errors import Transient
from glue_etl.steps.sources.collect import Marker

MARKERS_KEPT = timedelta(days=15)
"""A queue keeps a message for 14 days at most ("SetQueueAttributes", Amazon SQS API reference)."""
_TRIES = 5


class CollectedObjects:
    """S3, for objects that are created once and never changed. `client` is a boto3 S3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, bucket: str, key: str, content: bytes, told: Mapping[str, str]) -> bool:
        """Write the object, with what it tells of itself as its metadata; False where there is one already."""
        return create_once(self._client, bucket, key, content, told)

    def told(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """The metadata of the object; None where there is none."""
        return metadata_of(self._client, bucket, key)


class Positions:
    """The table of sources, for one collected source. `client` is a boto3 DynamoDB client; `now` is UTC."""

    def __init__(self, client: Any, table: str, source: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._source = source
        self._now = now

    def checkpoint(self, part: str) -> Checkpoint:
        """Where the part stands; before everything if nothing of it has landed."""
        answer = call(self._client.get_item, TableName=self._table, Key=self._key(part), ConsistentRead=True)
        item = from_item(answer.get("Item", {}))
        return Checkpoint(
            int(item.get("rows_to", NOTHING)), int(item.get("poison_to", NOTHING)), int(item.get("rev", 0))
        )

    def advance(self, part: str, checkpoint: Checkpoint) -> None:
        """Move the part's chains to at least where `checkpoint` has them, on top of what is there now."""
        for _ in range(_TRIES):
            if self._put(part, checkpoint):
                return
            standing = self.checkpoint(part)
            checkpoint = standing.reaching(checkpoint.rows, checkpoint.poison)
        raise Transient(f"the checkpoint of {part} is changed by others all the time")

    def _put(self, part: str, checkpoint: Checkpoint) -> bool:
        """Positions are stored as text: Kinesis's have 56 digits, DynamoDB's numbers 38."""
        item = {
            "source": self._source,
            "part": part,
            "rows_to": str(checkpoint.rows),
            "poison_to": str(checkpoint.poison),
            "rev": checkpoint.rev + 1,
            "updated_at": self._now().isoformat(timespec="seconds"),
        }
        known = {":rev": checkpoint.rev}
        condition = "attribute_not_exists(rev) OR rev = :rev" if checkpoint.rev == 0 else "rev = :rev"
        try:
            call(
                self._client.put_item,
                TableName=self._table,
                Item=to_item(item),
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(known),
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def claim(self, message_id: str, marker: Marker) -> Marker:
        """The marker that the message has: this one, unless it had one before."""
        try:
            self._write_marker(message_id, marker, "attribute_not_exists(part)", {})
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            found = from_item(cast(dict[str, Any], error.response)["Item"])
            return Marker(found["object"], found["until"])
        return marker

    def take_over(self, message_id: str, from_object: str, marker: Marker) -> bool:
        """Put this marker in the place of one that names `from_object`; False where another was faster."""
        try:
            self._write_marker(
                message_id, marker, "#object IN (:from, :own)", {":from": from_object, ":own": marker.object}
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _write_marker(self, message_id: str, marker: Marker, condition: str, values: Mapping[str, str]) -> None:
        expires = int((self._now() + MARKERS_KEPT).timestamp())
        item = {
            "source": f"{self._source}#messages",
            "part": message_id,
            "object": marker.object,
            "until": marker.until,
            "expires_at": expires,
        }
        names = {"ExpressionAttributeNames": {"#object": "object"}, "ExpressionAttributeValues": to_item(values)}
        call(
            self._client.put_item,
            TableName=self._table,
            Item=to_item(item),
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **(names if values else {}),
        )

    def _key(self, part: str) -> dict[str, Any]:
        return to_item({"source": self._source, "part": part})
