"""What is told of pulls: an invocation's answer, notices for people, and how the columns of a stream changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.messages import Notice, body, subject
from glue_etl.core.pulling.pulls import DONE, FAILED, OPEN, StreamState

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


def fails_notice(environment: str, state: StreamState) -> Notice:
    """A stream can't be pulled: why, since when, when it is tried again, and what to do."""
    name = f"{state.source}/{state.part}"
    parts = [
        f"Pulling {name} in {environment} fails since {state.failed_since}: {state.error}",
        f"It is tried again at {state.next_try_at}, then less and less often (at most six hours apart), and at its schedule. "
        f"What was landed before stays as it is. Its last success: {state.last_success_at or 'none yet'}.",
        f"Next: correct what the message says, then try it: glue-etl source test {state.source}. "
        "You are told once more when it works again, or fails for another reason.",
    ]
    return Notice(subject(f"[{environment}] FAILED: source {name}"), body("\n\n".join(parts) + "\n"))


def works_notice(environment: str, state: StreamState) -> Notice:
    """A stream that failed has been pulled: nothing is missing, since its window was kept open."""
    name = f"{state.source}/{state.part}"
    text = f"Pulling {name} in {environment} works again since {state.last_success_at}. The rows of the time between are landed."
    return Notice(subject(f"[{environment}] WORKS AGAIN: source {name}"), body(text + "\n"))


def stored_columns(columns: Mapping[str, str]) -> str:
    """The columns with their types, as a state keeps them."""
    return json.dumps(dict(columns), ensure_ascii=False)


def changes(before: str, now: Mapping[str, str]) -> list[str]:
    """A sentence for each column that is new, gone, or of another type. `before`: as stored, "" where nothing is known."""
    if not before:
        return []
    known: dict[str, str] = json.loads(before)
    added = [f"column {name!r} ({kind}) is new" for name, kind in now.items() if name not in known]
    removed = [f"column {name!r} ({kind}) is gone" for name, kind in known.items() if name not in now]
    retyped = [
        f"column {name!r} was {known[name]} and is {kind} now"
        for name, kind in now.items()
        if name in known and known[name] != kind
    ]
    return [*added, *removed, *retyped]
