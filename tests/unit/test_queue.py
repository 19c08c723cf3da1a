"""Many messages go ten a call, and what SQS leaves out of an answer of 200 is not taken for sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_etl.aws.files.outcomes import SEND_BATCH, Queue
from glue_etl.core.errors import Transient


class Sqs:
    """Keeps what is sent; `refuses` says whether a message is left out."""

    def __init__(self, refuses: str = "") -> None:
        self.calls: list[list[str]] = []
        self._refuses = refuses

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        assert len({entry["Id"] for entry in Entries}) == len(Entries), "Ids are unique within a call"
        self.calls.append([entry["MessageBody"] for entry in Entries])
        failed = [entry["Id"] for entry in Entries if self._refuses and self._refuses in entry["MessageBody"]]
        return {"Failed": [{"Id": name, "Code": "InternalError", "SenderFault": False} for name in failed]}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        return {"Attributes": dict.fromkeys(AttributeNames, "7")}


def queue(sqs: Sqs) -> Queue:
    client: Any = sqs
    return Queue(client, "https://queue")


@pytest.mark.parametrize(("messages", "calls"), [(0, 0), (1, 1), (10, 1), (11, 2), (25, 3)])
def test_as_many_go_into_a_call_as_it_takes(messages: int, calls: int) -> None:
    """ "SendMessageBatch", Amazon SQS API Reference: up to ten messages."""
    sqs = Sqs()
    queue(sqs).send_all([{"n": n} for n in range(messages)])
    assert len(sqs.calls) == calls
    assert all(len(call) <= SEND_BATCH for call in sqs.calls)
    assert [json.loads(body)["n"] for call in sqs.calls for body in call] == list(range(messages))


def test_a_message_that_is_left_out_is_told() -> None:
    with pytest.raises(Transient, match=r"1 of 10 messages were not sent \(InternalError\)"):
        queue(Sqs(refuses='"n": 3}')).send_all([{"n": n} for n in range(12)])


def test_the_depth_counts_messages_in_somebodys_hands_too() -> None:
    assert queue(Sqs()).depth() == 14
