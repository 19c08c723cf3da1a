"""Has QuickSight import a data set anew once what it shows has changed: by the sweep, at most one each so many minutes.

May be repeated and end between any two calls: an import is noted before it is asked for, and asked for again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from glue_etl.core.datasets.quality_table import name_of
from glue_etl.core.errors import Refused
from glue_etl.core.files import refreshes
from glue_etl.core.files.refreshes import Refresh
from glue_etl.core.files.states import State
from glue_etl.core.reasons import bounded, error_text
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.refresh_ports import Refreshing

AT_REST = (State.PUBLISHED, State.QUARANTINED, State.REJECTED, State.SUPERSEDED)
"""States in which a file is after what is readable of it may have changed."""


def refresh(services: Services, dataset: str) -> bool:
    """Have the dataset's data set imported if it is time and something has changed; whether it was asked for."""
    refreshing = services.refreshing
    if refreshing is None:
        return False
    data_set, items, now = refreshing.data_sets[dataset], refreshing.items, services.now()
    known = items.get(data_set)
    if known.asked:
        if not refreshes.is_time(known, now, refreshing.minutes):
            return False
        if known.at and known.digest == refreshes.digest_of(_marks(services, dataset, known.since)):
            return False
        since = refreshes.next_since(now)
        digest = refreshes.digest_of(_marks(services, dataset, since))
        change = partial(refreshes.asking, ingestion=services.new_id(), digest_since=(digest, since), now=now)
        known = items.update(data_set, lambda stored: change(stored) if stored.rev == known.rev else stored)
    return not known.asked and _ask(services, refreshing, known)


def _ask(services: Services, refreshing: Refreshing, known: Refresh) -> bool:
    try:
        refreshing.imports.start(known.data_set, known.ingestion)
    except Refused as error:
        said = bounded(error_text(str(error)))
        refreshing.items.update(known.data_set, lambda now: refreshes.refused(now, known.ingestion, said))
        raise
    refreshing.items.update(known.data_set, lambda now: refreshes.taken(now, known.ingestion))
    services.log("QuickSight imports a data set", data_set=known.data_set, ingestion=known.ingestion)
    return True


def _marks(services: Services, dataset: str, since: str) -> Iterator[str]:
    """A mark for each file that came to rest since then; of the table of quality, for each run that ended."""
    settings = services.settings
    if dataset == name_of(settings.environment):
        until = services.now().isoformat()
        for state in services.job_states.between(settings.glue_job_name, since or "0", until):
            yield f"{state.updated_at} {state.status}"
        return
    for record in services.ledger.by_dataset(dataset, since):
        if record.state in AT_REST:
            yield f"{record.batch_id} {record.state} {record.updated_at}"
