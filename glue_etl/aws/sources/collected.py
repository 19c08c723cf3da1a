"""What collecting keeps on AWS: objects that are created once, checkpoints of parts, markers of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from glue_etl.aws.objects import create_once, metadata_of
from glue_etl.aws.tables import Table
from glue_etl.core.collecting.chains import NOTHING, Checkpoint
from glue_etl.steps.sources.collect import Marker

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

MARKERS_KEPT = timedelta(days=15)
"""A queue keeps a message for 14 days at most ("SetQueueAttributes", Amazon SQS API reference)."""


class CollectedObjects:
    """S3, for objects that are created once and never changed. `client` is a boto3 S3 client."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def create(self, bucket: str, key: str, content: bytes, told: Mapping[str, str]) -> bool:
        """Write the object, with what it tells of itself as its metadata; False where there is one already."""
        return create_once(self._client, bucket, key, content, told)

    def told(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """The metadata of the object; None where there is none."""
        return metadata_of(self._client, bucket, key)


class Positions:
    """The table of sources, for one collected source. `client` is a boto3 DynamoDB client; `now` is UTC."""

    def __init__(self, client: DynamoDBClient, table: str, source: str, now: Callable[[], datetime]) -> None:
        self._table = Table(client, table)
        self._source = source
        self._now = now

    def checkpoint(self, part: str) -> Checkpoint:
        """Where the part stands; before everything if nothing of it has landed."""
        item = self._table.get(source=self._source, part=part) or {}
        return Checkpoint(
            int(item.get("rows_to", NOTHING)), int(item.get("poison_to", NOTHING)), int(item.get("rev", 0))
        )

    def advance(self, part: str, checkpoint: Checkpoint) -> None:
        """Move the part's chains to at least where `checkpoint` has them, on top of what is there now."""
        first = [checkpoint]
        self._table.change(
            f"the checkpoint of {part}",
            lambda: first.pop() if first else self.checkpoint(part),
            lambda standing: replace(standing.reaching(checkpoint.rows, checkpoint.poison), rev=standing.rev + 1),
            lambda moved: self._item(part, moved),
        )

    def claim(self, message_id: str, marker: Marker) -> Marker:
        """The marker that the message has: this one, unless it had one before."""
        found = self._table.put_if(self._marker(message_id, marker), "attribute_not_exists(part)", {}, {})
        return marker if found is None else Marker(found["object"], found["until"])

    def take_over(self, message_id: str, from_object: str, marker: Marker) -> bool:
        """Put this marker in the place of one that names `from_object`; False where another was faster."""
        names, compared = {"#object": "object"}, {":from": from_object, ":own": marker.object}
        item = self._marker(message_id, marker)
        return self._table.put_if(item, "#object IN (:from, :own)", names, compared) is None

    def _item(self, part: str, checkpoint: Checkpoint) -> dict[str, Any]:
        """Positions are stored as text: Kinesis's have 56 digits, DynamoDB's numbers 38."""
        return {
            "source": self._source,
            "part": part,
            "rows_to": str(checkpoint.rows),
            "poison_to": str(checkpoint.poison),
            "rev": checkpoint.rev,
            "updated_at": self._now().isoformat(timespec="seconds"),
        }

    def _marker(self, message_id: str, marker: Marker) -> dict[str, Any]:
        return {
            "source": f"{self._source}#messages",
            "part": message_id,
            "object": marker.object,
            "until": marker.until,
            "expires_at": int((self._now() + MARKERS_KEPT).timestamp()),
        }
