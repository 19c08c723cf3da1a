"""What pulling answers: by stream, as JSON, and as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.pulling.pulls import DONE, FAILED, OPEN

BUSY = "BUSY"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What became of one stream in this invocation. `state`: DONE, OPEN, FAILED, or BUSY (another invocation works on it)."""

    state: str
    rows: int = 0
    duplicates: int = 0
    files: tuple[str, ...] = ()
    error: str = ""
    sample: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state, "rows": self.rows, "duplicates": self.duplicates, "files": list(self.files),
            "error": self.error, "sample": list(self.sample), "warnings": list(self.warnings),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PullReport:
    """The answer of an invocation. `age_seconds`: since the oldest last success of a stream, where it was looked at."""

    source: str
    streams: Mapping[str, StreamReport] = field(default_factory=dict)
    age_seconds: float | None = None

    @property
    def open(self) -> bool:
        """Whether a window goes on in a later invocation."""
        return any(report.state == OPEN for report in self.streams.values())

    def to_json(self) -> dict[str, Any]:
        streams = {name: report.to_json() for name, report in self.streams.items()}
        return {"source": self.source, "streams": streams, "open": self.open}

    def as_log(self) -> dict[str, Any]:
        """The answer without rows."""
        states = {name: report.state for name, report in self.streams.items()}
        return {"source": self.source, "streams": states, **self.as_metrics()}

    def as_metrics(self) -> dict[str, float]:
        reports = list(self.streams.values())
        age = {} if self.age_seconds is None else {"PullAgeSeconds": self.age_seconds}
        return {
            "PullsDone": sum(report.state == DONE for report in reports),
            "PullsFailed": sum(report.state == FAILED for report in reports),
            "RowsPulled": sum(report.rows for report in reports),
            "FilesLanded": sum(len(report.files) for report in reports),
            **age,
        }
