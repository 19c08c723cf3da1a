"""What the ledger holds, as values, and the one place that changes a file's record: `move`, `claim`, `unclaim`.

The ledger stores a record whole, under the condition that its `rev` is still the one that was read. So every rule about
who may do what to a file is a plain function here, and a lost race is a re-read, never a half-applied change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from glue_etl.core.errors import LostClaim, Transient
from glue_etl.core.files.model import File
from glue_etl.core.files.states import FINAL, SET_ASIDE, State, check_move
from glue_etl.core.reasons import bounded, stored

HISTORY_LIMIT = 200
"""Moves kept in a record; older ones are dropped so that the item stays far below DynamoDB's 400 KB limit."""

SEEN_AFTER = timedelta(days=1)
"""An event may be lost, and the sweep finds the file within hours; what was seen later is a backfill."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""A file may have begun to wait by the clock of another function, a little later than now."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The tokens a mover believes in: the claim a file was taken under and, once known, the run started for it."""

    claim: str
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of a file's history: who moved it when, from where to where, and why."""

    at: str
    by: str
    source: str
    target: str
    why: str
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A file in the ledger. `claim` is "" while nobody holds the file; `attempts` counts runs that failed on it alone.

    `scores`, counts and `reasons` are those of the last run. `location` is where its rows are (curated or quarantine).
    `head` names the head that shows its rows; a file that is replayed keeps it, with the counts of what is readable, until the
    replay ends. `waived` names who released the file: its next verdict opens the gate whatever it says. `rev` counts the writes.
    `group` names the half of a failed run that the file is tried again with, "" where it may share a run with any other.
    `counted` is the claim and the run ("claim/run") as which its dataset's past counts the file, "" where it does not.
    """

    file: File
    state: State
    claim: str = ""
    run_id: str = ""
    dataset: str = ""
    format: str = ""
    attempts: int = 0
    parked: bool = False
    waived: str = ""
    group: str = ""
    rows_read: int = 0
    rows_published: int = 0
    rows_quarantined: int = 0
    scores: Mapping[str, float] = field(default_factory=dict)
    overall: float | None = None
    reasons: tuple[str, ...] = ()
    location: str = ""
    head: str = ""
    updated_at: str = ""
    history: tuple[Move, ...] = ()
    rev: int = 0
    counted: str = ""

    @property
    def batch_id(self) -> str:
        return self.file.batch_id

    @property
    def is_readable(self) -> bool:
        """Whether consumers see rows of it: once it is published, and on through a replay until that ends."""
        return self.state is State.PUBLISHED or bool(self.head) or self.rows_published > 0

    def held_by(self, owner: Owner) -> bool:
        """Whether `owner` may move this file: same claim, and no other run has taken it."""
        return bool(self.claim) and self.claim == owner.claim and self.run_id in ("", owner.run_id)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A claim's run. It stays `open` until it is finalized; `run_id` is "" until StartJobRun has answered or the run has ended.

    One claim may have several runs (a start that timed out and was repeated): the first that is named here is the one.
    A health check has no manifest. One finalizer at a time sends the notice: `teller`, until `telling_until` (ISO 8601, UTC).
    `trouble_told`: people know already that some of it could not be finished.
    """

    claim: str
    manifest: str = ""
    run_id: str = ""
    open: bool = True
    notified: bool = False
    trouble_told: bool = False
    teller: str = ""
    telling_until: str = ""
    updated_at: str = ""
    rev: int = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom a change is made, and why, in words for the history."""

    at: str
    by: str
    why: str


def receive(file: File, claim_token: str, stamp: Stamp, dataset: str = "") -> Record:
    """The first record of a file. With claim_token "" the file waits, unclaimed."""
    blank = Record(file=file, state=State.RECEIVED, claim=claim_token, dataset=dataset)
    return _written(blank, "NEW", stamp)


def wait(record: Record, stamp: Stamp, group: str = "") -> Record:
    """A file that failed, or that waits, as it waits for a run, alone with its `group`. Raises LostClaim for any other."""
    if not is_waiting(record):
        raise LostClaim(f"{record.file.uri} is {record.state} already")
    waiting = replace(record, state=State.RECEIVED, claim="", run_id="", group=group)
    return _written(waiting, record.state, stamp)


def move(record: Record, target: State, owner: Owner, stamp: Stamp, **changes: Any) -> Record:
    """The record after `owner` moved it to `target`. Raises LostClaim or IllegalTransition; `changes` are other fields."""
    if not record.held_by(owner):
        raise LostClaim(f"{record.file.uri} belongs to claim {record.claim or 'nobody'}, run {record.run_id or 'none'}")
    check_move(record.state, target)
    moved = replace(record, state=target, run_id=owner.run_id or record.run_id, **changes)
    return _written(moved, record.state, stamp)


def claim(record: Record, token: str, stamp: Stamp, **changes: Any) -> Record:
    """Take a file that waits unclaimed, that failed, or that an operator replays from where it rested."""
    if record.state is State.RECEIVED and record.claim:
        raise LostClaim(f"{record.file.uri} is claimed already")
    check_move(record.state, State.RECEIVED)
    taken = replace(record, state=State.RECEIVED, claim=token, run_id="", parked=False, **changes)
    return _written(taken, record.state, stamp)


def requeue(record: Record, stamp: Stamp, waived: str = "") -> Record:
    """A file at rest waits again, for an operator: with fresh attempts, and past the gates where `waived` names who says so.

    Raises LostClaim where it waits or runs already, so that of two operators who replay the same file one does.
    """
    if record.state is State.RECEIVED:
        raise LostClaim(f"{record.file.uri} waits or runs already")
    check_move(record.state, State.RECEIVED)
    waiting = replace(
        record, state=State.RECEIVED, claim="", run_id="", parked=False, attempts=0, waived=waived, group=""
    )
    return _written(waiting, record.state, stamp)


def roll_back(record: Record, stamp: Stamp, kept: str, reason: str) -> Record:
    """A file whose rows are taken back, for an operator; `kept` is where they are kept, an s3:// prefix.

    Raises LostClaim where nothing of it is readable, or where a run may still change what is.
    """
    if record.state not in (State.PUBLISHED, State.FAILED) or not record.is_readable:
        readable = (
            "a replay works on it, ask again when that has ended" if record.is_readable else "no rows to take back"
        )
        raise LostClaim(f"is {record.state}: {readable}")
    check_move(record.state, State.QUARANTINED)
    rows = record.rows_published + record.rows_quarantined
    taken = replace(
        record, state=State.QUARANTINED, parked=False, rows_read=rows, rows_published=0, rows_quarantined=rows,
        reasons=(reason, *record.reasons), location=kept, head="",
    )  # fmt: skip
    return _written(taken, record.state, stamp)


def give_way(record: Record, stamp: Stamp) -> Record:
    """A version whose readable rows are replaced by another version's: SUPERSEDED, or what it is while a replay works on it."""
    state = State.SUPERSEDED if record.state in (State.PUBLISHED, State.FAILED) else record.state
    if state is not record.state:
        check_move(record.state, state)
    reasons = (stamp.why,) if record.state is State.FAILED else record.reasons
    after = replace(record, state=state, parked=False, rows_published=0, reasons=reasons, location="", head="")
    return _written(after, record.state, stamp)


def asks_for_somebody(record: Record) -> bool:
    """Whether a person has to look: it is set aside, or given up, and nothing of it is readable."""
    return not record.is_readable and (record.state in SET_ASIDE or (record.state is State.FAILED and record.parked))


def overtake(record: Record, stamp: Stamp) -> Record:
    """A version that asks for somebody, ended by a newer one that is published. What was kept of it and why stays told.

    Raises LostClaim for one that asks for nobody, perhaps since it is replayed meanwhile.
    """
    if not asks_for_somebody(record):
        raise LostClaim(f"{record.file.uri} is {record.state}")
    check_move(record.state, State.SUPERSEDED)
    after = replace(record, state=State.SUPERSEDED, parked=False, reasons=(stamp.why, *record.reasons))
    return _written(after, record.state, stamp)


def count(record: Record, owner: Owner) -> Record:
    """The record once its dataset's past counts the file as this run judged it: no move, the file stays as it is."""
    return replace(record, counted=f"{owner.claim}/{owner.run_id}", rev=record.rev + 1)


def uncount(record: Record) -> Record:
    """The record once its dataset's past does not count the file any more."""
    return replace(record, counted="", rev=record.rev + 1)


def is_counted(record: Record, owner: Owner) -> bool:
    """Whether the past of its dataset counts the file as this run judged it."""
    return record.counted == f"{owner.claim}/{owner.run_id}"


def unclaim(record: Record, owner: Owner, stamp: Stamp) -> Record:
    """Give back a claim whose run was never started: the file waits, unclaimed.

    Raises LostClaim for a file in any other state: its run has brought it to rest meanwhile, and only people replay it.
    """
    if record.state is not State.RECEIVED:
        raise LostClaim(f"{record.file.uri} is {record.state}: there is no claim to give back")
    return replace(move(record, State.RECEIVED, owner, stamp), claim="", run_id="")


def is_waiting(record: Record) -> bool:
    """Whether a file in the ledger may be claimed: given back, failed with attempts left, or to be replayed."""
    return (record.state is State.RECEIVED and not record.claim) or (record.state is State.FAILED and not record.parked)


def latency(record: Record) -> float | None:
    """Seconds from a file's arrival to its publication; None where it is not published, or was at rest before, or lay there
    for more than SEEN_AFTER until it was first seen: then somebody loaded what was old.
    """
    rests = [move for move in record.history if move.target in FINAL]
    if record.state is not State.PUBLISHED or len(rests) != 1:
        return None
    arrived, seen, rested = (
        datetime.fromisoformat(text) for text in (record.file.arrived_at, record.history[0].at, rests[0].at)
    )
    return None if seen - arrived > SEEN_AFTER else max(0.0, (rested - arrived).total_seconds())


def is_settled(record: Record, owner: Owner) -> bool:
    """Whether this very run has already dealt with the file, so that a repeated finalize has nothing left to do."""
    dealt_with = record.state in FINAL or record.state is State.FAILED
    return dealt_with and record.claim == owner.claim and record.run_id == owner.run_id


def name_run(run: RunRecord, run_id: str, at: str) -> RunRecord:
    """The claim's run, if none was named before: whoever comes first, the dispatch that started it or the run's own end."""
    return run if run.run_id else replace(run, run_id=run_id, updated_at=at, rev=run.rev + 1)


def open_run(run: RunRecord, at: str) -> RunRecord:
    return replace(run, updated_at=at, rev=run.rev + 1)


def tell(run: RunRecord, teller: str, at: str, until: str) -> RunRecord:
    """Give `teller` the run's notice to send; unchanged where it was sent. Raises Transient while another sends it.

    A teller that dies loses it at `until`, so that the notice is never sent by two at once and never by none.
    """
    if run.notified or run.teller == teller:
        return run
    if run.teller and run.telling_until > at:
        raise Transient(f"{run.teller} is sending the notice of run {run.run_id} until {run.telling_until}: try again")
    return replace(run, teller=teller, telling_until=until, updated_at=at, rev=run.rev + 1)


def tell_trouble(run: RunRecord, at: str) -> RunRecord:
    """The run once people know that some of it could not be finished; its notice is still to be sent, by whoever ends it."""
    return replace(run, trouble_told=True, teller="", telling_until="", updated_at=at, rev=run.rev + 1)


def close_run(run: RunRecord, at: str, notified: bool = False) -> RunRecord:
    return replace(run, open=False, notified=run.notified or notified, updated_at=at, rev=run.rev + 1)


def _written(record: Record, source: str, stamp: Stamp) -> Record:
    """The record as it is stored: whatever a mover says, its reasons and its history stay far below DynamoDB's limit."""
    see = _rest_of_reasons(record)
    entry = Move(stamp.at, stamp.by, str(source), str(record.state), bounded(stamp.why, see), record.run_id)
    return replace(
        record,
        reasons=stored(record.reasons, see),
        updated_at=stamp.at,
        history=(*record.history, entry)[-HISTORY_LIMIT:],
        rev=record.rev + 1,
    )


def _rest_of_reasons(record: Record) -> str:
    """Where the whole of a reason is that is too long to be stored."""
    if record.state is State.FAILED and record.run_id:
        return f"the log of run {record.run_id}"
    if record.run_id:
        return f"data/runs/{record.claim}/{record.run_id}/result.json"
    return "the log of the function that says so"
