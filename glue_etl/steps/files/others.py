"""What a run has to know of other files to judge its own: the past of their datasets, and the objects that are published.

Nothing is read or listed where no suite asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from glue_etl.core.datasets.beyond import datasets_read, needs_past
from glue_etl.core.datasets.contracts import DEFAULT_DATASET
from glue_etl.core.files.heads import is_in_table
from glue_etl.steps.files.ports import Services

_BATCH_ID = re.compile(r"_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_")


def what_others_hold(services: Services, datasets: Iterable[str]) -> dict[str, Any]:
    """`pasts` and `published` of the manifest of a run with files of these datasets."""
    contracts = services.contracts
    suites = {name: contracts.get(name, contracts[DEFAULT_DATASET]).suite for name in datasets}
    past = [name for name, suite in suites.items() if needs_past(suite)]
    read = sorted({other for name, suite in suites.items() for other in datasets_read(name, suite)})
    return {
        "pasts": {
            history.dataset: history.to_json(alarms=False) for history in services.each(services.ledger.history, past)
        },
        "published": {name: published_objects(services, name) for name in read},
    }


def published_objects(services: Services, dataset: str) -> list[str]:
    """The addresses of the objects with a dataset's published rows. Those that an Iceberg table lists stay after their rows were
    taken back: of them only files count whose rows are readable.
    """
    root = f"s3://{services.settings.curated_bucket}/"
    found = [f"{root}{key}" for key, _ in services.objects.list(f"{root}{dataset}/") if key.endswith(".parquet")]
    listed = {uri: match[1] for uri in found if is_in_table(uri, dataset) and (match := _BATCH_ID.search(uri))}
    records = services.each(services.ledger.get, sorted(set(listed.values())))
    readable = {record.batch_id for record in records if record is not None and record.is_readable}
    return [uri for uri in found if uri not in listed or listed[uri] in readable]
