"""From queue messages to files that can be read: which object versions are meant, and what their bytes say they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from glue_etl.core.datasets.automatic import NAMELESS, Named, dataset_of
from glue_etl.core.errors import FileRejected, Terminal, Transient
from glue_etl.core.files.arrival import is_folder_marker, partition_of
from glue_etl.core.files.events import Arrival, parse_arrivals
from glue_etl.core.files.ledger import Record, is_waiting
from glue_etl.core.files.model import Detection, File, ManifestFile
from glue_etl.core.formats import SAMPLE_BYTES, detect
from glue_etl.steps.files.ports import Opened, Services
from glue_etl.steps.files.registration import register_each

UNREADABLE = Detection(format="")


@dataclass(frozen=True, slots=True)
class Message:
    """One queue message: `message_id` names it in a partial batch response, `receipt_handle` gives it back."""

    message_id: str
    receipt_handle: str
    body: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a message asks for. `reasons` say why it can't be read (then it is rejected, not run).

    `record` is the ledger's, where the message names a file that waits there; `group` keeps a retried half by itself.
    """

    message: Message
    entry: ManifestFile
    reasons: tuple[str, ...] = ()
    record: Record | None = None
    group: str = ""
    named: Named = NAMELESS


@dataclass
class Intake:
    """What a batch of messages asks for. `failed` messages are to be delivered again, with the reason."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    duplicates: int = 0
    gone: int = 0

    def add(self, candidate: Candidate) -> None:
        if self.candidates.setdefault(candidate.entry.batch_id, candidate) is not candidate:
            self.duplicates += 1


def take_in(services: Services, messages: Sequence[Message]) -> Intake:
    """Read what the messages mean. One message's trouble is its own: it is listed in `failed`, the others go on."""
    intake = Intake()
    for found in services.each(lambda message: _read_message(services, message), messages):
        for candidate in found.candidates.values():
            intake.add(candidate)
        intake.failed |= found.failed
        intake.duplicates += found.duplicates
        intake.gone += found.gone
    _register(services, intake)
    return intake


def _register(services: Services, intake: Intake) -> None:
    """Make the datasets of readable files known, each once; files whose dataset can't be are taken in again later."""
    readable = {batch_id: found for batch_id, found in intake.candidates.items() if not found.reasons}
    settled, failed = register_each(services, (found.named for found in readable.values()))
    for batch_id, found in readable.items():
        if found.named in failed:
            intake.failed[found.message.message_id] = failed[found.named]
            del intake.candidates[batch_id]
        else:
            intake.candidates[batch_id] = _called(found, settled[found.named])


def _called(found: Candidate, named: Named) -> Candidate:
    told = (named.told,) if named.told else ()
    return replace(found, named=named, entry=replace(found.entry, dataset=named.dataset, told=told))


def _read_message(services: Services, message: Message) -> Intake:
    intake = Intake()
    try:
        parsed = parse_arrivals(message.body)
        for arrival in parsed.arrivals:
            _take_arrival(services, message, arrival, intake)
        if parsed.redispatch:
            for batch_id in parsed.redispatch.batch_ids:
                _take_waiting(services, message, batch_id, intake)
    except (Terminal, Transient) as error:
        services.log("message failed", message_id=message.message_id, error=str(error))
        intake.failed[message.message_id] = str(error)
    return intake


def _take_arrival(services: Services, message: Message, arrival: Arrival, intake: Intake) -> None:
    if is_folder_marker(arrival.key):
        services.log("a folder marker is not a file", key=arrival.key)
        return
    if arrival.version_id:
        _take_version(services, message, arrival, intake)
        return
    versions = list(services.objects.versions_of(arrival.bucket, arrival.key))
    known = services.ledger.known(file.batch_id for file in versions)
    for file in versions:
        if file.batch_id in known:
            waiting = services.ledger.get(file.batch_id)
            if waiting is None or not is_waiting(waiting):
                intake.duplicates += 1
                continue
        opened = services.objects.open(file.bucket, file.key, file.version_id, SAMPLE_BYTES)
        intake.add(_candidate(services, message, opened, file))
    intake.gone += 0 if versions else 1


def _take_version(services: Services, message: Message, arrival: Arrival, intake: Intake) -> None:
    opened = services.objects.open(arrival.bucket, arrival.key, arrival.version_id, SAMPLE_BYTES)
    file = opened.file if opened else _file_of(arrival)
    intake.add(_candidate(services, message, opened, file))


def _take_waiting(services: Services, message: Message, batch_id: str, intake: Intake) -> None:
    record = services.ledger.get(batch_id)
    if record is None or not is_waiting(record):
        intake.duplicates += 1
        return
    file = record.file
    opened = services.objects.open(file.bucket, file.key, file.version_id, SAMPLE_BYTES)
    candidate = _candidate(services, message, opened, file)
    intake.add(replace(candidate, record=record, group=message.message_id))


def _candidate(services: Services, message: Message, opened: Opened | None, file: File) -> Candidate:
    detection, reasons = _detected(opened, file)
    prefix = services.settings.incoming_prefix
    named = dataset_of(file.key.removeprefix(prefix), services.contracts, services.settings.automatic_datasets)
    entry = ManifestFile(file, named.dataset, detection, partition_of(file.key, prefix, file.arrived_at))
    return Candidate(message, entry, services.settings.told(reasons), named=named)


def _detected(opened: Opened | None, file: File) -> tuple[Detection, tuple[str, ...]]:
    if opened is None:
        return UNREADABLE, (f"this version of {file.uri} was deleted before it was read: drop the file again",)
    try:
        return detect(file.key.rsplit("/", 1)[-1], file.size, opened.head, opened.tail), ()
    except FileRejected as rejected:
        return UNREADABLE, (f"{rejected.code}: {rejected.reason}",)


def _file_of(arrival: Arrival) -> File:
    """A file that is gone already, as far as its event tells of it."""
    return File(
        arrival.bucket, arrival.key, arrival.version_id or "", arrival.etag or "", arrival.size or 0, arrival.event_time
    )


def entries(candidates: Iterable[Candidate]) -> list[ManifestFile]:
    return [candidate.entry for candidate in candidates]
