"""Once a day each Iceberg table gives up the snapshots that have had their time, and what they alone listed is deleted.

Every step may be repeated and the process may end between any two of them: see core.files.expiry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glue_etl.core.batches import batches
from glue_etl.core.datasets.contracts import ICEBERG, table_format_of
from glue_etl.core.files.expiry import Expiry, Retention, batch_of, plans_folder
from glue_etl.steps.files.heads import shown_head
from glue_etl.steps.files.ports import Services

NOTE = "snapshots"
KEYS = 1000


def due(services: Services) -> list[str]:
    """The datasets whose tables nobody has looked at today (UTC), in the order in which `looked_at` is told of them."""
    if not services.settings.snapshot_days:
        return []
    note, today = services.ledger.read_note(NOTE), services.now().date().isoformat()
    if note.get("day") == today and note.get("done"):
        return []
    after = str(note.get("after", "")) if note.get("day") == today else ""
    chosen = services.settings.table_format
    names = sorted(s.dataset for s in services.ledger.schemas() if s.version)
    tables = [name for name in names if table_format_of(name, services.contracts, chosen) == ICEBERG]
    left = [name for name in tables if name > after]
    if not left:
        _remember(services, after, done=True)
    return left


def looked_at(services: Services, dataset: str, done: bool) -> None:
    """Note that a table was looked at today; `done`: it was the last."""
    _remember(services, dataset, done)


def _remember(services: Services, after: str, done: bool) -> None:
    services.ledger.write_note(NOTE, {"day": services.now().date().isoformat(), "after": after, "done": done})


def expire_snapshots(services: Services, dataset: str) -> int:
    """Finish what was begun, then expire what is due now; how many objects were deleted. Raises Transient, Terminal."""
    deleted = sum(_finish(services, uri, plan) for uri, plan in _begun(services, dataset))
    settings = services.settings
    retention = Retention(settings.snapshot_days, settings.snapshots_kept)
    planned = services.tables.plan_expiry(dataset, retention, services.now())
    if planned is not None:
        uri = f"s3://{settings.curated_bucket}/{plans_folder(dataset)}{services.new_id()}.json"
        services.objects.write_json(uri, planned.to_json())
        deleted += _finish(services, uri, planned)
    return deleted


def _begun(services: Services, dataset: str) -> Iterator[tuple[str, Expiry]]:
    bucket = services.settings.curated_bucket
    for key in [key for key, _ in services.objects.list(f"s3://{bucket}/{plans_folder(dataset)}")]:
        document = services.objects.read_json(f"s3://{bucket}/{key}")
        if document is not None:
            yield f"s3://{bucket}/{key}", Expiry.from_json(document)


def _finish(services: Services, uri: str, planned: Expiry) -> int:
    """Carry the plan out, unless it does not hold any more; then, or when all is deleted, it goes too."""
    bucket, deleted = services.settings.curated_bucket, 0
    holds = services.tables.expire(planned)
    if holds is None:
        services.log("snapshots can't be expired now", dataset=planned.dataset)
        return 0
    if holds:
        shown = _shown(services, planned.rows)
        keys = [*(key for key in planned.rows if key not in shown), *planned.metadata]
        for some in batches([*keys, *services.tables.stale_metadata(planned.dataset)], KEYS):
            services.objects.delete(bucket, some)
            deleted += len(some)
    services.objects.delete(bucket, [uri.removeprefix(f"s3://{bucket}/")])
    return deleted


def _shown(services: Services, keys: Iterable[str]) -> set[str]:
    """Those of the keys that heads show: a table that somebody set back to an earlier snapshot lists them no more."""
    by_batch: dict[str, list[str]] = {}
    for key in keys:
        by_batch.setdefault(batch_of(key), []).append(key)

    def shown(batch_id: str) -> set[str]:
        record = services.ledger.get(batch_id)
        head = shown_head(services, record) if record else None
        return {*head.published.object_keys()} if head and head.published else set()

    return {key for found in services.each(shown, by_batch) for key in found}
