"""Makes moto's SQS fit for bursts, without a change in what it answers.

moto computes all of a queue's attributes, which counts its messages three times, for each message that it receives,
and reads the clock through datetime for each message it counts: at a depth of 1,000 it handed out 5 messages a second;
with these replacements several hundred. Its delete copies the list of messages, and loses one that arrives meanwhile.
"""

from __future__ import annotations

import time
from typing import Any

from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid


def install() -> None:
    models.unix_time = time.time
    models.unix_time_millis = _milliseconds
    models.SQSBackend.is_message_valid_based_on_retention_period = _within_retention
    models.Queue.messages = property(_visible_messages)
    models.Queue.approximate_number_of_messages_delayed = property(_delayed_count)
    models.Queue.approximate_number_of_messages_not_visible = property(_hidden_count)
    models.Queue.delete_message = _delete_message


def _milliseconds() -> float:
    return time.time() * 1000.0


def _within_retention(self: Any, queue_name: str, message: Any) -> bool:
    keeps = self.get_queue(queue_name).message_retention_period
    return bool(keeps + message.sent_timestamp / 1000 > time.time())


def _visible_messages(self: Any) -> list[Any]:
    now = _milliseconds()
    return [message for message in list(self._messages) if now > message.visible_at and now >= message.delayed_until]


def _delayed_count(self: Any) -> int:
    now = _milliseconds()
    return sum(now < message.delayed_until for message in list(self._messages))


def _hidden_count(self: Any) -> int:
    now = _milliseconds()
    return sum(now <= message.visible_at for message in list(self._messages))


def _delete_message(self: Any, receipt_handle: str) -> None:
    if receipt_handle in self.deleted_messages:
        return
    with self._messages_lock:
        found = next((m for m in self._messages if _has_handle(m, receipt_handle)), None)
        if found is None:
            raise ReceiptHandleIsInvalid()
        self._messages.remove(found)
        self.pending_messages.discard(found)
        self.deleted_messages.update(found.all_receipt_handles)


def _has_handle(message: Any, receipt_handle: str) -> bool:
    return bool(message.receipt_handle == receipt_handle or receipt_handle in message._old_receipt_handles)
