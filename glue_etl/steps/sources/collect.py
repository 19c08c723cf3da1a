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
from glue_etl.core.collecting.kinds import KINDS, records_of
from glue_etl.core.collecting.payloads import Decoder, SchemaOf, decoder
from glue_etl.core.collecting.records import CollectedRecord, Decoded, decode
from glue_etl.core.errors import Transient
from glue_etl.core.sources.settings import SourceSettings
from glue_etl.steps.ports import Log


@dataclass(frozen=True, slots=True)
class Marker:
    """Which object a message goes into, and until when that object's writer may live (ISO 8601, UTC)."""

    object: str
    until: str


class CollectedObjects(Protocol):
    """Objects that are created once: see glue_etl.aws.sources.collected."""

    def create(self, bucket: str, key: str, content: bytes, told: Mapping[str, str]) -> bool: ...
    def told(self, bucket: str, key: str) -> Mapping[str, str] | None: ...


class Positions(Protocol):
    """The table of sources, as far as collecting is concerned: see glue_etl.aws.sources.collected."""

    def checkpoint(self, part: str) -> Checkpoint: ...
    def advance(self, part: str, checkpoint: Checkpoint) -> None: ...
    def claim(self, message_id: str, marker: Marker) -> Marker: ...
    def take_over(self, message_id: str, from_object: str, marker: Marker) -> bool: ...


@dataclass(frozen=True, slots=True)
class CollectServices:
    """Everything that collecting may call. `schema_of` asks the registry; `each` maps a call over many, at once."""

    settings: SourceSettings
    source: CollectedSource
    objects: CollectedObjects
    positions: Positions
    schema_of: SchemaOf
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    each: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
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
    if failures and KINDS[services.source.kind].whole_batches:
        raise failures[0]
    return collected


def _land_part(
    services: CollectServices, checkpoint: Checkpoint, entries: Sequence[Decoded], collected: Collected
) -> None:
    """Both chains, then the checkpoint: without it the batch is not done, since the next one is named after it."""
    part, last = entries[0].record.part, entries[-1].record.order
    rows, poison = [e for e in entries if not e.poison], [e for e in entries if e.poison]
    poison_to, set_aside, _ = _extend(services, services.poison, poison, checkpoint.poison, last)
    rows_to, landed, files = _extend(services, services.rows, rows, checkpoint.rows, last)
    services.positions.advance(part, checkpoint.reaching(rows_to, poison_to))
    collected.landed += landed
    collected.poisoned += set_aside
    collected.files += files
    collected.duplicates += len(entries) - landed - set_aside


def _extend(
    services: CollectServices, folder: Folder, entries: Sequence[Decoded], reached: int, last: int
) -> tuple[int, int, int]:
    """Make the chain reach `last`: (up to where it reaches now, records landed here, objects made)."""
    landed = files = 0
    while entries := [entry for entry in entries if entry.record.order > reached]:
        first, writer = entries[0].record, services.new_id()
        key = folder.key(first.day, f"{first.part}-{first.position}")
        mine = services.objects.create(folder.bucket, key, body(entries), metadata(entries, last, writer))
        if not mine:
            told = services.objects.told(folder.bucket, key)
            if told is None:
                raise Transient(f"s3://{folder.bucket}/{key} was there, and is not any more")
            reached, mine = last_of(told), told.get("writer") == writer
        if mine:
            landed, files, reached = landed + len(entries), files + 1, last
    return max(reached, last), landed, files
