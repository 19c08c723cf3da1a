"""What the API answers from: a deployed environment, found once a process, and the backend that runs questions on rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.access.backend import Backend
from glue_etl.access.kept import Kept
from glue_etl.access.tables import CatalogTables
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.outcomes import JobStates
from glue_etl.aws.operating.deployment import Deployment
from glue_etl.aws.operating.diagnosed import ForPeople
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.settings import Settings
from glue_etl.core.operating.diagnosis import Work

COUNTED = 200
"""Files of one state that are counted one by one: an overview is asked for every few seconds."""


@dataclass(frozen=True, slots=True)
class Estate:
    """One deployment as the API sees it. What is `Kept` is some seconds old: pages ask for it all the time."""

    deployment: Deployment
    tables: CatalogTables
    backend: Backend
    job_states: JobStates
    surroundings: Kept[Work]
    for_people: Kept[ForPeople]

    @property
    def settings(self) -> Settings:
        return self.deployment.services.settings

    @property
    def ledger(self) -> Ledger:
        return self.deployment.ledger

    @property
    def contracts(self) -> Mapping[str, Any]:
        return self.deployment.services.contracts

    def names(self) -> list[str]:
        """All datasets: those of contracts, and those that began with a file."""
        return sorted({*self.contracts, *(schema.dataset for schema in self.ledger.schemas())})

    def schemas(self) -> dict[str, Schema]:
        return {schema.dataset: schema for schema in self.ledger.schemas()}
