"""The objects of a claim as the warehouse loads them: what is published, in a manifest for each set of columns.

A manifest lists exactly these objects: "mandatory", so that a load fails rather than comes short of one, and with their sizes,
which COPY needs of Parquet ("Using a manifest to specify data files", Amazon Redshift Database Developer Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glue_etl.core.datasets.copy_sql import GROUPS
from glue_etl.core.files.copies import Part
from glue_etl.core.files.parquet_footer import Footer, footer_bytes, footer_of
from glue_etl.steps.files.ports import Services

MANIFESTS = "copy-manifests"
"""A folder of the curated bucket that no dataset has: names of datasets have no hyphen."""
TAIL_BYTES = 64 * 1024

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Object:
    """An object in the curated bucket, its bytes, columns and rows."""

    key: str
    size: int
    footer: Footer


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that have the same columns in the same order."""

    columns: Columns
    objects: tuple[Object, ...]

    @property
    def rows(self) -> int:
        return sum(each.footer.rows for each in self.objects)

    def manifest(self, bucket: str) -> dict[str, Any]:
        """The manifest of a COPY."""
        entries = [
            {"url": f"s3://{bucket}/{each.key}", "mandatory": True, "meta": {"content_length": each.size}}
            for each in self.objects
        ]
        return {"entries": entries}


def manifest_key(dataset: str, ticket: str, number: int) -> str:
    """Where a load's manifest lies in the curated bucket."""
    return f"{MANIFESTS}/{dataset}/{ticket}-{number}.json"


def objects_of(
    services: Services, dataset: str, claim: Iterable[Part]
) -> tuple[dict[str, list[Object]], tuple[Part, ...]]:
    """The objects of each part by its batch id; and the parts of which one is gone. Raises Transient, Terminal."""
    wanted = [(part, key) for part in claim for key in part.object_keys(dataset)]
    found = services.each(lambda each: _object(services, each[1]), wanted)
    objects: dict[str, list[Object]] = {}
    gone = {}
    for (part, _), each in zip(wanted, found, strict=True):
        if each is None:
            gone[part.batch_id] = part
        else:
            objects.setdefault(part.batch_id, []).append(each)
    return objects, tuple(gone.values())


def _object(services: Services, key: str) -> Object | None:
    bucket = services.settings.curated_bucket
    opened = services.objects.open(bucket, key, None, TAIL_BYTES)
    if opened is None:
        return None
    if (needed := footer_bytes(opened.tail)) > len(opened.tail):
        opened = services.objects.open(bucket, key, None, needed)
        if opened is None:
            return None
    return Object(key, opened.file.size, footer_of(opened.tail))


def grouped(claim: Sequence[Part], objects: Mapping[str, Sequence[Object]]) -> tuple[list[Part], list[Group]]:
    """As many parts as fit into one load, and their objects by their columns."""
    found: dict[Columns, list[Object]] = {}
    kept = []
    for part in claim:
        own = objects.get(part.batch_id, ())
        if len(found.keys() | {each.footer.columns for each in own}) > GROUPS:
            continue
        kept.append(part)
        for each in own:
            found.setdefault(each.footer.columns, []).append(each)
    return kept, [Group(columns, tuple(own)) for columns, own in found.items()]
