"""The life of a file: every state, every legal move, and what each one means. Everything that affects it lives here.

Theory of operation
-------------------
A file (an object version) enters the ledger once, as RECEIVED, and ends in exactly one of the FINAL states. Two tokens
fence it: `claim` names the dispatch that took the file (and the manifest it wrote), `run_id` the Glue run that was
started for that claim. Whoever moves a file states the tokens it believes in; the ledger refuses the move
(`LostClaim`) when they are not the file's own any more, so that a late or doubled run can never publish.

A file that nobody holds (no claim) waits in the ledger until a run has room for it.

    RECEIVED -> RUNNING -> STAGED -> PUBLISHED | QUARANTINED | SUPERSEDED
       |           |          '-> FAILED (rows not conserved)
       |           '-> REJECTED | FAILED
       '-> REJECTED (nothing that can be read) | FAILED | STAGED (the run was faster than the note that it runs)

FAILED is retried (-> RECEIVED) until its attempts are used up; then it stays, `parked`, for a person. Operators may
replay a file from any final state (-> RECEIVED), and take readable rows back (PUBLISHED or FAILED -> QUARANTINED).
A version that waits for somebody (QUARANTINED, REJECTED, parked) is SUPERSEDED once a newer one of its key is published.

What consumers see: the rows of PUBLISHED files. Of one that is replayed they go on seeing the earlier rows until the replay ends:
PUBLISHED replaces them, QUARANTINED, REJECTED and SUPERSEDED take them away, FAILED leaves them, so that a run that breaks takes
nothing from anybody (`Record.is_readable`). Such a FAILED file, too, becomes SUPERSEDED when a newer version is published.
STAGED is left only by the run that staged it: that is what makes a half-done publication resumable.
"""

from __future__ import annotations

from enum import StrEnum

from glue_etl.core.errors import IllegalTransition


class State(StrEnum):
    """Where a file stands. The values are what the ledger stores and people read."""

    RECEIVED = "RECEIVED"
    RUNNING = "RUNNING"
    STAGED = "STAGED"
    PUBLISHED = "PUBLISHED"
    QUARANTINED = "QUARANTINED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"


MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.RECEIVED, State.RUNNING, State.STAGED, State.REJECTED, State.FAILED}),
    State.RUNNING: frozenset({State.STAGED, State.REJECTED, State.FAILED}),
    State.STAGED: frozenset({State.PUBLISHED, State.QUARANTINED, State.SUPERSEDED, State.FAILED}),
    State.PUBLISHED: frozenset({State.SUPERSEDED, State.QUARANTINED, State.RECEIVED}),
    State.QUARANTINED: frozenset({State.PUBLISHED, State.RECEIVED, State.SUPERSEDED}),
    State.REJECTED: frozenset({State.RECEIVED, State.SUPERSEDED}),
    State.FAILED: frozenset({State.RECEIVED, State.QUARANTINED, State.SUPERSEDED}),
    State.SUPERSEDED: frozenset({State.RECEIVED}),
}

FINAL = frozenset({State.PUBLISHED, State.QUARANTINED, State.REJECTED, State.SUPERSEDED})
"""States that a file rests in. FAILED is final only when it is parked."""

PARKED = "PARKED"
"""`open_state` of a FAILED file whose attempts are used up."""
WAITING = "WAITING"
"""`open_state` of a RECEIVED file that nobody has claimed: it waits for a run."""
OPEN_STATES = (WAITING, *(str(state) for state in State if state not in FINAL), PARKED)
"""What is not at rest, as the index by-state has it: a FAILED file is tried again, a PARKED one is not."""
SET_ASIDE = (State.QUARANTINED, State.REJECTED)
"""States in which none of a file's rows is published, and a person may mend, replay or release it."""
LISTED_STATES = (*OPEN_STATES, *map(str, SET_ASIDE))
"""What the index by-state lists files by."""
FOR_A_PERSON = (*map(str, SET_ASIDE), PARKED)
"""Files at rest that somebody has to look at, as the index by-state has them."""
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED")
"""States of a Glue run that nothing follows ("JobRun", AWS Glue API reference)."""


def check_move(before: State, after: State) -> None:
    """Raise IllegalTransition unless the table has the move."""
    if after not in MOVES[before]:
        allowed = ", ".join(sorted(MOVES[before])) or "none"
        raise IllegalTransition(f"a file can't go from {before} to {after} (from {before}: {allowed})")


def open_state(state: State, parked: bool = False, claimed: bool = True) -> str | None:
    """What the sparse index holds of a file: its state while somebody has work to do on it, else nothing."""
    if state is State.RECEIVED and not claimed:
        return WAITING
    if state is State.FAILED and parked:
        return PARKED
    return None if state in FINAL else state.value


def listed_state(state: State, parked: bool = False, claimed: bool = True) -> str | None:
    """What the index by-state lists a file by: its open state, or that it is set aside for a person; None: not at all."""
    return open_state(state, parked, claimed) or (state.value if state in SET_ASIDE else None)
