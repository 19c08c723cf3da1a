"""The Lambda runtime: finds what is deployed in a local cloud and executes it."""

from __future__ import annotations

import threading
from pathlib import Path

from local.lambda_runtime.clients import Clients
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import Functions
from local.lambda_runtime.gateway import Gateway
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.kinesis_poller import KinesisPoller
from local.lambda_runtime.mapping import Mapping, Poller
from local.lambda_runtime.mappings import MakePoller, Mappings
from local.lambda_runtime.scheduler import Scheduler
from local.lambda_runtime.sqs_poller import SqsPoller

_RETIRE_SECONDS = 30.0


class LambdaRuntime:
    """Event source mappings, invocations and schedules of one region, from `start` to `stop`."""

    def __init__(self, endpoint: str, region: str, state_dir: Path) -> None:
        gateway = Gateway(endpoint)
        state = state_dir.resolve()
        self._clients = Clients(endpoint)
        self._functions = Functions(gateway, state)
        self._containers = Containers(self._functions, endpoint, state)
        self._state = state
        self._mappings = Mappings(self._clients, region, self._makers())
        self._invoker = Invoker(gateway, self._functions, self._containers)
        self._scheduler = Scheduler(gateway, self._clients, region)
        self._stopping = threading.Event()

    def start(self) -> None:
        self._mappings.start()
        self._invoker.start()
        self._scheduler.start()
        threading.Thread(target=self._retire, name="retire", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._scheduler.stop()
        self._invoker.stop()
        self._mappings.stop()
        self._containers.close()

    def _makers(self) -> dict[str, MakePoller]:
        return {"sqs": self._sqs_poller, "kinesis": self._kinesis_poller, "kafka": self._kafka_poller}

    def _sqs_poller(self, mapping: Mapping) -> SqsPoller:
        sqs = self._clients.get("sqs", mapping.source.split(":")[3])
        return SqsPoller(mapping, sqs, self._functions, self._containers)

    def _kinesis_poller(self, mapping: Mapping) -> KinesisPoller:
        region = mapping.source.split(":")[3]
        kinesis, sqs = self._clients.get("kinesis", region), self._clients.get("sqs", region)
        return KinesisPoller(mapping, kinesis, sqs, self._functions, self._containers, self._state / "lambda")

    def _kafka_poller(self, mapping: Mapping) -> Poller:
        """Imported late: few mappings are of Kafka, and its client takes its time to load."""
        from local.lambda_runtime.kafka_poller import KafkaPoller

        secrets = self._clients.get("secretsmanager", mapping.region)
        return KafkaPoller(mapping, secrets, self._functions, self._containers)

    def _retire(self) -> None:
        while not self._stopping.wait(_RETIRE_SECONDS):
            self._containers.retire_idle()
