"""Compaction in the simulated world: what the job does of it, and what readers of the catalog must see at every moment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.glue.models import glue_backends

from glue_etl.aws.files.objects import Objects
from glue_etl.aws.objects import split_uri
from glue_etl.core.files.compaction import COMPACTING, COPIES, Day
from glue_etl.core.files.compaction_plan import Made, Plan, Share
from tests.faults.simulator.direct_clients import ACCOUNT, REGION


def compact(objects: Objects, plan: Plan, run_id: str) -> Made:
    """What a run makes of its plan: a share's documents of the same columns become one."""
    days = []
    for n, day in enumerate(plan.days):
        folder = f"{plan.staging}{run_id}/compact/{n}"
        days.append(tuple(_share(objects, plan.curated, f"{folder}/{m}", keys) for m, keys in enumerate(day.shares)))
    return Made(plan.claim, run_id, tuple(days))


def _share(objects: Objects, bucket: str, folder: str, keys: tuple[str, ...]) -> Share:
    documents = [objects.read_json(f"s3://{bucket}/{key}") for key in keys]
    if None in documents:
        raise FileNotFoundError(keys[documents.index(None)])
    groups: dict[str, Any] = {}
    for document in documents:
        if isinstance(document, list):
            groups.setdefault("", []).extend(document)
        else:
            group = groups.setdefault(str(document["columns"]), {"columns": document["columns"], "rows": []})
            group["rows"] += document["rows"]
    written = []
    for n, document in enumerate(groups.values()):
        uri = f"{folder}/{n}.snappy.parquet"
        objects.write_json(uri, document)
        written.append((split_uri(uri)[1], len(rows_in(document)), len(str(document))))
    rows = sum(len(rows_in(document)) for document in documents)
    keys, counts, sizes = zip(*written, strict=True)
    return Share(rows, keys, counts, sizes)


def rows_in(document: Any) -> list[str]:
    """The names of a document's rows."""
    return document if isinstance(document, list) else [row["id"] for row in document["rows"]]


def days_of(world: Any) -> list[Day]:
    """All days that the ledger knows."""
    table = dynamodb_backends[ACCOUNT][REGION].tables[world.cloud.settings.ledger_table]
    names = sorted(key.value for key in table.items if key.value.startswith("day#"))
    return [world.ledger.day(Day(*name.removeprefix("day#").split("/", 1))) for name in names]


def watched(world: Any) -> Iterator[str]:
    """Breaches at this moment, as readers of the catalog see the days that it knows.

    Every row that a head shows is there; none is there twice that is not twice in the folder; what has left the folder is still
    seen only while its head says that it is on its way out. A writer to the catalog, who leaves its name, may be a moment late.
    """
    days = {(day.dataset, day.partition): day for day in days_of(world)}
    heads = world.heads()
    going = {p.batch_id for head in heads for p in (*head.obsolete, *(i.publication for i in head.intents))}
    for (dataset, partition), seen in _seen(world).items():
        day = days.get((dataset, partition), Day(dataset, partition))
        if day.writers:
            continue
        shown = [h.published for h in heads if h.published and _lies_in(h.published, dataset, partition)]
        wanted = [row for p in shown for key in p.object_keys() for row in _rows(world, key)]
        if missing := sorted(set(wanted) - seen.keys()):
            yield f"lost: readers of {dataset} don't see {missing}, which is published; {day}"
        if day.shown:
            yield from _unlike_the_folder(world, day, seen, going)


def _unlike_the_folder(world: Any, day: Day, seen: Counter[str], going: set[str]) -> Iterator[str]:
    keys = [key for key in world.curated_keys() if key.startswith(f"{day.dataset}/{day.partition}/")]
    folder = Counter(row for key in keys for row in _rows(world, key))
    leaving = {world.tags[batch_id] for batch_id in going if batch_id in world.tags}
    for row, count in sorted((seen - folder).items()):
        if row.partition(".")[0] not in leaving:
            yield f"doubled: readers of {day.dataset} see {row} {count} times more than its folder has it; {day}"


def problems_of_days(world: Any) -> Iterator[str]:
    """Breaches in a world at rest."""
    days = days_of(world)
    for day in days:
        if day.writers:
            yield f"stuck: somebody still writes to the catalog for {day.name}"
    kept = {day.copy_folder(o.claim) for day in days for o in day.obsolete}
    kept |= {day.copy_folder(day.claim) for day in days if day.claim}
    for key in world.curated_keys():
        if key.startswith(COPIES) and f"{key.rpartition('/')[0]}/" not in kept:
            yield f"doubled: {key} is a copy that nobody knows"
    yield from watched(world)
    published = Counter(
        row
        for head in world.heads()
        if head.published
        for key in head.published.object_keys()
        for row in _rows(world, key)
    )
    seen = sum(_seen(world).values(), Counter[str]())
    if seen != published:
        often, lost = sorted((seen - published).elements()), sorted((published - seen).elements())
        yield f"doubled: readers see {often} too often, {lost} not"


def is_compacting(world: Any) -> bool:
    """Whether a compaction is at work on some day."""
    return any(day.state == COMPACTING for day in days_of(world))


def _lies_in(publication: Any, dataset: str, partition: str) -> bool:
    return not publication.table and (publication.dataset, publication.partition) == (dataset, partition)


def _seen(world: Any) -> dict[tuple[str, str], Counter[str]]:
    """The rows of each partition that the catalog knows, by where it says that they are."""
    tables = glue_backends[ACCOUNT][REGION].databases[world.cloud.settings.catalog_database].tables
    found = {}
    for name, table in tables.items():
        for partition in table.partitions.values():
            _, prefix = split_uri(partition.as_dict()["StorageDescriptor"]["Location"])
            keys = [key for key in world.curated_keys() if key.startswith(prefix)]
            day = "/".join(f"{n}={v}" for n, v in zip(("year", "month", "day"), partition.values, strict=True))
            found[name, day] = Counter(row for key in keys for row in _rows(world, key))
    return found


def _rows(world: Any, key: str) -> list[str]:
    """The rows of a curated object; the names of objects are used once, so that each is read once."""
    if key not in world.read:
        answer = world.raw_client("s3").get_object(Bucket=world.cloud.settings.curated_bucket, Key=key)
        world.read[key] = rows_in(json.loads(answer["Body"].read()))
    return list(world.read[key])
