"""What is published of a dataset just now: the objects that heads show, and no copy of a finalizer that is still at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from glue_etl.core.datasets.catalog import ENRICHMENT
from glue_etl.core.files.heads import Head, Publication, shows, table_folder
from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.core.transforming.runs import Frame
from glue_etl.steps.files.heads import shown_head
from glue_etl.steps.files.ports import Services

_BATCH = re.compile(r"_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[^/]*\.parquet$")
ADDED = {**{name: kind for name, kind, _ in ENRICHMENT}, **dict.fromkeys(PARTITION_COLUMNS, "string")}
"""Columns that a frame has beside those of the data."""


def published(services: Services, dataset: str, day: str = "") -> tuple[str, ...]:
    """Keys in the curated bucket of all that is readable of a dataset, of one day (2024-01-31) or of all.

    The folder is listed first and heads are asked then: what is taken back in between is not shown, and what is published in
    between makes its day due once more.
    """
    bucket, partition = services.settings.curated_bucket, _partition(day) if day else ""
    folders = [f"{folder}{partition}" for folder in (f"{dataset}/", table_folder(dataset))]
    listed = {key for folder in folders for key, _ in services.objects.list(f"s3://{bucket}/{folder}")}
    found = services.each(lambda batch_id: _publication(services, batch_id), sorted(_batch_ids(listed)))
    shown = [publication for publication in found if publication is not None and publication.dataset == dataset]
    return tuple(sorted(key for p in shown for key in p.object_keys() if key in listed))


def published_of_head(services: Services, name: str) -> tuple[str, ...]:
    """The same of one file, by the name of its head."""
    shown = services.ledger.head(Head(name, "", "")).published
    return shown.object_keys() if shown else ()


def frame_of(services: Services, keys: Iterable[str], dataset: str, fixed: Mapping[str, str] | None) -> Frame:
    """The frame of these objects: with the columns of the dataset's schema, where one is kept, else those that are `fixed`."""
    schema = services.ledger.schema(dataset)
    columns = schema.types if schema and schema.columns else dict(fixed or {})
    return Frame(tuple(keys), {**columns, **ADDED} if columns else {})


def _partition(day: str) -> str:
    year, month, number = day.split("-")
    return f"year={year}/month={month}/day={number}/"


def _batch_ids(keys: Iterable[str]) -> set[str]:
    return {found[1] for found in map(_BATCH.search, keys) if found}


def _publication(services: Services, batch_id: str) -> Publication | None:
    record = services.ledger.get(batch_id)
    head = shown_head(services, record) if record is not None else None
    return head.published if head is not None and shows(head, batch_id) else None
