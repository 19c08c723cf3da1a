"""Messages of a queue become objects. Each has a marker that names its object, written before the object (decision 009).

A message is dropped only if the object that its marker names is there, and an object holds only messages whose markers
certainly name it: where a marker's fate is unknown, no object is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from glue_etl.core.collecting.chains import Folder, body, metadata
from glue_etl.core.collecting.records import Decoded, records_of
from glue_etl.core.errors import Transient
from glue_etl.steps.sources.collect import Collected, CollectServices, Marker

WRITER_MARGIN = timedelta(seconds=30)
"""How long after the end of a function's time its last call may still take effect."""


def collect_messages(services: CollectServices, event: Mapping[str, Any], remaining: timedelta) -> Collected:
    """Land the messages of an SQS event; `remaining` is the time that this invocation may still live."""
    records = records_of("sqs", event)
    messages = {record.position: record for record in records}
    collected = Collected(received=len(records), duplicates=len(records) - len(messages))
    entries = services.decode(list(messages.values()), services.decoder())
    until = _moment(services.now() + remaining + WRITER_MARGIN)
    rows, poison = [e for e in entries if not e.poison], [e for e in entries if e.poison]
    landing = Landing(services, until, collected)
    collected.landed = landing.land(services.rows, rows)
    collected.files = int(collected.landed > 0)
    collected.poisoned = landing.land(services.poison, poison)
    return collected


@dataclass(frozen=True, slots=True)
class Landing:
    """One invocation's objects. It may live `until` then; what is dropped or given back is counted in `collected`."""

    services: CollectServices
    until: str
    collected: Collected

    def land(self, folder: Folder, entries: Sequence[Decoded]) -> int:
        """One object of those messages that are ours to land; how many these were. The rest is dropped or given back."""
        if not entries:
            return 0
        services, collected = self.services, self.collected
        first = min(entries, key=lambda entry: entry.record.day).record
        marker = Marker(folder.key(first.day, f"{first.position}-{services.new_id()}"), self.until)
        try:
            mine, waiting = self._sorted_out(folder, entries, marker)
            if mine:
                services.objects.create(folder.bucket, marker.object, body(mine), metadata(mine, None, marker.object))
        except Transient as error:
            services.log("messages are given back", messages=len(entries), reason=str(error))
            collected.given_back += [entry.record.position for entry in entries]
            return 0
        collected.given_back += [entry.record.position for entry in waiting]
        collected.duplicates += len(entries) - len(mine) - len(waiting)
        return len(mine)

    def _sorted_out(
        self, folder: Folder, entries: Sequence[Decoded], marker: Marker
    ) -> tuple[list[Decoded], list[Decoded]]:
        """(messages whose marker is ours now, those whose writer may still live); all others have landed."""
        services = self.services
        markers = services.each(lambda entry: services.positions.claim(entry.record.position, marker), entries)
        others = sorted({found.object for found in markers} - {marker.object})
        there = services.each(lambda key: services.objects.told(folder.bucket, key) is not None, others)
        written = {key for key, found in zip(others, there, strict=True) if found}
        mine: list[Decoded] = []
        waiting: list[Decoded] = []
        for entry, found in zip(entries, markers, strict=True):
            if found.object in written:
                continue
            ours = found.object == marker.object or self._taken_over(entry, found, marker)
            (mine if ours else waiting).append(entry)
        return mine, waiting

    def _taken_over(self, entry: Decoded, found: Marker, marker: Marker) -> bool:
        """Whether the message is ours now: the object that its marker named was never made, and its writer is dead."""
        if found.until > _moment(self.services.now()):
            return False
        return self.services.positions.take_over(entry.record.position, found.object, marker)


def _moment(moment: datetime) -> str:
    """One form, so that texts compare as times do."""
    return moment.isoformat(timespec="milliseconds")
