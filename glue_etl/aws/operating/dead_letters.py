"""The dead-letter queues: what lies in them, and sending it back to where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.batches import batches
from glue_etl.core.errors import Terminal

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HIDDEN_SECONDS = 60
"""How long a message that is being sent back stays hidden from others: if the command dies, it is there again."""
RECEIVE = 10


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was delivered too often. `sent_at` is in milliseconds since 1970, as SQS gives it."""

    message_id: str
    queue: str
    body: str
    receives: int
    sent_at: int
    receipt_handle: str


class DeadLetters:
    """One queue and its dead-letter queue (`<name>-dlq`). `client` is a boto3 SQS client."""

    def __init__(self, client: SQSClient, queue: str) -> None:
        self._client = client
        self.queue = queue

    def take(self) -> Iterator[DeadLetter]:
        """Each message that can be received now, once; for `HIDDEN_SECONDS` they are hidden from others."""
        url = self._url(f"{self.queue}-dlq")
        seen: set[str] = set()
        while True:
            answer = call(
                self._client.receive_message, QueueUrl=url, MaxNumberOfMessages=RECEIVE,
                VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1, AttributeNames=["All"],
            )  # fmt: skip
            fresh = [m for m in answer.get("Messages", []) if m["MessageId"] not in seen]
            if not fresh:
                return
            seen |= {message["MessageId"] for message in fresh}
            yield from (_dead_letter(self.queue, message) for message in fresh)

    def look(self) -> list[DeadLetter]:
        """What `take` would give; the messages are not hidden afterwards, so that the next command finds them."""
        letters = list(self.take())
        url = self._url(f"{self.queue}-dlq")
        for batch in batches(letters, RECEIVE):
            entries: Any = [
                {"Id": str(place), "ReceiptHandle": letter.receipt_handle, "VisibilityTimeout": 0}
                for place, letter in enumerate(batch)
            ]
            call(self._client.change_message_visibility_batch, QueueUrl=url, Entries=entries)
        return letters

    def redrive(self, letter: DeadLetter) -> None:
        """Send a message back to its queue, then delete it here: a crash in between doubles it, which dispatch ignores."""
        call(self._client.send_message, QueueUrl=self._url(self.queue), MessageBody=letter.body)
        url = self._url(f"{self.queue}-dlq")
        call(self._client.delete_message, QueueUrl=url, ReceiptHandle=letter.receipt_handle)

    def counts(self) -> dict[str, int]:
        """Messages waiting, in flight, and dead."""
        waiting, flying = self._waiting_and_flying(self.queue)
        dead, _ = self._waiting_and_flying(f"{self.queue}-dlq")
        return {"waiting": waiting, "in flight": flying, "dead": dead}

    def _waiting_and_flying(self, queue: str) -> tuple[int, int]:
        """Messages of a queue that wait, and that are in somebody's hands."""
        answer = call(
            self._client.get_queue_attributes, QueueUrl=self._url(queue),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )  # fmt: skip
        found = answer["Attributes"]
        return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])

    def _url(self, queue: str) -> str:
        try:
            return str(call(self._client.get_queue_url, QueueName=queue)["QueueUrl"])
        except ClientError as error:
            if "NonExistentQueue" in code_of(error):
                raise Terminal(f"there is no queue {queue}: is this the environment's account and region?") from error
            raise


def _dead_letter(queue: str, message: MessageTypeDef) -> DeadLetter:
    attributes = message.get("Attributes", {})
    return DeadLetter(
        message["MessageId"],
        queue,
        message["Body"],
        int(attributes.get("ApproximateReceiveCount", 0)),
        int(attributes.get("SentTimestamp", 0)),
        message["ReceiptHandle"],
    )
