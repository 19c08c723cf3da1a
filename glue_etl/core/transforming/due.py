"""What is to be made when: the item of a transform and a day (or of a file, where a transform appends), and its moves.

Theory of operation
-------------------
Whoever changes what is published of an input marks the days of its readers: `wanted` goes up. A run takes an item with all that
is wanted of it by then (`taken`), and only afterwards is looked at what is published. So a change that comes meanwhile is wanted
beyond what was taken, and the item is due again when the run has ended. Every move is a compare-and-put of the whole item.

    WAITS (for its schedule) -> DUE -> RUNNING -> LANDING -> DONE
                                 '-> STOPPED (an input failed)  '-> DUE (there was news), STOPPED (it can't be made)

Two things outlive a function that dies between two calls. `changing` names who is about to take rows back: nothing is looked at
before they say that it is done, or can't be alive any more. LANDING names one `lander`, who alone may put the output where files
arrive until `landing_until`, later than it can live: an output that was made of older rows never lands behind a newer one.

Only what is made of something new is made at all: an item remembers the digest of what its output was made from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from glue_etl.core.errors import LostClaim

WAITS, DUE, RUNNING, LANDING, DONE, STOPPED = "WAITS", "DUE", "RUNNING", "LANDING", "DONE", "STOPPED"
CAUSES_KEPT = 20
SUSPECTS_KEPT = 2000
"""Ids of files that failed, kept in an item of at most 400 KB."""


@dataclass(frozen=True, slots=True)
class Due:
    """The item of a transform and a `day` (2024-01-31). `file`: the head of the input's file, for a transform that appends.

    `causes`: the newest marks, so that one that is repeated is not counted twice. `suspects`: files of the day (batch ids) that
    failed when they were last heard of. `changing`: batch_id -> until when somebody may be taking its rows back (ISO 8601, UTC).
    `later`: it waits for its schedule when it is wanted. `made_from` and `landed` are digests: of what the output in place was
    made from, and of its bytes. `offered`: the same of the output that is landing, and where it is staged. `reason`: why it is
    STOPPED, or tried again; `told`: people know of that.
    """

    transform: str
    day: str
    file: str = ""
    state: str = DONE
    later: bool = False
    wanted: int = 0
    taken: int = 0
    claim: str = ""
    run_id: str = ""
    causes: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    changing: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    lander: str = ""
    landing_until: str = ""
    offered: Mapping[str, str] = field(default_factory=dict)
    made_from: str = ""
    landed: str = ""
    rows: int = 0
    reason: str = ""
    told: str = ""
    updated_at: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"transform#{self.transform}#{self.part}"

    @property
    def part(self) -> str:
        """What tells it from the others of its transform."""
        return f"{self.day}#{short(self.file)}" if self.file else self.day

    @property
    def has_news(self) -> bool:
        """Whether something changed since a run took it."""
        return self.wanted > self.taken or bool(self.changing)


def short(name: str) -> str:
    """A head's name as part of a key."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class News:
    """What happened to inputs of a part. `broken` and `mended`: files by their ids. `ended`: the file whose rows were taken back,
    as was said before. `later`: its transform has a schedule.
    """

    cause: str
    broken: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    ended: str = ""
    later: bool = False


def changing(due: Due, batch_id: str, until: str, later: bool, at: str) -> Due:
    """Somebody is about to change what is published of it, and says so before."""
    return _wanted(due, at, later, changing={**due.changing, batch_id: until})


def changed(due: Due, news: News, at: str) -> Due:
    """Something was published, replaced or taken back, or failed: the part is due. A repeat changes nothing."""
    if news.cause in due.causes:
        return due
    suspects = dict.fromkeys((*(s for s in due.suspects if s not in news.mended), *news.broken))
    return _wanted(
        due,
        at,
        news.later,
        causes=(*due.causes, news.cause)[-CAUSES_KEPT:],
        suspects=tuple(suspects)[-SUSPECTS_KEPT:],
        changing={batch_id: until for batch_id, until in due.changing.items() if batch_id != news.ended},
    )


def ordered(due: Due, cause: str, at: str, anyway: bool = False) -> Due:
    """A person, or the time, wants it now: made even of what it was made from. `anyway`: without the files that failed."""
    suspects = () if anyway else due.suspects
    ordered = _wanted(
        due, at, False, causes=(*due.causes, cause)[-CAUSES_KEPT:], suspects=suspects, made_from="", landed=""
    )
    return replace(ordered, state=DUE) if ordered.state == WAITS else ordered


def in_time(due: Due, at: str) -> Due:
    """Its schedule has come."""
    return _written(replace(due, state=DUE, later=False), at) if due.state == WAITS else due


def _wanted(due: Due, at: str, later: bool, **changes: object) -> Due:
    """Wanted once more. One that a run works on stays with it, one that is due does not wait again."""
    goes_on = due.state in (RUNNING, LANDING, DUE)
    state = due.state if goes_on else WAITS if later else DUE
    wanted = replace(due, wanted=due.wanted + 1, state=state, later=later, attempts=due.attempts if goes_on else 0)
    return _written(replace(wanted, **changes), at)  # type: ignore[arg-type]


def is_free(due: Due, at: str) -> bool:
    """Whether a run may take it: nobody who can be alive is changing what it is made of."""
    return due.state == DUE and all(until <= at for until in due.changing.values())


def take(due: Due, claim: str, at: str) -> Due:
    """All that is wanted of it, for one run. Raises LostClaim where another took it, or somebody began to change its inputs."""
    if not is_free(due, at):
        raise LostClaim(f"{due.name} is {due.state}")
    return _written(replace(due, state=RUNNING, claim=claim, run_id="", taken=due.wanted, changing={}, lander=""), at)


def name_run(due: Due, claim: str, run_id: str, at: str) -> Due:
    """The run that was started for the claim; the first that is named is the one."""
    if due.state != RUNNING or due.claim != claim or due.run_id:
        return due
    return _written(replace(due, run_id=run_id), at)


def give_back(due: Due, claim: str, reason: str, at: str) -> Due:
    """Due as before, for no fault of its own. Raises LostClaim."""
    return _written(replace(_of(due, claim), state=DUE, claim="", run_id="", reason=reason), at)


def unchanged(due: Due, claim: str, at: str) -> Due:
    """There is nothing new in what it is made from: no run is needed. Raises LostClaim."""
    return _ended(replace(_of(due, claim), reason="", told=""), at)


def stop(due: Due, claim: str, reason: str, at: str) -> Due:
    """It can't be made until something changes. Raises LostClaim."""
    held = replace(_of(due, claim), reason=reason)
    return _ended(held, at, STOPPED)


def fail(due: Due, claim: str, reason: str, most: int, at: str) -> Due:
    """Made in vain: due again, STOPPED after `most` attempts. Raises LostClaim."""
    held = replace(_of(due, claim), reason=reason, attempts=due.attempts + 1)
    return (
        _ended(held, at, STOPPED)
        if held.attempts >= most
        else _written(replace(held, state=DUE, claim="", run_id=""), at)
    )


def still_suspect(due: Due, suspects: Iterable[str], at: str) -> Due:
    """The suspects that turned out to be still so."""
    kept = tuple(suspects)
    return due if kept == due.suspects else _written(replace(due, suspects=kept), at)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a run made of a part: `uri` is where it is staged, `digest` of its bytes, `made_from` of its inputs."""

    uri: str
    digest: str
    made_from: str
    rows: int


def land(due: Due, claim: str, offer: Offer, lander: tuple[str, str], at: str) -> Due:
    """`lander` (token, until when it may be at it) puts the output where files arrive; one that was made before has landed.

    Raises LostClaim where the part is another's, or where somebody else is landing it and may be alive.
    """
    if due.state == LANDING and due.claim == claim:
        if due.lander != lander[0] and due.landing_until > at:
            raise LostClaim(f"{due.name} is being landed until {due.landing_until}")
    else:
        _of(due, claim)
    offered = {"uri": offer.uri, "digest": offer.digest, "made_from": offer.made_from, "rows": str(offer.rows)}
    return _written(replace(due, state=LANDING, offered=offered, lander=lander[0], landing_until=lander[1]), at)


def landed(due: Due, lander: str, at: str) -> Due:
    """The output is in place. Raises LostClaim where somebody else lands it by now."""
    if due.state != LANDING or due.lander != lander:
        raise LostClaim(f"{due.name} is {due.state}, landed by {due.lander or 'nobody'}")
    made = replace(due, landed=due.offered["digest"], made_from=due.offered["made_from"], rows=int(due.offered["rows"]))
    return _ended(replace(made, reason="", told=""), at)


def unlanded(due: Due, lander: str, reason: str, at: str) -> Due:
    """What was to land is not staged any more: the part is made again. Raises LostClaim."""
    if due.state != LANDING or due.lander != lander:
        raise LostClaim(f"{due.name} is {due.state}, landed by {due.lander or 'nobody'}")
    again = replace(due, state=DUE, claim="", run_id="", lander="", landing_until="", offered={}, reason=reason)
    return _written(again, at)


def told(due: Due, at: str) -> Due:
    """People know why it is stopped."""
    return due if due.told == due.reason else _written(replace(due, told=due.reason), at)


def _of(due: Due, claim: str) -> Due:
    if due.state != RUNNING or due.claim != claim:
        raise LostClaim(f"{due.name} is {due.state}, of claim {due.claim or 'nobody'}")
    return due


def _ended(due: Due, at: str, state: str = DONE) -> Due:
    """The claim is done with; what was wanted meanwhile makes it due again, at once."""
    attempts = due.attempts if state == STOPPED and not due.has_news else 0
    ended = replace(due, claim="", run_id="", lander="", landing_until="", offered={}, attempts=attempts)
    again = WAITS if due.later else DUE
    return _written(replace(ended, state=again if due.has_news else state), at)


def _written(due: Due, at: str) -> Due:
    return replace(due, updated_at=at, rev=due.rev + 1)
