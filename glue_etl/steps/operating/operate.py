"""What operators do to files at rest: replay, release from quarantine, roll a run back. Each is one fenced change a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glue_etl.core.errors import IllegalTransition, LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.states import State
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.publish import take_back
from glue_etl.steps.files.sweep import MESSAGE_FILES


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command for one file. `done` is False where nothing was changed; `why` says so in a sentence."""

    record: Record
    done: bool
    why: str


def replay(services: Services, records: Iterable[Record], by: str, dry_run: bool = False) -> list[Answer]:
    """Process files again, from their object versions. A file that waits or runs already, or whose object is gone, is left."""
    answers = [_requeue(services, record, Stamp(_now(services), by, "replayed"), "", dry_run) for record in records]
    _send(services, answers, f"replayed by {by}", dry_run)
    return answers


def release(services: Services, records: Iterable[Record], by: str, why: str, dry_run: bool = False) -> list[Answer]:
    """Publish quarantined files in spite of their verdict: they run again and pass the gates on `by`'s word."""
    answers = [
        _requeue(services, record, Stamp(_now(services), by, f"released: {why}"), by, dry_run)
        if record.state is State.QUARANTINED
        else Answer(record, False, f"is {record.state}, not QUARANTINED")
        for record in records
    ]
    _send(services, answers, f"released by {by}", dry_run)
    return answers


def roll_back(services: Services, records: Iterable[Record], by: str, dry_run: bool = False) -> list[Answer]:
    """Take the published rows of these files back. Their objects stay in the raw bucket: a replay publishes them again."""
    return [_roll_back(services, record, by, dry_run) for record in records]


def _requeue(services: Services, record: Record, stamp: Stamp, waived: str, dry_run: bool) -> Answer:
    file = record.file
    if record.state in (State.RUNNING, State.STAGED):
        return Answer(record, False, f"is {record.state}: a run works on it, ask again when that has ended")
    if services.objects.open(file.bucket, file.key, file.version_id) is None:
        return Answer(record, False, "its object version does not exist any more: it can't be read again")
    try:
        if dry_run:
            return Answer(ledger.requeue(record, stamp, waived), True, "would be read again")
        after = services.ledger.update(record.batch_id, lambda now: ledger.requeue(now, stamp, waived))
    except (LostClaim, IllegalTransition) as error:
        return Answer(record, False, str(error))
    return Answer(after, True, "will be read again")


def _send(services: Services, answers: Sequence[Answer], reason: str, dry_run: bool) -> None:
    batch_ids = [answer.record.batch_id for answer in answers if answer.done and not dry_run]
    for start in range(0, len(batch_ids), MESSAGE_FILES):
        chunk = batch_ids[start : start + MESSAGE_FILES]
        services.arrivals.send({"glue_etl": "redispatch", "batch_ids": chunk, "reason": reason})


def _roll_back(services: Services, record: Record, by: str, dry_run: bool) -> Answer:
    stamp, reason = Stamp(_now(services), by, "rolled back"), f"rolled back by {by}: replay it to publish it again"

    def change(now: Record) -> Record:
        if now.state is not State.PUBLISHED:
            raise LostClaim(f"is {now.state}, not PUBLISHED")
        return ledger.move(
            now, State.QUARANTINED, Owner(now.claim, now.run_id), stamp,
            rows_published=0, rows_quarantined=now.rows_read, reasons=(reason, *now.reasons), location="",
        )  # fmt: skip

    try:
        after = change(record) if dry_run else take_back(services, record.batch_id, change)
    except LostClaim as error:
        return Answer(record, False, str(error))
    return Answer(after, True, f"{record.rows_published} rows {'would be' if dry_run else 'were'} taken back")


def _now(services: Services) -> str:
    return services.now().isoformat()
