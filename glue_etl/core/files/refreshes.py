"""When a data set of QuickSight that holds rows of its own is imported anew: after a change, and not too often.

An import takes the whole table, so it is enough to know that something has changed since the last one. What changed is told by
marks, one for each file (or run) that came to rest since `since`; their `digest` at the last import is kept. `since` is OVERLAP
before that import: who wrote a time into a record has stored the record by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from glue_etl.core.files.copies import OVERLAP


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last import of a data set: its id in QuickSight, when it was asked for ("": never; ISO 8601, UTC), what was known then.

    `asked`: QuickSight has taken it; else it is asked for again under the same id. `error`: why it was refused.
    """

    data_set: str
    ingestion: str = ""
    at: str = ""
    since: str = ""
    digest: str = ""
    asked: bool = True
    error: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"refresh#{self.data_set}"


def digest_of(marks: Iterable[str]) -> str:
    """One text for all marks, in any order."""
    return hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()


def is_time(refresh: Refresh, now: datetime, minutes: int) -> bool:
    """Whether the last import is long enough ago, or was never asked for."""
    return not refresh.at or now - datetime.fromisoformat(refresh.at) >= timedelta(minutes=minutes)


def asking(refresh: Refresh, ingestion: str, digest_since: tuple[str, str], now: datetime) -> Refresh:
    """Before an import is asked for. `digest_since`: of the marks since a moment, and the moment."""
    digest, since = digest_since
    return Refresh(refresh.data_set, ingestion, now.isoformat(), since, digest, asked=False, rev=refresh.rev + 1)


def next_since(now: datetime) -> str:
    """From when on marks are compared after an import that is asked for now."""
    return (now - OVERLAP).isoformat()


def taken(refresh: Refresh, ingestion: str) -> Refresh:
    """After QuickSight has taken it."""
    if refresh.ingestion != ingestion or refresh.asked:
        return refresh
    return replace(refresh, asked=True, error="", rev=refresh.rev + 1)


def refused(refresh: Refresh, ingestion: str, error: str) -> Refresh:
    """After QuickSight has refused it: it is asked for again when it is time."""
    if refresh.ingestion != ingestion or refresh.asked:
        return refresh
    return replace(refresh, asked=True, error=error, digest="", rev=refresh.rev + 1)
