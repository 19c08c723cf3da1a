"""Polls one topic of a self-managed Kafka cluster for one mapping, as a member of the mapping's consumer group.

Offsets are committed once the function has finished a batch; a batch that fails is sent again, the same, for as long as it
takes. A batch may hold records of several partitions. What was done is kept by Kafka itself.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from local.lambda_runtime import kafka_batch
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import UNREACHABLE, Functions
from local.lambda_runtime.mapping import Mapping
from local.lambda_runtime.stream_batch import Entry, Waiting

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_POLL_SECONDS = 0.2
_AFTER_AN_ERROR = 1.0
_TOPICS_MILLISECONDS = 5_000
"""How soon a topic that is made later, or its new partitions, are found."""
_BETWEEN_TRIES = (0.2, 0.5, 1.0, 2.0)
_RECONNECT_MILLISECONDS = 1_000
_NO_LOG = 0
_MECHANISMS = {
    "SASL_SCRAM_512_AUTH": "SCRAM-SHA-512",
    "SASL_SCRAM_256_AUTH": "SCRAM-SHA-256",
    "BASIC_AUTH": "PLAIN",
}


class KafkaPoller:
    """One thread reads and invokes, in order."""

    def __init__(
        self, mapping: Mapping, secrets: SecretsManagerClient, functions: Functions, containers: Containers
    ) -> None:
        self._mapping = mapping
        self._secrets = secrets
        self._functions = functions
        self._containers = containers
        self._stopping = threading.Event()
        self._waiting = Waiting()
        self._told: set[int] = set()
        self._thread = threading.Thread(target=self._poll, name=f"kafka-{mapping.uuid}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A batch whose function runs is left to it: its offsets are not committed, so it comes again."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_until_stopped()
            except (KafkaException, ValueError, *UNREACHABLE) as error:
                print(f"polling {self._mapping.cluster.topics}: {type(error).__name__}: {error}", flush=True)
                self._stopping.wait(_AFTER_AN_ERROR)

    def _read_until_stopped(self) -> None:
        self._waiting = Waiting()
        consumer = self._consumer()
        try:
            while not self._stopping.is_set():
                batch = self._gather(consumer)
                if batch and self._finished(batch):
                    consumer.commit(offsets=_offsets_after(batch), asynchronous=False)
        finally:
            consumer.close()

    def _consumer(self) -> Consumer:
        kafka = self._mapping.cluster
        consumer = Consumer(
            {
                "bootstrap.servers": ",".join(kafka.servers),
                "group.id": kafka.group,
                "enable.auto.commit": False,
                "auto.offset.reset": "latest" if self._mapping.start == "LATEST" else "earliest",
                "max.poll.interval.ms": 3_600_000,
                "topic.metadata.refresh.interval.ms": _TOPICS_MILLISECONDS,
                "reconnect.backoff.ms": _RECONNECT_MILLISECONDS,
                "error_cb": self._tell,
                "log_level": _NO_LOG,
                **self._security(),
            }
        )
        consumer.subscribe(list(kafka.topics))
        return consumer

    def _security(self) -> dict[str, Any]:
        """Of the mapping's SourceAccessConfigurations. Lambda logs in over TLS only."""
        access = dict(self._mapping.cluster.access)
        authority = self._secret(access.pop("SERVER_ROOT_CA_CERTIFICATE", ""))
        trusted = {"ssl.ca.pem": authority["certificate"]} if authority else {}
        for kind, mechanism in _MECHANISMS.items():
            if kind in access:
                login = self._secret(access[kind])
                return {
                    "security.protocol": "SASL_SSL",
                    "sasl.mechanism": mechanism,
                    "sasl.username": login["username"],
                    "sasl.password": login["password"],
                    **trusted,
                }
        return {"security.protocol": "SSL", **trusted} if authority else {}

    def _secret(self, arn: str) -> dict[str, str]:
        return json.loads(self._secrets.get_secret_value(SecretId=arn)["SecretString"]) if arn else {}

    def _gather(self, consumer: Consumer) -> list[Entry]:
        """From the first record on: until the batch or its payload is full, or the window has passed."""
        closes: float | None = time.monotonic() + self._mapping.window if self._waiting else None
        while not self._stopping.is_set():
            count = self._waiting.fitting(self._mapping.batch_size)
            full = count == self._mapping.batch_size or count < len(self._waiting)
            if self._waiting and (full or (closes is not None and time.monotonic() >= closes)):
                return self._waiting.take(count)
            found = self._records(consumer.consume(self._mapping.batch_size, _POLL_SECONDS))
            self._waiting.add(kafka_batch.entry_of(record) for record in found)
            if found and closes is None:
                closes = time.monotonic() + self._mapping.window
        return []

    def _records(self, messages: list[Message]) -> list[Message]:
        found = []
        for message in messages:
            error = message.error()
            if error is None:
                found.append(message)
            elif error.fatal():
                raise KafkaException(error)
            else:
                self._tell(error)
        if found:
            self._told.clear()
        return found

    def _tell(self, error: KafkaError) -> None:
        """Each kind once until records come: the client itself tries again, a few times a second."""
        if error.code() not in self._told:
            self._told.add(error.code())
            print(f"polling {self._mapping.cluster.topics}: {error.str()}", flush=True)

    def _finished(self, batch: list[Entry]) -> bool:
        """Whether the function has finished the batch, however often it had to be called; False when stopped."""
        event, tries = kafka_batch.event_of(batch, self._mapping.cluster.servers), 0
        while not self._stopping.is_set():
            if self._succeeds(event):
                return True
            self._stopping.wait(_BETWEEN_TRIES[min(tries, len(_BETWEEN_TRIES) - 1)])
            tries += 1
        return False

    def _succeeds(self, event: str) -> bool:
        mapping = self._mapping
        try:
            function = self._functions.get(mapping.region, mapping.function_name)
            return self._containers.invoke(function, event).error is None
        except UNREACHABLE as error:
            print(f"a batch of {mapping.cluster.topics} waits: {error}", flush=True)
            return False


def _offsets_after(batch: list[Entry]) -> list[TopicPartition]:
    """What to commit: of each partition, the offset after its last record in the batch."""
    last = {(entry["topic"], entry["partition"]): entry["offset"] for entry in batch}
    return [TopicPartition(topic, partition, offset + 1) for (topic, partition), offset in last.items()]
