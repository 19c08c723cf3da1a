"""What a run's files changed in the schemas of their datasets, for its notice."""

from __future__ import annotations

from glue_etl.core.datasets.news import news
from glue_etl.core.files.model import Manifest
from glue_etl.steps.files.ports import Services


def schema_news(services: Services, manifest: Manifest) -> list[str]:
    """Lines for people; a finalizer that is called again says the same."""
    found = services.each(services.ledger.schema, sorted(manifest.schemas))
    batch_ids = frozenset(entry.batch_id for entry in manifest.files)
    return news((schema for schema in found if schema), batch_ids, manifest.created_at)
