"""Looking at a source without landing or storing anything: credentials, reach, and the first rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

from glue_etl.core.pulling import pulls
from glue_etl.core.pulling.cursors import Value, like
from glue_etl.core.pulling.declarations import Stream
from glue_etl.core.pulling.progress import WindowProgress, canonical
from glue_etl.core.pulling.pulls import StreamState, Window
from glue_etl.core.pulling.reports import StreamReport
from glue_etl.steps.sources.ports import PullServices
from glue_etl.steps.sources.window import LEAST_MARGIN

SAMPLE_ROWS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """The ends of the window that a person asked for; both None where it is the cursor's own."""

    since: Value | None = None
    until: Value | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None


def look(services: PullServices, stream: Stream, asked: Asked, whole: bool) -> StreamReport:
    """The first rows that a source answers with; `whole`: those of the window, and their count, as far as time allows."""
    sample: list[Any] = []
    count, complete = 0, False
    window = _window(services, stream, asked)
    progress = WindowProgress(services.source.name, stream, window, None)
    pages = services.extractor().pages(stream, window, None)
    with closing(cast(Any, pages)):
        for page in pages:
            rows = [row for row in page.rows if progress.belongs(row)] if whole and not page.exact else page.rows
            count += len(rows)
            sample += _plain(rows[: SAMPLE_ROWS - len(sample)])
            complete = page.next is None
            if complete or not whole or services.remaining() < LEAST_MARGIN:
                break
    return StreamReport(pulls.DONE if complete or not whole else pulls.OPEN, rows=count, sample=tuple(sample))


def _window(services: PullServices, stream: Stream, asked: Asked) -> Window:
    now = services.now()
    if not asked:
        state = replace(services.states.get(services.source.name, stream.name), status=pulls.DONE)
        return pulls.opened(state, stream, now).as_window()
    by_hand = StreamState(services.source.name, f"{stream.name}@")
    initial = stream.cursor.initial if stream.cursor else None
    return pulls.opened_by_hand(by_hand, like(initial, asked.since), like(initial, asked.until), now).as_window()


def _plain(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [json.loads(canonical(dict(row.items()))) for row in rows]
