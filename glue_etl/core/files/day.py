"""What a day came to, summed from the states of the job that its runs left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.files.notices import state_counts
from glue_etl.core.messages import Notice, body, counted, subject

ROWS = ("read", "published", "quarantined")


@dataclass
class Day:
    """Runs by the state they ended in (the canary's among them), files by the state each run left them in, rows, seconds."""

    runs: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: int = 0


def day_of(states: Iterable[tuple[str, Mapping[str, Any]]]) -> Day:
    """The sum of states of the job: each a status and its metadata."""
    day = Day()
    for status, metadata in states:
        day.runs[status] += 1
        day.files.update({state: int(count) for state, count in metadata.get("by_state", {}).items()})
        day.rows.update({what: int(metadata.get(f"rows_{what}", 0)) for what in ROWS})
        day.seconds += int(metadata.get("execution_seconds", 0))
    return day


def day_notice(environment: str, job_name: str, day: str, told: Day) -> Notice:
    """The summary for people. What needed one of them, they were told when it happened."""
    files = state_counts(told.files)
    runs = ", ".join(f"{count} {status}" for status, count in told.runs.most_common())
    parts = [
        f"{day} (UTC), {job_name} in {environment}: {counted(told.runs.total(), 'run')} ({runs}).",
        f"Files, each as often as a run ended with it: {files}.",
        f"Rows: {', '.join(f'{told.rows[what]} {what}' for what in ROWS)}.",
        f"The runs took {told.seconds} s in all.",
        "Files that need somebody were told when they did: `glue-etl status` and `glue-etl quarantine list` show them too.",
    ]
    return Notice(subject(f"[{environment}] {day}: {files} ({job_name})"), body("\n\n".join(parts) + "\n"))
