"""The Lambda runtime: finds what is deployed in a local cloud and executes it."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from local.lambda_runtime.clients import Clients
from local.lambda_runtime.containers import Containers
from local.lambda_runtime.functions import UNREACHABLE, Functions
from local.lambda_runtime.gateway import Gateway
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.mappings import MakePoller, Mappings
from local.lambda_runtime.pollers import POLLERS, Surroundings
from local.lambda_runtime.scheduler import Scheduler

_RETIRE_SECONDS = 30.0


class LambdaRuntime:
    """Event source mappings, invocations and schedules of one region, from `start` to `stop`."""

    def __init__(self, endpoint: str, region: str, state_dir: Path) -> None:
        gateway = Gateway(endpoint)
        state = state_dir.resolve()
        self._clients = Clients(endpoint)
        self._functions = Functions(gateway)
        self._containers = Containers(self._functions, endpoint, state)
        around = Surroundings(self._clients, self._functions, self._containers, state / "lambda")
        makers: dict[str, MakePoller] = {kind: partial(poller, around) for kind, poller in POLLERS.items()}
        self._mappings = Mappings(self._clients, region, makers)
        self._invoker = Invoker(gateway, self._functions, self._containers)
        self._scheduler = Scheduler(gateway, self._clients, region)
        self._region = region
        self._stopping = threading.Event()

    def start(self) -> None:
        self._mappings.start()
        self._invoker.start()
        self._scheduler.start()
        threading.Thread(target=self._retire, name="retire", daemon=True).start()
        threading.Thread(target=self._initialise, name="initialise", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._scheduler.stop()
        self._invoker.stop()
        self._mappings.stop()
        self._containers.close()

    def _initialise(self) -> None:
        """Once the first function has done something, those that are fed are likely to be next: they are made ready."""
        self._containers.used.wait()
        for name in sorted(self._mappings.functions()):
            try:
                self._containers.initialise(self._functions.get(self._region, name))
            except UNREACHABLE as error:
                print(f"{name} is not initialised ahead: {error}", flush=True)

    def _retire(self) -> None:
        while not self._stopping.wait(_RETIRE_SECONDS):
            self._containers.retire_idle()
