"""Has Iceberg tables follow the heads of their datasets: what heads show comes, what they showed goes, in one commit a table.

Until then a published file's rows are in place and not seen. Anyone may repeat it: the table itself tells what is left to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Transient
from glue_etl.core.files import heads
from glue_etl.core.files.heads import Head
from glue_etl.steps.files.ports import Services, TableChange


def ahead_of(services: Services, blanks: Iterable[Head]) -> dict[str, list[Head]]:
    """Those of these heads that a table has to follow, by its dataset."""
    found: dict[str, list[Head]] = defaultdict(list)
    for head in services.each(services.ledger.head, {blank.name: blank for blank in blanks}.values()):
        for dataset in sorted({p.dataset for p in (*heads.entering(head), *head.leaving)}):
            found[dataset].append(head)
    return dict(found)


def follow(services: Services, dataset: str, blanks: Sequence[Head]) -> None:
    """Have the dataset's table follow these heads. Raises Terminal where the table is another's, Transient."""
    change = TableChange(Schema(dataset))

    def wanted() -> TableChange:
        nonlocal change
        change = _wanted(services, dataset, blanks)
        return change

    strangers = services.tables.follow(_schema(services, dataset), wanted)
    keys = [key for publication in strangers for key in publication.object_keys()]
    services.objects.delete(services.settings.curated_bucket, keys)
    services.each(
        lambda blank: services.ledger.update_head(blank, lambda now: heads.followed(now, change.enter, change.leave)),
        list(blanks),
    )


def _wanted(services: Services, dataset: str, blanks: Sequence[Head]) -> TableChange:
    now = services.each(services.ledger.head, blanks)
    enter = tuple(p for head in now for p in heads.entering(head) if p.dataset == dataset)
    leave = tuple(p for head in now for p in head.leaving if p.dataset == dataset)
    return TableChange(_schema(services, dataset), enter, leave)


def _schema(services: Services, dataset: str) -> Schema:
    schema = services.ledger.schema(dataset)
    if schema is None:
        raise Transient(f"the ledger has no schema of dataset {dataset}: its table can't follow")
    return schema
