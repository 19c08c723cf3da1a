"""Has the catalog show of each day what the ledger says: its folder, or a compact copy (core.files.compaction).

Called before files are published in a day, and after objects have left its folder. Calls may be repeated, or end at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial

from glue_etl.core.errors import Transient
from glue_etl.core.files import compaction
from glue_etl.core.files.compaction import Day, Writer
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import Services

WRITER_LIFETIME = timedelta(minutes=20)
"""Longer than a Lambda function can live (15 minutes: the Lambda quotas page)."""
TRIES = 10


def expect_objects(services: Services, dataset: str, objects: Mapping[str, int]) -> None:
    """So many objects are about to be published in these days of a dataset: readers see the days' folders first.

    No compaction can begin again before the functions' time is over: the days are due hours later.
    """
    rule, now = services.settings.compaction, services.now()
    for day, count in objects.items():
        blank = Day(dataset, day)
        if rule.after_hours or services.ledger.day(blank).rev:
            change_day(services, blank, partial(compaction.expecting, objects=count, rule=rule, now=now))


def open_days(services: Services, publications: Iterable[Publication]) -> None:
    """Objects of these left their days' folders: readers are not to see their rows in copies either."""
    rule, now = services.settings.compaction, services.now()
    for dataset, partition in sorted({(p.dataset, p.partition) for p in publications if not p.table}):
        change_day(services, Day(dataset, partition), lambda known: compaction.opened(known, rule, now))


def settle(services: Services, dataset: str, partitions: Iterable[str]) -> None:
    """Look whether the catalog shows of these days what the ledger says."""
    for partition in partitions:
        change_day(services, Day(dataset, partition), lambda known: known, look=True)


def change_day(services: Services, blank: Day, change: Callable[[Day], Day], look: bool = False) -> Day:
    """Change a day; where the catalog may show something else than its folder, or must `look`, have it follow."""
    began = services.now()
    writer = Writer(services.new_id()[:8], (began + WRITER_LIFETIME).isoformat())

    def changed(known: Day) -> Day:
        after = change(known)
        return compaction.announced(after, writer) if look or known.is_closed else after

    day = services.ledger.update_day(blank, changed)
    if writer not in day.writers:
        return day
    for _ in range(TRIES):
        shown = day.shown
        services.catalog.place(day.dataset, day.partition, day.folder)
        settled = partial(compaction.settled, writer=writer, shown=shown, began=began)
        day = services.ledger.update_day(day, settled)
        if writer not in day.writers:
            return day
    raise Transient(f"{blank.name} keeps changing: try again")
