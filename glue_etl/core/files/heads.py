"""The head of a key: what of it is readable. Publishing is a change of head; the rules that keep it exact are here.

A publication's objects are copied before the head shows them, so a finalizer first leaves an Intent: its word that it
may leave copies behind. When it ends without publishing, its publication becomes `obsolete`, as does what a newer
publication replaces, and stays so until the copies are deleted. An intent that outlives its time belonged to a
finalizer that died; the sweep ends it in the same way. Where another attempt at the same file was published in between,
readers would see the dead one's copies beside it until then: so these become obsolete at once. Every object in the
curated bucket is thus named by a head, and since each attempt has a `token` of its own in its objects' names, deleting
one attempt can't touch another.

Which head a file is published at is its contract's to say on that day (`reupload`), and contracts change: so a record names
the head that shows its rows, and what leaves one head for another does so in one change of both.

Where a dataset is an Iceberg table, readers see what the table's newest snapshot lists, and the table follows its heads
(steps.files.tables): `entering` until it has what the head shows, `leaving` until it has given up what the head showed. What was
shown is the table's then, whose older snapshots may still list it; copies that no head ever showed are deleted at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from glue_etl.core.files.model import File, Partition


@dataclass(frozen=True, slots=True)
class Publication:
    """The curated objects that hold one file's rows. Their names follow from these fields, so no list is stored.

    `table`: the format of the table that lists them ("": none, their folder is the table's), which has to know the `rows` and the
    `sizes` (bytes) of each.
    """

    batch_id: str
    run_id: str
    dataset: str
    partition: str
    count: int
    arrived_at: str
    version_id: str
    token: str
    table: str = ""
    rows: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()

    @property
    def folder(self) -> str:
        """Where its objects lie in the curated bucket."""
        return f"{table_folder(self.dataset)}{self.partition}/" if self.table else f"{self.dataset}/{self.partition}/"

    def object_keys(self) -> tuple[str, ...]:
        """Keys in the curated bucket, one an object, in the order of the staged ones."""
        stem = f"{self.folder}{self.run_id}_{self.batch_id}_{self.token}"
        return tuple(f"{stem}_{n:05d}.snappy.parquet" for n in range(self.count))


def table_folder(dataset: str) -> str:
    """The folder of a table's data, beside its `metadata/`: apart from the day folders of plain Parquet."""
    return f"{dataset}/data/"


def is_in_table(location: str, dataset: str) -> bool:
    """Whether rows at this s3:// address are listed by a table."""
    return f"/{table_folder(dataset)}" in location


@dataclass(frozen=True, slots=True)
class Intent:
    """A finalizer's word, given before it copies. `expires_at` is later than the finalizer can live (ISO 8601, UTC)."""

    publication: Publication
    expires_at: str


@dataclass(frozen=True, slots=True)
class Head:
    """`published` is what readers see of the key; `rev` counts the writes of this head.

    `entering`: its table does not list what is published yet, as far as is known. `leaving`: what its table may list still.
    """

    name: str
    bucket: str
    key: str
    published: Publication | None = None
    obsolete: tuple[Publication, ...] = ()
    intents: tuple[Intent, ...] = ()
    entering: bool = False
    leaving: tuple[Publication, ...] = ()
    rev: int = 0

    @property
    def pending(self) -> bool:
        """Whether somebody still has copies to publish or to delete, or a table to change."""
        return bool(self.obsolete or self.intents or self.is_ahead)

    @property
    def is_ahead(self) -> bool:
        """Whether a table has to follow."""
        return self.entering or bool(self.leaving)


def head_of(file: File, append: bool) -> Head:
    """A file's empty head. Where versions add up (`append`) each version has its own: nothing is replaced."""
    name = f"key#{file.bucket}/{file.key}"
    return Head(f"{name}#{file.version_id}" if append else name, file.bucket, file.key)


def heads_of(file: File) -> tuple[Head, Head]:
    """Every head that may show a file, empty: whatever its contract says today, it has been published at one of them."""
    return head_of(file, append=False), head_of(file, append=True)


def publication_of(file: File, dataset: str, run_id: str, partition: Partition, count: int, token: str) -> Publication:
    """Where one attempt of a run publishes `count` objects of this file, where no table lists them."""
    return Publication(file.batch_id, run_id, dataset, partition.path, count, file.arrived_at, file.version_id, token)


def intend(head: Head, intent: Intent) -> Head:
    return _written(replace(head, intents=(*head.intents, intent)))


def shows(head: Head, batch_id: str) -> bool:
    """Whether what is readable of the key is this file."""
    return head.published is not None and head.published.batch_id == batch_id


def is_intended(head: Head, publication: Publication) -> bool:
    """Whether the attempt may still end in publishing: once withdrawn, its copies may be gone."""
    return any(intent.publication == publication for intent in head.intents)


def withdraw(head: Head, publication: Publication) -> Head:
    """The head after an attempt came to nothing: its copies are to be deleted, unless it is what the head shows.

    One whose intent is gone may have been shown since: then a table may list it, and decides.
    """
    gone = () if head.published == publication or publication in head.leaving else (publication,)
    left = replace(head, intents=_without(head, publication))
    if publication.table and not is_intended(head, publication):
        return _written(replace(left, leaving=(*left.leaving, *gone)))
    return _written(replace(left, obsolete=(*left.obsolete, *gone)))


def publish(head: Head, publication: Publication) -> Head:
    """The head after `publication` replaced what was readable: its intent is fulfilled, what it replaced is obsolete."""
    left = replace(_hidden(head), intents=_without(head, publication))
    obsolete = (*left.obsolete, *attempts_at(left, publication.batch_id))
    return _written(replace(left, published=publication, obsolete=obsolete, entering=bool(publication.table)))


def abandon(head: Head, attempts: tuple[Publication, ...]) -> Head:
    """The head after a file came to rest: these attempts won't be published any more, what they copied is obsolete.

    Their intents stay until they expire: one that still copies is then cleaned up a second time. An attempt that began
    since is not among them: the file may have been replayed.
    """
    doomed = tuple(p for p in attempts if p != head.published)
    return _written(replace(head, obsolete=(*head.obsolete, *doomed)))


def unpublish(head: Head) -> Head:
    """The head after its rows were taken back."""
    return _written(_hidden(head))


def entering(head: Head) -> tuple[Publication, ...]:
    """What the head shows and its table does not list yet, as far as is known."""
    return (head.published,) if head.entering and head.published else ()


def followed(head: Head, entered: tuple[Publication, ...], left: tuple[Publication, ...]) -> Head:
    """The head after a table took in `entered` and gave up `left`."""
    leaving = tuple(publication for publication in head.leaving if publication not in left)
    after = replace(head, entering=head.entering and head.published not in entered, leaving=leaving)
    return head if after == head else _written(after)


def cleaned(head: Head, deleted: tuple[Publication, ...]) -> Head:
    """The head after the copies of `deleted` were deleted. One that became obsolete again since has new copies: it stays."""
    left = Counter(deleted)
    obsolete = []
    for publication in head.obsolete:
        left[publication] -= 1
        if left[publication] < 0:
            obsolete.append(publication)
    return _written(replace(head, obsolete=tuple(obsolete)))


def attempts_at(head: Head, batch_id: str) -> tuple[Publication, ...]:
    """The publications of this file that somebody still intends."""
    return tuple(intent.publication for intent in head.intents if intent.publication.batch_id == batch_id)


def _hidden(head: Head) -> Head:
    """The head without what it shows: objects that a table lists go when it has given them up."""
    before = (head.published,) if head.published else ()
    in_table, in_folder = (tuple(p for p in before if bool(p.table) is listed) for listed in (True, False))
    left = replace(head, published=None, entering=False)
    return replace(left, obsolete=(*left.obsolete, *in_folder), leaving=(*left.leaving, *in_table))


def _without(head: Head, publication: Publication) -> tuple[Intent, ...]:
    return tuple(intent for intent in head.intents if intent.publication != publication)


def _written(head: Head) -> Head:
    return replace(head, rev=head.rev + 1)
