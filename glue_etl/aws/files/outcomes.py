"""What a run leaves beside its files: the job's state in DynamoDB, and messages on the queue that asks for more work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from glue_etl.aws.calls import call
from glue_etl.aws.tables import Table, to_item
from glue_etl.core.batches import batches
from glue_etl.steps.files.ports import JobState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

KEEP_SECONDS = 400 * 86_400
"""How long a job's state is kept (the table's TTL attribute is `expires_at`): a little over a year, to compare with."""
RECEIPTS = 10
"""Entries of one batch call ("ChangeMessageVisibilityBatch", Amazon SQS API reference)."""


class JobStates:
    """The table of job states: PK job_name, SK updated_at. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: DynamoDBClient, table: str, environment: str) -> None:
        self._client = client
        self._table = table
        self._environment = environment

    def update_job_state(self, state: JobState) -> None:
        """Record that a job reached a status."""
        expires = int(datetime.fromisoformat(state.updated_at).timestamp()) + KEEP_SECONDS
        values = {**asdict(state), "environment": self._environment, "expires_at": expires}
        call(self._client.put_item, TableName=self._table, Item=to_item(values))

    def between(self, job_name: str, since: str, until: str) -> Iterator[JobState]:
        """The job's states from `since` up to, without, `until` (ISO 8601), by time."""
        compared = {":job": job_name, ":since": since}
        items = Table(self._client, self._table).query("job_name = :job AND updated_at >= :since", compared)
        names = [field.name for field in fields(JobState)]
        found = (JobState(**{name: item.get(name, {}) for name in names}) for item in items)
        return takewhile(lambda state: state.updated_at < until, found)


class Queue:
    """A queue that this system sends to itself. `client` is a boto3 SQS client."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
        call(self._client.send_message, QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=delay_seconds)

    def give_back(self, receipt_handles: Sequence[str], seconds: int) -> None:
        """Make received messages visible again after `seconds`, instead of after the queue's visibility time-out."""
        for batch in batches(receipt_handles, RECEIPTS):
            entries: Any = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": seconds} for n, handle in enumerate(batch)
            ]
            call(self._client.change_message_visibility_batch, QueueUrl=self._url, Entries=entries)
