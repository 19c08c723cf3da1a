"""Reads one shard for one mapping, in order: gathers batches, invokes the function, tries again, splits, gives up, as Lambda.

The position is stored after every batch that is done, so that whoever reads the shard next goes on there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.lambda_runtime import kinesis_batch
from local.lambda_runtime.container import Result
from local.lambda_runtime.functions import UNREACHABLE
from local.lambda_runtime.mapping import Mapping
from local.lambda_runtime.positions import Positions
from local.lambda_runtime.stream_batch import Entry, Waiting

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

Invoke = Callable[[str], Result]
GiveUp = Callable[[dict[str, Any]], None]

_READ_AT_ONCE = 10_000
_BETWEEN_READS = 0.2
_BETWEEN_TRIES = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Piece:
    """Entries that are sent together, and how often they have failed."""

    entries: tuple[Entry, ...]
    tries: int = 0


class ShardReader:
    """`run` returns once the shard is closed and all of it is done, or when `stopping` is set."""

    def __init__(
        self, mapping: Mapping, shard: str, kinesis: KinesisClient, positions: Positions, stopping: threading.Event
    ) -> None:
        self._mapping = mapping
        self._shard = shard
        self._kinesis = kinesis
        self._positions = positions
        self._stopping = stopping
        self._waiting = Waiting()
        self._iterator: str | None = None
        self._closed = False

    def run(self, invoke: Invoke, give_up: GiveUp) -> None:
        while not self._stopping.is_set() and not (self._closed and not self._waiting):
            try:
                batch = self._gather()
            except UNREACHABLE as error:
                print(f"reading {self._shard} of {self._mapping.source}: {error}", flush=True)
                self._waiting, self._iterator = Waiting(), None
                self._stopping.wait(1)
                continue
            if batch:
                self._finish(Piece(tuple(batch)), invoke, give_up)
        if self._closed and not self._stopping.is_set():
            self._positions.put(self._shard, {**self._positions.get(self._shard), "done": True})

    def _gather(self) -> list[Entry]:
        """From the first record on: until the batch or its payload is full, or the window has passed."""
        closes: float | None = None
        while not self._stopping.is_set():
            if self._waiting and closes is None:
                closes = time.monotonic() + self._mapping.window
            count = self._waiting.fitting(self._mapping.batch_size)
            full = count == self._mapping.batch_size or count < len(self._waiting)
            if self._waiting and (full or self._closed or (closes is not None and time.monotonic() >= closes)):
                return self._waiting.take(count)
            if self._closed:
                return []
            if not self._read():
                self._stopping.wait(_BETWEEN_READS)
        return []

    def _read(self) -> bool:
        self._iterator = self._iterator or self._first_iterator()
        answer = self._kinesis.get_records(ShardIterator=self._iterator, Limit=_READ_AT_ONCE)
        records = answer["Records"]
        self._waiting.add(kinesis_batch.entry_of(r, self._shard, self._mapping.source) for r in records)
        self._iterator = answer.get("NextShardIterator")
        self._closed = self._iterator is None
        return bool(records)

    def _first_iterator(self) -> str:
        note = self._positions.get(self._shard)
        request: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if "after" in note:
            request = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": note["after"]}
        elif "from" in note:
            request = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": note["from"]}
        stream = self._mapping.source.rpartition("/")[2]
        return str(self._kinesis.get_shard_iterator(StreamName=stream, ShardId=self._shard, **request)["ShardIterator"])

    def _finish(self, batch: Piece, invoke: Invoke, give_up: GiveUp) -> None:
        """The batch, then what is left of it, in order, until all is done or given up."""
        pieces = [batch]
        while pieces and not self._stopping.is_set():
            piece = self._without_expired(pieces.pop(0), give_up)
            if not piece.entries:
                continue
            failed_at, result = self._try(piece, invoke)
            if failed_at is None:
                self._done(piece.entries)
                continue
            if failed_at:
                self._done(piece.entries[:failed_at])
            pieces = self._after_failure(replace(piece, entries=piece.entries[failed_at:]), result, give_up) + pieces

    def _try(self, piece: Piece, invoke: Invoke) -> tuple[int | None, Result | None]:
        """(the first entry that is not done, the function's answer if there was one)."""
        try:
            result = invoke(kinesis_batch.event_of(piece.entries))
        except UNREACHABLE as error:
            print(f"a batch of {self._shard} waits: {error}", flush=True)
            self._stopping.wait(1)
            return 0, None
        if result.error:
            return 0, result
        return kinesis_batch.failed_at(result.payload, piece.entries, self._mapping.partial), result

    def _after_failure(self, piece: Piece, result: Result | None, give_up: GiveUp) -> list[Piece]:
        """What is tried next; splitting does not count as a try."""
        retry = self._mapping.retry
        if result is None:
            return [piece]
        if retry.bisect and len(piece.entries) > 1:
            half = len(piece.entries) // 2
            return [replace(piece, entries=piece.entries[:half]), replace(piece, entries=piece.entries[half:])]
        if 0 <= retry.attempts <= piece.tries:
            self._give_up(piece, "RetryAttemptsExhausted", give_up)
            return []
        self._stopping.wait(_BETWEEN_TRIES[min(piece.tries, len(_BETWEEN_TRIES) - 1)])
        return [replace(piece, tries=piece.tries + 1)]

    def _without_expired(self, piece: Piece, give_up: GiveUp) -> Piece:
        age = self._mapping.retry.record_age
        oldest = time.time() - age
        old = [e for e in piece.entries if age >= 0 and e["kinesis"]["approximateArrivalTimestamp"] < oldest]
        if not old:
            return piece
        self._give_up(replace(piece, entries=tuple(old)), "RecordAgeExceeded", give_up)
        return replace(piece, entries=piece.entries[len(old) :])

    def _give_up(self, piece: Piece, condition: str, give_up: GiveUp) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"""
        first, last = piece.entries[0]["kinesis"], piece.entries[-1]["kinesis"]
        info = {
            "shardId": self._shard,
            "startSequenceNumber": first["sequenceNumber"],
            "endSequenceNumber": last["sequenceNumber"],
            "approximateArrivalOfFirstRecord": _iso(first["approximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": _iso(last["approximateArrivalTimestamp"]),
            "batchSize": len(piece.entries),
            "streamArn": self._mapping.source,
        }
        context = {"condition": condition, "approximateInvokeCount": piece.tries + 1}
        give_up({"requestContext": context, "version": "1.0", "timestamp": _iso(time.time()), "KinesisBatchInfo": info})
        self._done(piece.entries)

    def _done(self, entries: tuple[Entry, ...]) -> None:
        self._positions.put(self._shard, {"after": entries[-1]["kinesis"]["sequenceNumber"]})


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
