"""What polls which kind of source: an entry a kind, whose poller is a module of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.lambda_runtime.clients import Clients
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import Functions
from local.lambda_runtime.kinesis_poller import KinesisPoller
from local.lambda_runtime.mapping import Mapping, Poller
from local.lambda_runtime.sqs_poller import SqsPoller


@dataclass(frozen=True)
class Surroundings:
    """What pollers are made of besides their mapping. `state`: the folder where they may keep how far they are."""

    clients: Clients
    functions: Functions
    containers: Containers
    state: Path


def _sqs(around: Surroundings, mapping: Mapping) -> Poller:
    sqs = around.clients.get("sqs", mapping.source.split(":")[3])
    return SqsPoller(mapping, sqs, around.functions, around.containers)


def _kinesis(around: Surroundings, mapping: Mapping) -> Poller:
    region = mapping.source.split(":")[3]
    kinesis, sqs = around.clients.get("kinesis", region), around.clients.get("sqs", region)
    return KinesisPoller(mapping, kinesis, sqs, around.functions, around.containers, around.state)


def _kafka(around: Surroundings, mapping: Mapping) -> Poller:
    """Imported late: few mappings are of Kafka, and its client takes its time to load."""
    from local.lambda_runtime.kafka_poller import KafkaPoller

    secrets = around.clients.get("secretsmanager", mapping.region)
    return KafkaPoller(mapping, secrets, around.functions, around.containers)


POLLERS: dict[str, Callable[[Surroundings, Mapping], Poller]] = {"sqs": _sqs, "kinesis": _kinesis, "": _kafka}
"""By the service of the source's ARN; "": a cluster without one. Amazon MSK has no poller: nobody runs its brokers here."""
