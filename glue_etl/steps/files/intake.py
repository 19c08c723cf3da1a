"""From queue messages, and from what waits in the ledger, to files that can be read: which object versions are meant, and
what their bytes say they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from glue_etl.core.datasets.automatic import NAMELESS, Named, dataset_of
from glue_etl.core.datasets.protection import without_findings
from glue_etl.core.datasets.quality_table import names_of
from glue_etl.core.errors import FileRejected, ObjectRefused
from glue_etl.core.files.arrival import is_folder_marker, partition_of
from glue_etl.core.files.events import Arrival, parse_arrivals
from glue_etl.core.files.ledger import CLOCKS_DIFFER, Record, is_waiting
from glue_etl.core.files.model import Detection, File, ManifestFile
from glue_etl.core.files.states import WAITING
from glue_etl.core.formats import SAMPLE_BYTES, detect
from glue_etl.core.formats.rejections import REJECTIONS
from glue_etl.steps.files.ports import Opened, Services
from glue_etl.steps.files.registration import known_or_default, register_each
from glue_etl.steps.files.troubles import said

UNREADABLE = Detection(format="")


@dataclass(frozen=True, slots=True)
class Message:
    """One queue message: `message_id` names it in a partial batch response."""

    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a message asks for, or that waits in the ledger (`message` None).

    `reasons` say why it can't be read (then it is rejected, not run); `refused` says why S3 does not give it (then it is tried
    again, and FAILED in the end). `record` is the ledger's, where it was looked up; `group` keeps a retried half by itself.
    """

    message: Message | None
    entry: ManifestFile
    reasons: tuple[str, ...] = ()
    refused: str = ""
    record: Record | None = None
    group: str = ""
    named: Named = NAMELESS

    @property
    def can_run(self) -> bool:
        return not self.reasons and not self.refused


@dataclass
class Intake:
    """What a batch of messages asks for. `failed` messages are to be delivered again, with the reason."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    duplicates: int = 0
    gone: int = 0

    def add(self, candidate: Candidate | None) -> None:
        """One more; None, or one that is there already, is a duplicate."""
        if candidate is None or self.candidates.setdefault(candidate.entry.batch_id, candidate) is not candidate:
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
    registered, failed = _registered(services, list(intake.candidates.values()))
    intake.candidates = {found.entry.batch_id: found for found in registered}
    intake.failed |= {found.message.message_id: why for found, why in failed if found.message}


def _registered(
    services: Services, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """The candidates with their datasets known, and those whose dataset can't be registered now, with the reason."""
    settled, failed = register_each(services, (found.named for found in candidates if found.can_run))
    kept = [
        _called(found, settled[found.named]) if found.can_run else _set_aside(services, found)
        for found in candidates
        if not found.can_run or found.named not in failed
    ]
    return kept, [(found, failed[found.named]) for found in candidates if found.can_run and found.named in failed]


def _set_aside(services: Services, found: Candidate) -> Candidate:
    """A file that is rejected begins no dataset; one that S3 refuses keeps its name, since it is tried again."""
    named = found.named if found.refused else known_or_default(services, found.named)
    return replace(found, named=named, entry=replace(found.entry, dataset=named.dataset))


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
                intake.add(_again(services, message, batch_id, parsed.redispatch.group))
    except Exception as error:  # noqa: BLE001  a message that nobody can take must not keep the others from being taken
        services.log("message failed", message_id=message.message_id, error=said(error))
        intake.failed[message.message_id] = said(error)
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
        intake.add(_opened(services, message, file))
    intake.gone += 0 if versions else 1


def _take_version(services: Services, message: Message, arrival: Arrival, intake: Intake) -> None:
    intake.add(_opened(services, message, _file_of(arrival)))


def _again(services: Services, message: Message, batch_id: str, group: str) -> Candidate | None:
    """The file of a redispatch, or None where it does not wait any more."""
    record = services.ledger.get(batch_id)
    if record is None or not is_waiting(record):
        return None
    return replace(_opened(services, message, record.file), record=record, group=group)


def take_up(services: Services, limit: int) -> list[Candidate]:
    """At most `limit` of the files that wait in the ledger, those that wait longest first.

    One that can't be opened now, or whose dataset can't be registered, is left out: it waits on.
    """
    records = services.ledger.open_files(WAITING, (services.now() + CLOCKS_DIFFER).isoformat(), limit)
    opened = [found for found in services.each(lambda record: _take_waiting(services, record), records) if found]
    registered, failed = _registered(services, opened)
    for found, why in failed:
        services.log("its dataset can't be registered now: it waits on", batch_id=found.entry.batch_id, error=why)
    return registered


def _take_waiting(services: Services, record: Record) -> Candidate | None:
    try:
        return replace(_opened(services, None, record.file), record=record, group=record.group)
    except Exception as error:  # noqa: BLE001  a file that nobody can open must not keep the others waiting with it
        services.log("a waiting file can't be opened now: it waits on", batch_id=record.batch_id, error=said(error))
        return None


def _opened(services: Services, message: Message | None, file: File) -> Candidate:
    """The file as S3 gives it. Raises Transient, or Refused where S3 refuses the caller rather than this object."""
    try:
        opened = services.objects.open(file.bucket, file.key, file.version_id or None, SAMPLE_BYTES)
    except ObjectRefused as refused:
        return replace(_candidate(services, message, None, file), reasons=(), refused=str(refused))
    return _candidate(services, message, opened, opened.file if opened else file)


def _candidate(services: Services, message: Message | None, opened: Opened | None, file: File) -> Candidate:
    settings = services.settings
    prefix, taken = settings.incoming_prefix, names_of(settings.environment)
    named = dataset_of(file.key.removeprefix(prefix), services.contracts, settings.automatic_datasets, taken)
    contract = services.contracts.get(named.dataset)
    detection, reasons = _detected(opened, file, is_private=bool(contract and contract.protected))
    entry = ManifestFile(file, named.dataset, detection, partition_of(file.key, prefix, file.arrived_at))
    return Candidate(message, entry, services.settings.told(reasons), named=named)


def _detected(opened: Opened | None, file: File, is_private: bool) -> tuple[Detection, tuple[str, ...]]:
    if opened is None:
        return UNREADABLE, (f"this version of {file.uri} was deleted before it was read: drop the file again",)
    try:
        return detect(file.key.rsplit("/", 1)[-1], file.size, opened.head, opened.tail), ()
    except FileRejected as rejected:
        told = without_findings(rejected, REJECTIONS) if is_private else rejected
        return UNREADABLE, (f"{told.code}: {told.reason}",)


def _file_of(arrival: Arrival) -> File:
    """A file that is gone already, as far as its event tells of it."""
    return File(
        arrival.bucket, arrival.key, arrival.version_id or "", arrival.etag or "", arrival.size or 0, arrival.event_time
    )


def entries(candidates: Iterable[Candidate]) -> list[ManifestFile]:
    return [candidate.entry for candidate in candidates]
