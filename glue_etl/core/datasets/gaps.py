"""Silence: until when a dataset's next file is expected, by its past or by a promise of its contract, and what is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from glue_etl.core.datasets.beyond import Promise
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.trends import longest_silence
from glue_etl.core.messages import Notice, body, subject


@dataclass(frozen=True, slots=True)
class Expected:
    """When the next file of a dataset is due. Times are ISO 8601, UTC.

    `since`: when the last one arrived. `due`: "" where nobody knows. `usual` says why, in words. `told`: people know of the gap.
    `rev` counts the writes of the item.
    """

    dataset: str
    since: str = ""
    due: str = ""
    usual: str = ""
    told: bool = False
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"expected#{self.dataset}"


def expect(known: Expected, history: History, promise: Promise | None) -> Expected:
    """What is expected now that the past is `history`: the same where no newer file has arrived."""
    if history.last_arrival <= known.since:
        return known
    due, usual = _due(history, promise)
    return replace(known, since=history.last_arrival, due=due, usual=usual, told=False, rev=known.rev + 1)


def _due(history: History, promise: Promise | None) -> tuple[str, str]:
    since = datetime.fromisoformat(history.last_arrival)
    if promise is not None:
        return _promised(history, since, promise).isoformat(), f"promised {promise.said}"
    usual = longest_silence(history)
    if usual is None:
        return "", ""
    hours, said = usual
    return (since + timedelta(hours=hours)).isoformat(), said


def _promised(history: History, since: datetime, promise: Promise) -> datetime:
    if promise.every_hours:
        return since + timedelta(hours=promise.every_hours)
    day = datetime.fromisoformat(str(history.days[-1].day if history.days else since.date())).date()
    return promise.deadline(max(day, since.astimezone(UTC).date() - timedelta(days=promise.days)) + timedelta(days=1))


def arrived_meanwhile(known: Expected, at: str) -> Expected:
    """A newer file has arrived, which no run has judged yet: from then on it is as long as before until the next is due."""
    if at <= known.since or not known.due:
        return known
    longer = datetime.fromisoformat(at) - datetime.fromisoformat(known.since)
    due = (datetime.fromisoformat(known.due) + longer).isoformat()
    return replace(known, since=at, due=due, rev=known.rev + 1)


def tell(known: Expected) -> Expected:
    """Once people know of the gap."""
    return known if known.told else replace(known, told=True, rev=known.rev + 1)


def gap_notice(environment: str, gap: Expected, now: datetime) -> Notice:
    """No file for longer than usual, or than promised: told once, until one arrives."""
    hours = (now - datetime.fromisoformat(gap.since)).total_seconds() / 3600
    head = f"No file of {gap.dataset} since {hours:.0f} h"
    text = (
        f"{head} in {environment}: the last one arrived at {_minute(gap.since)} UTC; {gap.usual}.\n\nNext: ask who sends it. "
        "You are told once, and again when a file arrives. What has arrived and waits or failed is no gap: `glue-etl status`."
    )
    return Notice(subject(f"[{environment}] {head}"), body(text + "\n"))


def over_notice(environment: str, gap: Expected, arrived_at: str) -> Notice:
    """The all-clear."""
    hours = (datetime.fromisoformat(arrived_at) - datetime.fromisoformat(gap.since)).total_seconds() / 3600
    text = (
        f"A file of {gap.dataset} arrived in {environment} at {_minute(arrived_at)} UTC, {hours:.0f} h after the one before "
        f"({gap.usual}). Nothing to do, unless files in between are missing: the sender knows."
    )
    return Notice(subject(f"[{environment}] {gap.dataset} arrives again"), body(text + "\n"))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
