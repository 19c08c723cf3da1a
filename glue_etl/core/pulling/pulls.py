"""How pulling stands, as frozen values: windows, the state of a stream, who works on it, when it is tried again.

A window's chunks are landed under its name and a number that counts up; the landed object is the commit (decision 008). The
state only points at it, and may lag. Every function here takes a state and answers the next one; nothing here knows AWS.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.cursors import Value, before, now_like, order
from glue_etl.core.pulling.declarations import Cursor, Stream

NEW, OPEN, DONE, FAILED = "NEW", "OPEN", "DONE", "FAILED"
BEGIN, NEXT, AGAIN = "", "next", "again"
FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=6)
LEASE_MARGIN = timedelta(seconds=60)
STRAGGLER = timedelta(minutes=30)
"""For so long after its lease ended may an invocation still land something: twice the longest life of a function."""


@dataclass(frozen=True, slots=True)
class Window:
    """The rows to ask for: from the cursor value `since` (None: all) to `until` (None: no end); `opened_at` is ISO 8601, UTC."""

    id: str
    since: Value | None
    until: Value | None
    opened_at: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream's item in the table of sources. `part`: its name, or `<name>@<window>` for a window by hand.

    `number` chunks of `window` are landed. `note` is the key of the JSON that says how the last of them ended, and `resume` what
    that means for who goes on: begin the window (BEGIN), take the note's next page (NEXT), or begin it again without what
    is landed (AGAIN). `cursor` is the highest value of all windows that are done; the note knows all rows that were landed
    from `covered` on. `taken_over_at`: when a lease was last found expired, so that its holder may still be writing. `told`:
    the code of the failure that people were told of.
    """

    source: str
    part: str
    status: str = NEW
    cursor: Value | None = None
    covered: Value | None = None
    window: str = ""
    since: Value | None = None
    until: Value | None = None
    opened_at: str = ""
    number: int = 0
    note: str = ""
    resume: str = BEGIN
    rows_total: int = 0
    files_total: int = 0
    duplicates_total: int = 0
    last_success_at: str = ""
    error: str = ""
    error_code: str = ""
    told: str = ""
    failed_since: str = ""
    attempts: int = 0
    next_try_at: str = ""
    holder: str = ""
    held_until: str = ""
    taken_over_at: str = ""
    updated_at: str = ""
    columns: str = ""
    rev: int = 0

    @property
    def stream(self) -> str:
        return self.part.partition("@")[0]

    @property
    def by_hand(self) -> bool:
        return "@" in self.part

    @property
    def open(self) -> bool:
        """Whether a window is open: also one whose last attempt failed."""
        return self.status in (OPEN, FAILED)

    def as_window(self) -> Window:
        return Window(self.window, self.since, self.until, self.opened_at, self.by_hand)


def held_by_other(state: StreamState, holder: str, now: datetime) -> bool:
    """Whether somebody else works on the stream."""
    return bool(state.holder) and state.holder != holder and _before(now, state.held_until)


def due(state: StreamState, now: datetime) -> bool:
    """Whether an open window is to be worked on by the way, between two schedules."""
    return state.status == OPEN or (state.status == FAILED and not _before(now, state.next_try_at))


def take(state: StreamState, holder: str, now: datetime, remaining: float) -> StreamState:
    """The state with a lease that outlives this invocation: who finds it expired knows that its holder has ended."""
    lost = bool(state.holder) and state.holder != holder
    return replace(
        state,
        holder=holder,
        held_until=(now + timedelta(seconds=remaining) + LEASE_MARGIN).isoformat(),
        taken_over_at=now.isoformat() if lost else state.taken_over_at,
        updated_at=now.isoformat(),
    )


def opened(state: StreamState, stream: Stream, now: datetime, next_is_landed: bool = False) -> StreamState:
    """The state with a window from the cursor to now; one that is open stays.

    A window that ended without a last chunk keeps its name while a straggler may land that chunk, and once it has
    (`next_is_landed`): whoever creates the object of that number wins, and the other follows.
    """
    if state.open:
        return state
    if state.window and (next_is_landed or _straggling(state, now) or state.window == _stamp(now)):
        state = replace(state, status=OPEN, resume=BEGIN)
    else:
        state = replace(
            state, status=OPEN, resume=BEGIN, window=_stamp(now), opened_at=now.isoformat(), number=0, taken_over_at=""
        )
    since, until = _bounds(state, stream.cursor, now)
    return replace(state, since=since, until=until)


def opened_by_hand(state: StreamState, since: Value | None, until: Value | None, now: datetime) -> StreamState:
    """The state of a window that a person asked for, named by its bounds: asked for again, it finds its objects."""
    if state.open:
        return state
    opened_at = state.opened_at or now.isoformat()
    return replace(
        state,
        status=OPEN,
        window=window_by_hand(since, until),
        since=since,
        until=until,
        opened_at=opened_at,
    )


def window_by_hand(since: Value | None, until: Value | None) -> str:
    """The name of the window between two cursor values."""
    return f"run-{hashlib.blake2b(f'{since}|{until}'.encode(), digest_size=6).hexdigest()}"


def landed(state: StreamState, number: int, note: str, rows: int, duplicates: int, now: datetime) -> StreamState:
    """A chunk is there, landed by whomever: each is counted once, when the state moves to its number."""
    return replace(
        state,
        number=number,
        note=note,
        resume=NEXT,
        rows_total=state.rows_total + rows,
        files_total=state.files_total + 1,
        duplicates_total=state.duplicates_total + duplicates,
        updated_at=now.isoformat(),
    )


def advanced(state: StreamState, note: str, duplicates: int, now: datetime) -> StreamState:
    """Pages without a new row were read: who goes on need not read them again."""
    total = state.duplicates_total + duplicates
    return replace(state, note=note, resume=NEXT, duplicates_total=total, updated_at=now.isoformat())


def released(state: StreamState, now: datetime) -> StreamState:
    """Nobody works on it any more; the window stays open."""
    return replace(state, holder="", held_until="", updated_at=now.isoformat())


def finished(state: StreamState, cursor: Value | None, covered: Value | None, now: datetime) -> StreamState:
    """The window is done, and the cursor moves."""
    state = released(state, now)
    return replace(
        state,
        status=DONE,
        resume=BEGIN if not state.by_hand else state.resume,
        cursor=state.cursor if cursor is None else cursor,
        covered=state.covered if cursor is None else covered,
        last_success_at=now.isoformat(),
        error="",
        error_code="",
        failed_since="",
        attempts=0,
        next_try_at="",
    )


def failed(state: StreamState, code: str, message: str, now: datetime, begin_again: bool = False) -> StreamState:
    """The attempt failed: the window stays open and is tried again, after five minutes, then twice that, up to six hours."""
    state = released(state, now)
    pause = min(FIRST_RETRY * 2 ** min(state.attempts, 10), LAST_RETRY)
    return replace(
        state,
        status=FAILED if state.open else state.status,
        error=message,
        error_code=code,
        failed_since=state.failed_since or now.isoformat(),
        attempts=state.attempts + 1,
        next_try_at=(now + pause).isoformat(),
        resume=AGAIN if begin_again and state.resume == NEXT else state.resume,
    )


def object_key(prefix: str, state: StreamState, number: int, extension: str) -> str:
    """Where a chunk lands: below its stream, which is a dataset of its own, and the day on which its window was opened."""
    day = datetime.fromisoformat(state.opened_at).strftime("%Y/%m/%d")
    return f"{prefix}{state.source}/{state.stream}/{day}/{state.stream}-{state.window}-{number:05d}.{extension}"


def note_key(state: StreamState, number: int, token: str) -> str:
    return f"data/pulls/{state.source}/{state.stream}/{state.window}/{number:05d}-{token}.json"


def _bounds(state: StreamState, cursor: Cursor | None, now: datetime) -> tuple[Value | None, Value | None]:
    if cursor is None:
        return None, None
    since = cursor.initial if state.cursor is None else _since(state.cursor, state.covered, cursor)
    return since, now_like(since, now) if cursor.until_param else None


def _since(highest: Value, covered: Value | None, cursor: Cursor) -> Value:
    """The value to ask from: not before what is known of landed rows, if the overlap has been widened since."""
    try:
        since = cursor.since(highest)
    except ValueError as error:
        raise SourceFailed("cursor_field", f"{error}. Correct 'cursor'") from error
    first, known = order(since), order(covered)
    return covered if covered is not None and first and known and before(first, known) else since


def _straggling(state: StreamState, now: datetime) -> bool:
    return bool(state.taken_over_at) and now < datetime.fromisoformat(state.taken_over_at) + STRAGGLER


def _stamp(now: datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S%fZ")


def _before(now: datetime, moment: str) -> bool:
    return bool(moment) and now < datetime.fromisoformat(moment)
