"""The head of a key: what of it is readable. Publishing is a change of head; the rules that keep it exact are here.

A publication's objects are copied before the head names them, so a finalizer first leaves an Intent: its word that it
may leave copies behind. Whoever ends without publishing deletes its copies and takes its intent back; an intent that
outlives its time belonged to a finalizer that died, and the sweep does the same for it. What a newer publication
replaces is listed as `obsolete` until it is deleted. So every object in the curated bucket is named by a head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from glue_etl.core.model import File, Partition


@dataclass(frozen=True, slots=True)
class Publication:
    """The curated objects that hold one file's rows. Their names follow from these fields, so no list is stored."""

    batch_id: str
    run_id: str
    dataset: str
    partition: str
    count: int
    arrived_at: str
    version_id: str

    def keys(self) -> tuple[str, ...]:
        """Keys in the curated bucket, one an object, in the order of the staged ones."""
        stem = f"{self.dataset}/{self.partition}/{self.run_id}_{self.batch_id}"
        return tuple(f"{stem}_{n:05d}.snappy.parquet" for n in range(self.count))


@dataclass(frozen=True, slots=True)
class Intent:
    """A finalizer's word, given before it copies. `expires_at` is later than the finalizer can live (ISO 8601, UTC)."""

    token: str
    publication: Publication
    expires_at: str


@dataclass(frozen=True, slots=True)
class Head:
    """`published` is what readers see of the key; `rev` counts the writes of this head."""

    name: str
    bucket: str
    key: str
    published: Publication | None = None
    obsolete: tuple[Publication, ...] = ()
    intents: tuple[Intent, ...] = ()
    rev: int = 0

    @property
    def pending(self) -> bool:
        """Whether somebody still has copies to publish or to delete."""
        return bool(self.obsolete or self.intents)


def head_of(file: File, append: bool) -> Head:
    """A file's empty head. Where versions add up (`append`) each version has its own: nothing is replaced."""
    name = f"key#{file.bucket}/{file.key}"
    return Head(f"{name}#{file.version_id}" if append else name, file.bucket, file.key)


def publication_of(file: File, dataset: str, run_id: str, partition: Partition, count: int) -> Publication:
    """Where a run publishes `count` objects of this file."""
    return Publication(file.batch_id, run_id, dataset, partition.path, count, file.arrived_at, file.version_id)


def intend(head: Head, intent: Intent) -> Head:
    return _written(replace(head, intents=(*head.intents, intent)))


def withdraw(head: Head, token: str) -> Head:
    return _written(replace(head, intents=tuple(i for i in head.intents if i.token != token)))


def publish(head: Head, publication: Publication, token: str) -> Head:
    """The head after `publication` replaced what was readable; what it replaced is obsolete, the intent is fulfilled."""
    before = (head.published,) if head.published and head.published.keys() != publication.keys() else ()
    fulfilled = tuple(i for i in head.intents if i.token != token)
    return _written(replace(head, published=publication, obsolete=(*head.obsolete, *before), intents=fulfilled))


def unpublish(head: Head) -> Head:
    """The head after an operator took its rows back."""
    before = (head.published,) if head.published else ()
    return _written(replace(head, published=None, obsolete=(*head.obsolete, *before)))


def cleaned(head: Head, deleted: tuple[Publication, ...]) -> Head:
    return _written(replace(head, obsolete=tuple(p for p in head.obsolete if p not in deleted)))


def _written(head: Head) -> Head:
    return replace(head, rev=head.rev + 1)
