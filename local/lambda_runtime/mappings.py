"""Keeps one poller running for each enabled event source mapping that is deployed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_runtime.clients import Clients
from local.lambda_runtime.mapping import Mapping, Poller

MakePoller = Callable[[Mapping], Poller]
_DISCOVER_SECONDS = 0.5


class Mappings:
    """Looks every half second; `makers` has one entry for each service that can be polled."""

    def __init__(self, clients: Clients, region: str, makers: dict[str, MakePoller]) -> None:
        self._lambda = clients.get("lambda", region)
        self._makers = makers
        self._pollers: dict[Mapping, Poller] = {}
        self._unknown: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="mappings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)
        self._stop_pollers(list(self._pollers))

    def functions(self) -> set[str]:
        """The names of the functions that are fed now."""
        return {mapping.function_name for mapping in list(self._pollers)}

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self._reconcile(self._deployed())
            except (BotoCoreError, ClientError) as error:
                print(f"looking for event source mappings: {error}", flush=True)
            self._stopping.wait(_DISCOVER_SECONDS)

    def _deployed(self) -> set[Mapping]:
        pages = self._lambda.get_paginator("list_event_source_mappings").paginate()
        documents = [m for page in pages for m in page["EventSourceMappings"]]
        return {Mapping.from_aws(m) for m in documents if m["State"] == "Enabled"}

    def _reconcile(self, deployed: set[Mapping]) -> None:
        self._stop_pollers([mapping for mapping in self._pollers if mapping not in deployed])
        for mapping in deployed - set(self._pollers):
            self._start_poller(mapping)

    def _start_poller(self, mapping: Mapping) -> None:
        maker = self._makers.get(mapping.service)
        if maker is None:
            if mapping.uuid not in self._unknown:
                print(f"no poller for sources of {mapping.service}: mapping {mapping.uuid} stays idle", flush=True)
            self._unknown.add(mapping.uuid)
            return
        self._pollers[mapping] = maker(mapping)
        self._pollers[mapping].start()

    def _stop_pollers(self, mappings: list[Mapping]) -> None:
        stopping = [threading.Thread(target=self._pollers.pop(mapping).stop) for mapping in mappings]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
