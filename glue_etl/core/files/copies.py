"""The copy of a dataset in a warehouse: what it holds, what is being changed, and every legal step between.

A copy follows the heads by claims. A claim is some files (`Part`) with what heads show of each; its load is one transaction of
the warehouse that deletes all rows of these files and inserts those that are shown. Repeated, it changes nothing. So whatever is
not known (an answer that was lost, a process that died) is settled by doing it again: the files of a claim that may have come to
nothing are `dirty`, and in every later claim until one of these is known to be loaded.

A transaction is sent under a `ticket` of its own and moves the warehouse's fence from the ticket before to this one, or fails: so
they take effect in the order that the ledger knows. After a failure fence and columns are looked up anew (`known`).

Which files changed is found by their records, changed since `seen`. A record's time is told before it is stored: `seen` stays
OVERLAP behind, longer than a function lives. `Held` says what the copy has of a file, so that what is looked at twice is loaded
once. A table that somebody dropped begins a new `era`, in which nothing is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from glue_etl.core.files import circuit
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.heads import Publication

OVERLAP = timedelta(minutes=30)
"""Longer than a function lives (15 minutes), and than a command copies one file's rows before it takes them back."""
PARTS = 500
"""Files of a claim: its item and its statements (100 KB each, "Amazon Redshift Data API quotas") have room for them."""
LOOK, SHAPE, LOAD = "look", "shape", "load"


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a claim, with the publication that its head shows; `token` is "" where none is shown: its rows go."""

    batch_id: str
    token: str = ""
    run_id: str = ""
    partition: str = ""
    count: int = 0
    table: str = ""

    def object_keys(self, dataset: str) -> tuple[str, ...]:
        """Keys of its rows in the curated bucket."""
        if not self.token:
            return ()
        shown = Publication(
            self.batch_id, self.run_id, dataset, self.partition, self.count, "", "", self.token, self.table
        )
        return shown.object_keys()


def part_of(batch_id: str, shown: Publication | None) -> Part:
    """The part that brings a copy to what is `shown` of a file."""
    if shown is None:
        return Part(batch_id)
    return Part(batch_id, shown.token, shown.run_id, shown.partition, shown.count, shown.table)


@dataclass(frozen=True, slots=True)
class Held:
    """What a dataset's copy has of a file: the publication's `token`, "" for nothing; it counts in its `era` alone.

    `suspect_until` (ISO 8601, UTC): until then somebody may take the file out of the dataset, whose records would not say so.
    """

    dataset: str
    batch_id: str
    token: str = ""
    era: int = 0
    suspect_until: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"copied#{self.dataset}#{self.batch_id}"


@dataclass(frozen=True, slots=True)
class Copy:
    """One dataset's copy. `claim` are the files under way since `claimed_at` (ISO 8601, UTC; "": none are), after which `seen` is
    `seen_next`; `ticket` is what was sent or is to be sent as the `kind` of statement, `statement` its id once that is known.

    `fence` and `columns` (name, type) are the warehouse's, where they are `known`. `manifests`: how many the load has.
    """

    dataset: str
    era: int = 0
    seen: str = ""
    dirty: tuple[str, ...] = ()
    claim: tuple[Part, ...] = ()
    claimed_at: str = ""
    seen_next: str = ""
    kind: str = ""
    ticket: str = ""
    statement: str = ""
    manifests: int = 0
    known: bool = False
    fence: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    circuit: Circuit = field(default_factory=Circuit)
    loaded_at: str = ""
    updated_at: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"copy#{self.dataset}"


def is_held(copy: Copy, held: Held, wanted: Part) -> bool:
    """Whether the copy is known to have of a file what is wanted."""
    has = held.token if held.era == copy.era else ""
    return has == wanted.token and wanted.batch_id not in copy.dirty


def claimed(copy: Copy, parts: Iterable[Part], seen: str, at: str) -> Copy:
    """After these files were taken in hand; unchanged where some are already."""
    if copy.claimed_at:
        return copy
    return _written(copy, at, claim=tuple(parts), claimed_at=at, seen_next=max(seen, copy.seen))


def rested(copy: Copy, seen: str, at: str) -> Copy:
    """After all up to `seen` was looked at, and nothing was to be done."""
    return copy if copy.claimed_at or seen <= copy.seen else _written(copy, at, seen=seen)


def sending(copy: Copy, kind: str, ticket: str, at: str, manifests: int = 0) -> Copy:
    """Before a statement is sent, so that it is sent again under the same ticket; unchanged where one is under way."""
    if copy.ticket or not copy.claimed_at:
        return copy
    return _written(copy, at, kind=kind, ticket=ticket, statement="", manifests=manifests)


def sent(copy: Copy, ticket: str, statement: str, at: str) -> Copy:
    """After a statement was sent."""
    return _written(copy, at, statement=statement) if copy.ticket == ticket and not copy.statement else copy


def looked(copy: Copy, ticket: str, fence: str, columns: Iterable[tuple[str, str]], at: str) -> Copy:
    """After the warehouse told its fence and the table's columns: where a table is gone that was there, the copy begins anew."""
    if copy.ticket != ticket:
        return copy
    found = tuple(columns)
    after = _written(_idle(copy), at, known=True, fence=fence, columns=found)
    if found or not copy.loaded_at:
        return after
    return replace(_unclaimed(after), era=copy.era + 1, seen="", dirty=(), loaded_at="")


def shaped(copy: Copy, ticket: str, at: str) -> Copy:
    """After the table was made, or given columns: they are looked up."""
    return _written(_idle(copy), at, known=False) if copy.ticket == ticket else copy


def loaded(copy: Copy, ticket: str, at: str) -> Copy:
    """After the transaction of the claim, and after what it loaded was noted as held."""
    if copy.ticket != ticket:
        return copy
    gone = {part.batch_id for part in copy.claim}
    left = tuple(batch_id for batch_id in copy.dirty if batch_id not in gone)
    after = _written(
        _unclaimed(_idle(copy)), at, seen=copy.seen_next, dirty=left, fence=ticket, loaded_at=at,
        circuit=circuit.succeeded(copy.circuit),
    )  # fmt: skip
    return after


def narrowed(copy: Copy, parts: Iterable[Part], at: str) -> Copy:
    """A claim with fewer files, since one transaction has no room for all: the others are dirty."""
    kept = tuple(parts)
    left = {part.batch_id for part in copy.claim} - {part.batch_id for part in kept}
    return _written(copy, at, claim=kept, dirty=_united(copy.dirty, left)) if left and not copy.ticket else copy


def broken(copy: Copy, reason: str, now: datetime) -> Copy:
    """After a claim that came to nothing, as far as is known. `reason` "": for no fault, heads have changed meanwhile."""
    if not copy.claimed_at:
        return copy
    failures = copy.circuit
    if reason:
        failures = circuit.failed(failures, copy.ticket or f"{copy.claimed_at} {copy.rev}", True, reason, now)
    dirty = _united(copy.dirty, (part.batch_id for part in copy.claim))
    return _written(_unclaimed(_idle(copy)), now.isoformat(), known=False, dirty=dirty, circuit=failures)


def may_go_on(copy: Copy, now: datetime) -> bool:
    """Whether a claim may be made: not while failures keep it closed, but for a probe now and then."""
    return bool(copy.circuit.places(1, now))


def probing(copy: Copy, now: datetime) -> Copy:
    """Take the probe that is due; unchanged where the circuit is closed."""
    after = circuit.probing(copy.circuit, now)
    return copy if after is copy.circuit else _written(copy, now.isoformat(), circuit=after)


def told(copy: Copy, at: str) -> Copy:
    """After people were told that the copy has stopped."""
    return copy if copy.circuit.told else _written(copy, at, circuit=circuit.told(copy.circuit))


def suspect(held: Held, until: str) -> Held:
    """A file that may leave its dataset before `until`."""
    return replace(held, suspect_until=max(until, held.suspect_until), rev=held.rev + 1)


def holding(held: Held, part: Part, era: int, now: datetime) -> Held:
    """After the copy took a part in."""
    return _looked_after(replace(held, token=part.token, era=era), held, now)


def cleared(held: Held, now: datetime) -> Held:
    """After a suspect was looked at: it is none any more, once its time is over."""
    return _looked_after(held, held, now)


def _looked_after(after: Held, before: Held, now: datetime) -> Held:
    if before.suspect_until and before.suspect_until <= now.isoformat():
        after = replace(after, suspect_until="")
    return before if after == before else replace(after, rev=before.rev + 1)


def _united(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _idle(copy: Copy) -> Copy:
    return replace(copy, kind="", ticket="", statement="", manifests=0)


def _unclaimed(copy: Copy) -> Copy:
    return replace(copy, claim=(), claimed_at="", seen_next="")


def _written(copy: Copy, at: str, **changes: object) -> Copy:
    return replace(copy, **changes, updated_at=at, rev=copy.rev + 1)  # type: ignore[arg-type]
