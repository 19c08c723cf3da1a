"""Says beforehand that rows of a file may leave a dataset that has a copy.

A copy finds what has changed by the records of its dataset. But a record names the dataset of the file's last run, and its
contract may be another since: what a head shows may be in the dataset before, under which no record says that it goes.
"""

from __future__ import annotations

from functools import partial

from glue_etl.core.files import copies
from glue_etl.core.files.copies import OVERLAP, Held
from glue_etl.core.files.heads import Head
from glue_etl.steps.files.ports import Services


def suspect(services: Services, dataset: str, batch_id: str) -> None:
    """Have the dataset's copy, if it has one, look at this file for as long as whoever calls this may live."""
    copying = services.copying
    if copying is not None and dataset in copying.datasets:
        until = (services.now() + OVERLAP).isoformat()
        copying.copies.update_held(Held(dataset, batch_id), partial(copies.suspect, until=until))


def suspect_shown(services: Services, head: Head | None) -> None:
    """Before a head stops showing what it shows."""
    if head is not None and head.published is not None:
        suspect(services, head.published.dataset, head.published.batch_id)
