"""What operators do to files at rest: replay, release from quarantine, roll a run back. Each is one fenced change a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glue_etl.core.errors import IllegalTransition, LostClaim, ObjectRefused
from glue_etl.core.files import ledger
from glue_etl.core.files.heads import heads_of
from glue_etl.core.files.ledger import Record, Stamp
from glue_etl.core.files.states import State
from glue_etl.steps.files.heads import take_back
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.quality import add_states
from glue_etl.steps.files.retry import ask_again
from glue_etl.steps.files.tables import ahead_of, follow
from glue_etl.steps.transforming.starting import start_quietly


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command for one file. `done` is False where nothing was changed; `why` says so in a sentence."""

    record: Record
    done: bool
    why: str


@dataclass(frozen=True, slots=True)
class Operator:
    """What the person `by` does to files; with `dry_run` nothing is changed, and the answers say what would be."""

    services: Services
    by: str
    dry_run: bool = False

    def replay(self, records: Iterable[Record]) -> list[Answer]:
        """Process files again, from their object versions. What waits or runs already, or whose object is gone, is left."""
        answers = [self._requeue(record, self._stamp("replayed")) for record in records]
        self._send(answers, f"replayed by {self.by}")
        return answers

    def release(self, records: Iterable[Record], why: str) -> list[Answer]:
        """Publish quarantined files in spite of their verdict: they run again and pass the gates on this person's word."""
        answers = [
            self._requeue(record, self._stamp(f"released: {why}"), waived=self.by)
            if record.state is State.QUARANTINED
            else Answer(record, False, f"is {record.state}, not QUARANTINED")
            for record in records
        ]
        self._send(answers, f"released by {self.by}")
        return answers

    def roll_back(self, records: Iterable[Record]) -> list[Answer]:
        """Take the readable rows of these files back. A copy is kept in quarantine, whatever became of the raw objects."""
        answers = [self._roll_back(record) for record in records]
        if not self.dry_run:
            self._follow([answer.record for answer in answers])
            add_states(self.services, [answer.record for answer in answers if answer.done])
            start_quietly(self.services)
        return answers

    def _follow(self, records: Sequence[Record]) -> None:
        """One commit for all files that were in the same Iceberg table."""
        blanks = [head for record in records for head in heads_of(record.file)]
        for dataset, found in ahead_of(self.services, blanks).items():
            follow(self.services, dataset, found)

    def _requeue(self, record: Record, stamp: Stamp, waived: str = "") -> Answer:
        file = record.file
        if record.state in (State.RUNNING, State.STAGED):
            return Answer(record, False, f"is {record.state}: a run works on it, ask again when that has ended")
        try:
            if self.services.objects.open(file.bucket, file.key, file.version_id, ends=1) is None:
                return Answer(record, False, "its object version does not exist any more: it can't be read again")
            if self.dry_run:
                return Answer(ledger.requeue(record, stamp, waived), True, "would be read again")
            after = self.services.ledger.update(record.batch_id, lambda now: ledger.requeue(now, stamp, waived))
        except (LostClaim, IllegalTransition, ObjectRefused) as error:
            return Answer(record, False, str(error))
        return Answer(after, True, "will be read again")

    def _send(self, answers: Sequence[Answer], reason: str) -> None:
        if not self.dry_run:
            ask_again(self.services, [answer.record.batch_id for answer in answers if answer.done], reason)

    def _roll_back(self, record: Record) -> Answer:
        stamp, reason = self._stamp("rolled back"), f"rolled back by {self.by}: replay it to publish it again"

        def change(now: Record, kept: str) -> Record:
            return ledger.roll_back(now, stamp, kept, reason)

        try:
            after = change(record, "") if self.dry_run else take_back(self.services, record.batch_id, change, keep=True)
        except LostClaim as error:
            return Answer(record, False, str(error))
        did = "would be taken back" if self.dry_run else "were taken back"
        return Answer(after, True, f"{record.rows_published} rows {did}, a copy is kept in quarantine")

    def _stamp(self, why: str) -> Stamp:
        return Stamp(self.services.now().isoformat(), self.by, why)
