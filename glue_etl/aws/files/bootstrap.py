"""Builds the services of dispatch, finalize, sweep and the commands: settings read once, on clients that are made once."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from glue_etl.aws.calls import each
from glue_etl.aws.clients import client
from glue_etl.aws.files.catalog import Catalog
from glue_etl.aws.files.copy_items import Copies
from glue_etl.aws.files.data_sets import Imports, Refreshes
from glue_etl.aws.files.jobs import Jobs
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.lineage import Lineage
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.outcomes import JobStates, Queue
from glue_etl.aws.files.tables import Tables
from glue_etl.aws.files.warehouse import Warehouse
from glue_etl.aws.notices import Notices
from glue_etl.aws.transforming.due_parts import DueParts
from glue_etl.core.datasets.catalog import declared_tables
from glue_etl.core.datasets.contracts import load_bundle
from glue_etl.core.datasets.copy_sql import Place
from glue_etl.core.datasets.quality_table import name_of
from glue_etl.core.errors import Terminal
from glue_etl.core.files.settings import Settings, settings_from
from glue_etl.core.transforming.declarations import load_transforms
from glue_etl.steps.files.copy_ports import Copying
from glue_etl.steps.files.ports import Services, Transforming
from glue_etl.steps.files.refresh_ports import Refreshing
from glue_etl.steps.ports import Log


@cache
def services(log: Log) -> Services:
    """The services of this process, from its environment; `log` is the function's logger."""
    return build_services(settings_from(os.environ), client, log)


def build_services(settings: Settings, client_of: Callable[[str], Any], log: Log) -> Services:
    """Services on the clients that `client_of` gives by service name. Raises Terminal where the contracts are missing."""
    objects = Objects(client_of("s3"))
    bundle = objects.read_json(settings.contracts_uri)
    if bundle is None:
        raise Terminal(
            f"no contracts at {settings.contracts_uri}: `make package` builds them, `terraform apply` uploads them"
        )
    return Services(
        settings=settings,
        contracts=load_bundle(bundle),
        bundle=bundle,
        objects=objects,
        ledger=Ledger(client_of("dynamodb"), settings.ledger_table),
        jobs=Jobs(client_of("glue"), settings.glue_job_name),
        job_states=JobStates(client_of("dynamodb"), settings.job_state_table, settings.environment),
        notices=Notices(client_of("sns"), settings.notices_topic_arn),
        catalog=Catalog(client_of("glue"), settings.catalog_database, settings.curated_bucket),
        tables=Tables(client_of("glue"), client_of("s3"), settings.catalog_database, settings.curated_bucket),
        arrivals=Queue(client_of("sqs"), settings.arrivals_queue_url),
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        each=each,
        log=log,
        transforming=_transforming(bundle, settings, client_of),
        lineage=Lineage(objects, settings.openlineage_url, log) if settings.openlineage_url else None,
        copying=_copying(settings, client_of),
        refreshing=_refreshing(bundle, settings, client_of),
    )


def _copying(settings: Settings, client_of: Callable[[str], Any]) -> Copying | None:
    """What copies in Redshift need, where a dataset has one. They lie in a schema beside the catalog's external one."""
    if not settings.copied_datasets:
        return None
    warehouse = Warehouse(client_of("redshift-data"), settings.redshift_workgroup, settings.redshift_database)
    place = Place(f"{settings.catalog_database}_copy", settings.redshift_role_arn)
    copies = Copies(client_of("dynamodb"), settings.ledger_table)
    return Copying(settings.copied_datasets, copies, warehouse, place, time.sleep)


def _refreshing(bundle: Mapping[str, Any], settings: Settings, client_of: Callable[[str], Any]) -> Refreshing | None:
    """What imports of QuickSight's data sets need, where there are some to be imported on publish."""
    if not settings.quicksight_prefix:
        return None
    tables = {**declared_tables(bundle), (quality := name_of(settings.environment)): quality}
    data_sets = {dataset: f"{settings.quicksight_prefix}{table}" for dataset, table in tables.items()}
    items = Refreshes(client_of("dynamodb"), settings.ledger_table)
    imports = Imports(client_of("quicksight"), settings.quicksight_account_id)
    return Refreshing(data_sets, settings.quicksight_refresh_minutes, items, imports)


def _transforming(
    bundle: Mapping[str, Any], settings: Settings, client_of: Callable[[str], Any]
) -> Transforming | None:
    """What transforms need, where any are declared."""
    if not bundle.get("transforms"):
        return None
    parts = DueParts(client_of("dynamodb"), settings.ledger_table)
    job = settings.transform_job_name
    return Transforming(load_transforms(bundle), parts, Jobs(client_of("glue"), job), job)
