"""Adds a run's files to the tables of quality: the job's figures as they are, and the states in which finalize left the files.

May be repeated: objects are named after the run, and lie in the folder of the day on which it was planned.
"""

from __future__ import annotations

from collections.abc import Sequence

from glue_etl.core.datasets.quality_table import FILE, day_of, name_of, states, states_name_of
from glue_etl.core.errors import StagingGone
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import Manifest, Partition
from glue_etl.steps.files.ports import Services


def add_run(services: Services, manifest: Manifest, run_id: str, records: Sequence[Record]) -> None:
    """Copy the run's figures and write the states of its files. Raises Transient where the tables are not deployed yet."""
    settings, day = services.settings, day_of(manifest)
    name, states_name = name_of(settings.environment), states_name_of(settings.environment)
    root = f"s3://{settings.curated_bucket}"
    result = settings.result_uri(manifest.claim, run_id)
    try:
        services.objects.copy(f"{result.rsplit('/', 1)[0]}/{FILE}", f"{root}/{name}/{day.path}/{run_id}.parquet")
    except StagingGone:
        services.log("the run left no figures for the table of quality", run_id=run_id)
        return
    services.objects.write_json(
        f"{root}/{states_name}/{day.path}/{run_id}.json", states(run_id, services.now().isoformat(), records)
    )
    for table in (name, states_name):
        services.catalog.add_partitions(table, [day])


def add_states(services: Services, records: Sequence[Record]) -> None:
    """Add the states of files that people have moved since: the latest `settled_at` of a file holds."""
    if not records:
        return
    settings, now = services.settings, services.now()
    name, day = states_name_of(settings.environment), Partition(*f"{now:%Y-%m-%d}".split("-"))
    uri = f"s3://{settings.curated_bucket}/{name}/{day.path}/{services.new_id()}.json"
    services.objects.write_json(uri, states("", now.isoformat(), records))
    services.catalog.add_partitions(name, [day])
