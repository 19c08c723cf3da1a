"""Polls one Kinesis stream for one mapping: a reader a shard, a child shard only after its parents (see kinesis_reader)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping as Document
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.lambda_runtime.container import Result
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import UNREACHABLE, Functions
from local.lambda_runtime.kinesis_reader import ShardReader
from local.lambda_runtime.mapping import Mapping
from local.lambda_runtime.positions import Positions

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_sqs import SQSClient

_LOOK_SECONDS = 1.0


class KinesisPoller:
    """Looks for shards every second; each that is due has a thread of its own."""

    def __init__(
        self,
        mapping: Mapping,
        kinesis: KinesisClient,
        sqs: SQSClient,
        functions: Functions,
        containers: Containers,
        state: Path,
    ) -> None:
        self._mapping = mapping
        self._kinesis = kinesis
        self._sqs = sqs
        self._functions = functions
        self._containers = containers
        self._positions = Positions(state / "positions", mapping.uuid)
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._thread = threading.Thread(target=self._look, name=f"kinesis-{mapping.uuid}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A batch whose function runs is left to it: it is not noted as done, so it comes again."""
        self._stopping.set()
        for thread in [self._thread, *self._threads.values()]:
            thread.join(timeout=2)

    def _look(self) -> None:
        while not self._stopping.is_set():
            try:
                self._start_due(self._shards())
            except UNREACHABLE as error:
                print(f"looking for shards of {self._mapping.source}: {error}", flush=True)
            self._stopping.wait(_LOOK_SECONDS)

    def _shards(self) -> dict[str, Document[str, Any]]:
        pages = self._kinesis.get_paginator("list_shards").paginate(StreamName=self._mapping.source.rpartition("/")[2])
        return {shard["ShardId"]: shard for page in pages for shard in page["Shards"]}

    def _start_due(self, shards: dict[str, Document[str, Any]]) -> None:
        if self._positions.empty:
            self._note_start(shards)
        for name, shard in shards.items():
            parents = {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} & set(shards)
            waits = not all(self._positions.get(str(parent)).get("done") for parent in parents)
            if name not in self._threads and not waits and not self._positions.get(name).get("done"):
                self._threads[name] = threading.Thread(target=self._read, args=(name,), name=name, daemon=True)
                self._threads[name].start()

    def _note_start(self, shards: dict[str, Document[str, Any]]) -> None:
        """Of the shards that there are at the beginning. Those that come later are read from their first record."""
        note = {"from": time.time()} if self._mapping.start == "LATEST" else {}
        for name in shards:
            self._positions.put(name, note)

    def _read(self, shard: str) -> None:
        ShardReader(self._mapping, shard, self._kinesis, self._positions, self._stopping).run(
            self._invoke, self._give_up
        )

    def _invoke(self, event: str) -> Result:
        mapping = self._mapping
        function = self._functions.get(mapping.region, mapping.function_name)
        return self._containers.invoke(function, event)

    def _give_up(self, document: dict[str, Any]) -> None:
        """Tell the destination which records were given up; without one they are forgotten, as Lambda does."""
        destination = self._mapping.retry.on_failure
        if destination.split(":")[2:3] != ["sqs"]:
            return
        document["requestContext"]["functionArn"] = self._mapping.function
        url = self._sqs.get_queue_url(QueueName=destination.split(":")[-1])["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=json.dumps(document))
