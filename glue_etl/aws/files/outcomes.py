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
from glue_etl.core.errors import Transient
from glue_etl.steps.files.ports import JobState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

KEEP_SECONDS = 400 * 86_400
"""How long a job's state is kept (the table's TTL attribute is `expires_at`): a little over a year, to compare with."""
SEND_BATCH = 10
"""Messages in one call ("SendMessageBatch", Amazon SQS API Reference)."""
ERRORS_TOLD = 3
PAGE = 50
"""States that one call of a listing reads which people leaf through."""


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
        return takewhile(lambda state: state.updated_at < until, map(_state, items))

    def latest(self, job_name: str, before: str = "") -> Iterator[JobState]:
        """The job's states, the latest first, read page by page; `before`: only earlier ones (ISO 8601)."""
        condition, compared = "job_name = :job", {":job": job_name}
        if before:
            condition, compared = f"{condition} AND updated_at < :before", {**compared, ":before": before}
        backwards: Any = {"ScanIndexForward": False, "PaginationConfig": {"PageSize": PAGE}}
        return map(_state, Table(self._client, self._table).query(condition, compared, **backwards))


def _state(item: Mapping[str, Any]) -> JobState:
    return JobState(**{field.name: item.get(field.name, {}) for field in fields(JobState)})


class Queue:
    """A queue that this system sends to itself. `client` is a boto3 SQS client."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
        call(self._client.send_message, QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=delay_seconds)

    def send_all(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Send many messages, ten a call. Raises Transient where SQS leaves some out: send all again."""
        for batch in batches(bodies, SEND_BATCH):
            entries: Any = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(batch)]
            answer = call(self._client.send_message_batch, QueueUrl=self._url, Entries=entries)
            if refused := answer.get("Failed", []):  # an answer of 200 all the same
                told = ", ".join(f"{entry['Code']}" for entry in refused[:ERRORS_TOLD])
                raise Transient(f"{len(refused)} of {len(batch)} messages were not sent ({told}): try again")

    def depth(self) -> int:
        """About how many messages are in the queue, in somebody's hands or not."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = call(self._client.get_queue_attributes, QueueUrl=self._url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)
