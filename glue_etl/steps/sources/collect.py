"""A batch of records becomes objects, each record in exactly one, whichever batches come again.

Records with an order (Kinesis, Kafka) are here, by the rule of core/collecting/chains.py; SQS is in collect_messages.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Protocol

from glue_etl.core.collecting.chains import Checkpoint, Folder, body, last_of, metadata, poison_folder, rows_folder
from glue_etl.core.collecting.declarations import CollectedSource
from glue_etl.core.collecting.payloads import Decoder, SchemaOf, decoder
from glue_etl.core.collecting.records import CollectedRecord, Decoded, decode, records_of
from glue_etl.core.errors import Transient
from glue_etl.core.sources.settings import SourceSettings
from glue_etl.steps.ports import Each, Log


@dataclass(frozen=True, slots=True)
class Marker:
    """Which object a message goes into, and until when that object's writer may live (ISO 8601, UTC)."""

    object: str
    until: str


class CollectedObjects(Protocol):
    """Objects that are created once: see glue_etl.aws.sources.collected."""

    def create(self, bucket: str, key: str, content: bytes, told: Mapping[str, str]) -> bool:
        """Write the object, with what it tells of itself; False where there is one, which may be this very one.

        Raises Transient, after which it may be there.
        """

    def told(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """What the object tells of itself; None where there is none."""


class Positions(Protocol):
    """The table of sources, as far as collecting is concerned: see glue_etl.aws.sources.collected."""

    def checkpoint(self, part: str) -> Checkpoint:
        """Where the part stands; before everything if nothing of it has landed."""

    def advance(self, part: str, checkpoint: Checkpoint) -> None:
        """Move the part's chains to at least where `checkpoint` has them, never back. Raises Transient."""

    def claim(self, message_id: str, marker: Marker) -> Marker:
        """The marker that the message has: this one, unless it had one before. Raises Transient: then it may be this one."""

    def take_over(self, message_id: str, from_object: str, marker: Marker) -> bool:
        """Put this marker in the place of one that names `from_object`; False where another was faster."""


@dataclass(frozen=True, slots=True)
class CollectServices:
    """Everything that collecting may call. `schema_of` asks the registry."""

    settings: SourceSettings
    source: CollectedSource
    objects: CollectedObjects
    positions: Positions
    schema_of: SchemaOf
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    each: Each
    log: Log

    @property
    def rows(self) -> Folder:
        return rows_folder(self.settings.raw_bucket, self.settings.incoming_prefix, self.source.name)

    @property
    def poison(self) -> Folder:
        return poison_folder(self.settings.quarantine_bucket, self.source.name)

    def decoder(self) -> Decoder:
        """For one batch: an id that the registry does not have now is not asked for again within it."""
        return decoder(self.source.payload, cache(self.schema_of))

    def decode(self, records: Sequence[CollectedRecord], with_decoder: Decoder) -> list[Decoded]:
        return [decode(record, with_decoder, self.source.keep) for record in records]


@dataclass(slots=True)
class Collected:
    """What became of a batch: records by their fate, objects made, and what is given back to Lambda."""

    received: int = 0
    landed: int = 0
    duplicates: int = 0
    poisoned: int = 0
    files: int = 0
    given_back: list[str] = field(default_factory=list)

    def as_metrics(self) -> dict[str, int]:
        return {
            "RecordsReceived": self.received,
            "RecordsLanded": self.landed,
            "RecordsDuplicate": self.duplicates,
            "RecordsPoisoned": self.poisoned,
            "FilesLanded": self.files,
        }


def collect(services: CollectServices, event: Mapping[str, Any]) -> Collected:
    """Land the records of a Kinesis or Kafka event, part by part; a part that AWS fails does not hold up the others.

    Kinesis is told the first position that has not landed. Kafka is not asked for less than the whole batch (Lambda
    knows partial answers of Kafka in provisioned mode only): Transient is raised, and what has landed is left out then.
    """
    records = records_of(services.source.kind, event)
    collected, with_decoder = Collected(received=len(records)), services.decoder()
    failures: list[Transient] = []
    for part, group in groupby(records, key=lambda record: record.part):
        unfinished = list(group)
        try:
            checkpoint = services.positions.checkpoint(part)
            known = len(unfinished)
            unfinished = [record for record in unfinished if record.order > checkpoint.covered]
            collected.duplicates += known - len(unfinished)
            if unfinished:
                _land_part(services, checkpoint, services.decode(unfinished, with_decoder), collected)
        except Transient as error:
            services.log("records are given back", part=part, first=unfinished[0].position, reason=str(error))
            failures.append(error)
            collected.given_back.append(unfinished[0].position)
    if failures and services.source.kind == "kafka":
        raise failures[0]
    return collected


def _land_part(
    services: CollectServices, checkpoint: Checkpoint, entries: Sequence[Decoded], collected: Collected
) -> None:
    """Both chains, then the checkpoint: without it the batch is not done, since the next one is named after it."""
    part, last = entries[0].record.part, entries[-1].record.order
    poison = Chain(services, services.poison, checkpoint.poison)
    rows = Chain(services, services.rows, checkpoint.rows)
    poison.extend([e for e in entries if e.poison], last)
    rows.extend([e for e in entries if not e.poison], last)
    services.positions.advance(part, checkpoint.reaching(rows.reached, poison.reached))
    collected.landed += rows.landed
    collected.poisoned += poison.landed
    collected.files += rows.files
    collected.duplicates += len(entries) - rows.landed - poison.landed


@dataclass(slots=True)
class Chain:
    """A part's objects in one folder, up to `reached`; `landed` records went into the `files` that were made here."""

    services: CollectServices
    folder: Folder
    reached: int
    landed: int = 0
    files: int = 0

    def extend(self, entries: Sequence[Decoded], last: int) -> None:
        """Make the chain reach `last`."""
        while entries := [entry for entry in entries if entry.record.order > self.reached]:
            if self._create(entries, last):
                self.landed, self.files, self.reached = self.landed + len(entries), self.files + 1, last
        self.reached = max(self.reached, last)

    def _create(self, entries: Sequence[Decoded], last: int) -> bool:
        """Create the next object; False where another did: then the chain reaches as far as that one says."""
        objects, bucket = self.services.objects, self.folder.bucket
        first, writer = entries[0].record, self.services.new_id()
        key = self.folder.key(first.day, f"{first.part}-{first.position}")
        if objects.create(bucket, key, body(entries), metadata(entries, last, writer)):
            return True
        told = objects.told(bucket, key)
        if told is None:
            raise Transient(f"s3://{bucket}/{key} was there, and is not any more")
        self.reached = last_of(told)
        return told.get("writer") == writer
