"""Polls one queue for one mapping: gathers batches, invokes the function, deletes what it finished.

A failed message is left alone: SQS shows it again after the queue's visibility timeout and moves it to the dead-letter
queue after its maximum of receives, as on AWS. Nothing is kept here, so a runtime that dies loses nothing.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_runtime import sqs_batch
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import UNREACHABLE, FunctionGone, Functions
from local.lambda_runtime.gateway import ServerGone
from local.lambda_runtime.mapping import Mapping

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import DeleteMessageBatchRequestEntryTypeDef

# A receive that waits when this process is killed may still take messages, which then stay hidden for the queue's
# visibility timeout: a short wait keeps that rare, and lets `stop` end soon.
_WAIT_SECONDS = 1
_PAYLOAD_ENOUGH = 6 * 1024 * 1024
_BETWEEN_RECEIVES = 0.2
_AFTER_AN_ERROR = 1.0


class SqsPoller:
    """One thread gathers; `mapping.concurrency` threads invoke. It receives nothing while all of these are busy."""

    def __init__(self, mapping: Mapping, sqs: SQSClient, functions: Functions, containers: Containers) -> None:
        self._mapping = mapping
        self._sqs = sqs
        self._functions = functions
        self._containers = containers
        self._stopping = threading.Event()
        self._free = threading.Semaphore(mapping.concurrency)
        self._workers = ThreadPoolExecutor(mapping.concurrency, thread_name_prefix="sqs-batch")
        self._thread = threading.Thread(target=self._poll, name=f"sqs-{mapping.uuid}", daemon=True)
        self._queue_url = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=_WAIT_SECONDS + 2)
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            if not self._free.acquire(timeout=0.2):
                continue
            batch = self._gather_safely()
            if batch and not self._stopping.is_set():
                self._workers.submit(self._work, batch)
            else:
                self._free.release()

    def _gather_safely(self) -> list[dict[str, Any]]:
        try:
            self._queue_url = self._queue_url or self._find_queue()
            return self._gather()
        except (BotoCoreError, ClientError, ServerGone) as error:
            print(f"polling {self._mapping.source}: {error}", flush=True)
            self._stopping.wait(_AFTER_AN_ERROR)
            return []

    def _find_queue(self) -> str:
        name = self._mapping.source.split(":")[-1]
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _gather(self) -> list[dict[str, Any]]:
        """From the first message on: until the batch or its payload is full, or the window has passed."""
        batch = self._receive(self._mapping.batch_size, _WAIT_SECONDS)
        closes = time.monotonic() + self._mapping.window
        if batch and self._mapping.window:
            self._initialise()  # while more messages may come
        size = sqs_batch.payload_bytes(batch)
        while batch and not self._full(batch, size) and time.monotonic() < closes and not self._stopping.is_set():
            wait = min(_WAIT_SECONDS, int(closes - time.monotonic()))
            more = self._receive(self._mapping.batch_size - len(batch), wait)
            size += sqs_batch.payload_bytes(more)
            batch += more
            if not more:
                self._stopping.wait(max(0.0, min(_BETWEEN_RECEIVES, closes - time.monotonic())))
        return batch

    def _initialise(self) -> None:
        try:
            self._containers.initialise(self._functions.get(self._mapping.region, self._mapping.function_name))
        except UNREACHABLE as error:
            print(f"{self._mapping.function} is not initialised ahead: {error}", flush=True)

    def _full(self, batch: list[dict[str, Any]], size: int) -> bool:
        return len(batch) >= self._mapping.batch_size or size >= _PAYLOAD_ENOUGH

    def _receive(self, room: int, wait: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(room, 10),
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return cast(list[dict[str, Any]], answer.get("Messages", []))

    def _work(self, batch: list[dict[str, Any]]) -> None:
        try:
            for part in sqs_batch.split(batch):
                self._invoke(part)
        except (BotoCoreError, ClientError, ServerGone, FunctionGone, OSError) as error:
            print(f"a batch of {self._mapping.source} goes back to its queue: {error}", flush=True)
        finally:
            self._free.release()

    def _invoke(self, batch: list[dict[str, Any]]) -> None:
        mapping = self._mapping
        function = self._functions.get(mapping.region, mapping.function_name)
        result = self._containers.invoke(function, sqs_batch.event(batch, mapping.source))
        if result.error:
            return
        failed = sqs_batch.failed_ids(result.payload, {m["MessageId"] for m in batch}, mapping.partial)
        self._delete([m for m in batch if m["MessageId"] not in failed])

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), 10):
            entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + 10])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
