"""The estate of a function, from its environment: made once a process, when the first request needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from glue_etl.access.backend import Backend
from glue_etl.access.estate import COUNTED, Estate
from glue_etl.access.kept import Kept
from glue_etl.access.settings import ApiSettings, api_settings_from
from glue_etl.access.tables import CatalogTables
from glue_etl.aws.clients import client
from glue_etl.aws.files.bootstrap import build_services
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.outcomes import JobStates
from glue_etl.aws.operating.deployment import Deployment
from glue_etl.aws.operating.diagnosed import for_people, surroundings
from glue_etl.core.files.settings import settings_from
from glue_etl.steps.ports import Log

KEPT_SECONDS = 5.0
"""What costs more than a query of an index is this old at most."""


@cache
def estate(log: Log) -> Estate:
    """The estate of this process; `log` is the function's logger."""
    return build_estate(os.environ, client, log)


def build_estate(environment: Mapping[str, str], client_of: Callable[[str], Any], log: Log) -> Estate:
    """An estate on the clients that `client_of` gives by service name. Raises MissingSetting, Terminal."""
    settings = settings_from(environment)
    services = build_services(settings, client_of, log)
    ledger = Ledger(client_of("dynamodb"), settings.ledger_table)
    name = environment.get("POWERTOOLS_SERVICE_NAME", "").rpartition("-")[0]
    return estate_of(Deployment(name, services, ledger, client_of), api_settings_from(environment))


def estate_of(found: Deployment, asked: ApiSettings) -> Estate:
    """A deployment as the API sees it; `asked` says what runs questions on its rows."""
    settings = found.services.settings
    tables = CatalogTables(found.client("glue"), settings.catalog_database)
    job_states = JobStates(found.client("dynamodb"), settings.job_state_table, settings.environment)
    return Estate(
        found,
        tables,
        _backend(asked, tables, found.client),
        job_states,
        Kept(partial(surroundings, found), KEPT_SECONDS),
        Kept(partial(for_people, found, COUNTED), KEPT_SECONDS),
    )


def _backend(settings: ApiSettings, tables: CatalogTables, client_of: Callable[[str], Any]) -> Backend:
    """DuckDB is imported only where it is chosen: on AWS the function has none."""
    if settings.query_engine == "duckdb":
        from glue_etl.access.duck import Duck

        return Duck(tables, client_of("s3"), settings.query_results)
    from glue_etl.access.athena import Athena

    return Athena(client_of("athena"), client_of("s3"), settings)
