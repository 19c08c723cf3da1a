"""An event source mapping as the pollers use it, and what makes a poller."""

from __future__ import annotations

from collections.abc import Mapping as Document
from dataclasses import dataclass
from typing import Any, Protocol

# AWS starts an SQS mapping with five concurrent batches and scales up from there; one machine stays at five.
_DEFAULT_CONCURRENCY = 5


@dataclass(frozen=True)
class Retry:
    """What is done with a batch of a stream that fails; -1 is without end. `on_failure` is a queue's ARN or ""."""

    attempts: int = -1
    record_age: int = -1
    bisect: bool = False
    on_failure: str = ""

    @classmethod
    def from_aws(cls, document: Document[str, Any]) -> Retry:
        destination = (document.get("DestinationConfig") or {}).get("OnFailure") or {}
        return cls(
            attempts=_or_endless(document.get("MaximumRetryAttempts")),
            record_age=_or_endless(document.get("MaximumRecordAgeInSeconds")),
            bisect=bool(document.get("BisectBatchOnFunctionError")),
            on_failure=destination.get("Destination") or "",
        )


@dataclass(frozen=True)
class Cluster:
    """Topics of a cluster that is not AWS's own; `access` are (type, secret's ARN)."""

    servers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    group: str = ""
    access: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_aws(cls, document: Document[str, Any]) -> Cluster:
        endpoints = (document.get("SelfManagedEventSource") or {}).get("Endpoints") or {}
        return cls(
            servers=tuple(server for servers in endpoints.values() for server in servers),
            topics=tuple(document.get("Topics") or ()),
            group=(document.get("SelfManagedKafkaEventSourceConfig") or {}).get("ConsumerGroupId") or "",
            access=tuple((a["Type"], a["URI"]) for a in document.get("SourceAccessConfigurations") or ()),
        )


def _or_endless(value: int | None) -> int:
    return -1 if value is None else int(value)


@dataclass(frozen=True)
class Mapping:
    """One enabled mapping. Equal mappings poll alike: a changed one gets a new poller.

    `start` is where a stream is read from that has not been read before: LATEST or TRIM_HORIZON.
    """

    uuid: str
    source: str
    function: str
    batch_size: int
    window: float
    concurrency: int
    partial: bool
    start: str = ""
    retry: Retry = Retry()
    cluster: Cluster = Cluster()

    @classmethod
    def from_aws(cls, document: Document[str, Any]) -> Mapping:
        return cls(
            uuid=document["UUID"],
            source=document.get("EventSourceArn", ""),
            function=document["FunctionArn"],
            batch_size=int(document["BatchSize"]),
            window=float(document.get("MaximumBatchingWindowInSeconds") or 0),
            concurrency=int((document.get("ScalingConfig") or {}).get("MaximumConcurrency") or _DEFAULT_CONCURRENCY),
            partial="ReportBatchItemFailures" in (document.get("FunctionResponseTypes") or []),
            start=document.get("StartingPosition", ""),
            retry=Retry.from_aws(document),
            cluster=Cluster.from_aws(document),
        )

    @property
    def service(self) -> str:
        """Whose ARN the source's is; "" of a cluster that is not AWS's own."""
        return self.source.split(":")[2] if self.source.count(":") >= 5 else ""

    @property
    def region(self) -> str:
        return self.function.split(":")[3]

    @property
    def function_name(self) -> str:
        return self.function.split(":")[6]


class Poller(Protocol):
    """Reads one mapping's source and invokes its function, from `start` to `stop` (which waits for the last read)."""

    def start(self) -> None: ...

    def stop(self) -> None: ...
