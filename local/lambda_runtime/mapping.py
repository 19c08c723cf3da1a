"""An event source mapping as the pollers use it, and what makes a poller."""

from __future__ import annotations

from collections.abc import Mapping as Document
from dataclasses import dataclass
from typing import Any, Protocol

# AWS starts an SQS mapping with five concurrent batches and scales up from there; one machine stays at five.
_DEFAULT_CONCURRENCY = 5


@dataclass(frozen=True)
class Mapping:
    """One enabled mapping. Equal mappings poll alike: a changed one gets a new poller."""

    uuid: str
    source: str
    function: str
    batch_size: int
    window: float
    concurrency: int
    partial: bool
    filters: tuple[str, ...]

    @classmethod
    def from_aws(cls, document: Document[str, Any]) -> Mapping:
        patterns = (document.get("FilterCriteria") or {}).get("Filters") or []
        return cls(
            uuid=document["UUID"],
            source=document.get("EventSourceArn", ""),
            function=document["FunctionArn"],
            batch_size=int(document["BatchSize"]),
            window=float(document.get("MaximumBatchingWindowInSeconds") or 0),
            concurrency=int((document.get("ScalingConfig") or {}).get("MaximumConcurrency") or _DEFAULT_CONCURRENCY),
            partial="ReportBatchItemFailures" in (document.get("FunctionResponseTypes") or []),
            filters=tuple(p["Pattern"] for p in patterns if p.get("Pattern")),
        )

    @property
    def service(self) -> str:
        return self.source.split(":")[2] if self.source.count(":") >= 5 else "kafka"

    @property
    def region(self) -> str:
        return self.function.split(":")[3]

    @property
    def function_name(self) -> str:
        return self.function.split(":")[6]

    @property
    def qualifier(self) -> str | None:
        parts = self.function.split(":")
        return parts[7] if len(parts) > 7 else None


class Poller(Protocol):
    """Reads one mapping's source and invokes its function, from `start` to `stop` (which waits for the last read)."""

    def start(self) -> None: ...

    def stop(self) -> None: ...
