"""What of a window has been read and landed: which rows are new, and the notes that let another invocation go on.

A row that comes again is told by the digest of its content. With a `key`, a row is landed once a window. Without one, equal rows
are different rows: only as many are left out as are known to be landed (at the cursor, or by an attempt that was cut).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.cursors import Order, Value, before, field_of, order, stored
from glue_etl.core.pulling.declarations import Stream
from glue_etl.core.pulling.pulls import Window
from glue_etl.core.reasons import row_text

REPEATS = 3
"""Equal pages in a row, or visits of one place, after which a source is taken to go round in circles."""


@dataclass(frozen=True, slots=True)
class Note:
    """How a chunk (or a stop between two) left the window. It is stored as JSON before the chunk's object is created.

    `next`: the next page's place, None after the last, {} where it has no name. `cursor`: the highest value so far. `recent`:
    landed rows that the next window may bring again, with their cursor values, all from `covered` on. `digests`: rows of this
    chunk. `left`: rows left out since the note before. `boundary`: rows to leave out that earlier windows landed. `again`: the
    window was begun again before this chunk. `previous`: the key of the note before, in this window.
    """

    source: str
    stream: str
    window: Window
    number: int
    rows: int
    duplicates: int
    next: Mapping[str, Any] | None
    cursor: Value | None
    covered: Value | None
    recent: tuple[tuple[str, Value], ...] = ()
    digests: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()
    again: bool = False
    previous: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "next": None if self.next is None else dict(self.next)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Note:
        texts = {name: tuple(document[name]) for name in ("digests", "left", "boundary")}
        recent = tuple((digest, value) for digest, value in document["recent"])
        return cls(**{**document, **texts, "recent": recent, "window": Window(**document["window"])})


class Encoded(Mapping[str, Any]):
    """A row that is kept as the bytes that will land."""

    __slots__ = ()
    data: bytes


class WindowProgress:
    """One attempt at a window: `take` pages, `note` what came of them, then `landed`."""

    def __init__(self, source: str, stream: Stream, window: Window, before_it: Note | None) -> None:
        self._source, self._stream, self._window = source, stream, window
        self._previous, self._again = "", False
        self._boundary = Counter(digest for digest, _ in before_it.recent) if before_it else Counter[str]()
        self._leave = self._boundary.copy()
        self._landed: Counter[str] = Counter()
        self._recent: list[tuple[str, Value]] = list(before_it.recent) if before_it else []
        self._covered = before_it.covered if before_it else None
        self.cursor = before_it.cursor if before_it else None
        self._high = _order(self.cursor)
        self._pages: Counter[str] = Counter()
        self._last_page, self._same_pages = "", 0
        self._empty()

    def follow(self, key: str, note: Note) -> None:
        """Take over what a note of this window says, in their order; what was read besides is forgotten."""
        if note.again:
            self._leave = self._boundary + self._landed
        if not note.previous and note.boundary:
            self._boundary = Counter(note.boundary)
            self._leave = self._boundary.copy()
        self._leave -= Counter(note.left)
        self._landed.update(note.digests)
        self._recent, self.cursor, self._covered = list(note.recent), note.cursor, note.covered
        self._high = _order(self.cursor)
        self._previous, self._again = key, False
        self._empty()

    def begin_again(self) -> None:
        """Read the window from its start: what it has landed is left out."""
        self._leave = self._boundary + self._landed
        self._again = True
        self._empty()

    def take(self, rows: Iterable[Mapping[str, Any]], place: Mapping[str, Any] | None, exact: bool = False) -> None:
        """Sort a page's rows into new ones and known ones; `place` is where the next page is. Raises SourceFailed.

        `exact`: the rows come in the cursor's order, as the source itself has it, and none comes twice in a window. Then only
        what earlier windows landed is left out, and nothing else of the rows need be remembered (unless the place has no name).
        """
        digests = hashlib.blake2b(digest_size=12)
        some = False
        for row in rows:
            some = True
            content = row.data if isinstance(row, Encoded) else canonical(row).encode("utf-8", "surrogatepass")
            digest = hashlib.blake2b(content, digest_size=9).hexdigest()
            if exact:
                self._take_exact(row, digest, len(content), place == {})
                continue
            digests.update(digest.encode())
            try:
                self._take(row, digest, len(content))
            except TypeError as error:
                raise self._broken_cursor(str(error)) from error
        if not exact:
            self._notice_circles(digests.hexdigest() if some else "", place)

    def belongs(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is of the window: a source may answer with others too. Raises SourceFailed."""
        try:
            return not self._outside(self._place(row))
        except TypeError as error:
            raise self._broken_cursor(str(error)) from error

    @property
    def covered(self) -> Value | None:
        """From which cursor value on all landed rows are known, once `note` was called."""
        return self._covered

    @property
    def rows(self) -> int:
        return len(self._rows)

    @property
    def duplicates(self) -> int:
        return self._duplicates

    @property
    def size(self) -> int:
        """Bytes of the new rows, as JSON before compression."""
        return self._size

    @property
    def new_rows(self) -> Sequence[Mapping[str, Any]]:
        return self._rows

    def note(self, number: int, place: Mapping[str, Any] | None) -> Note:
        """What to store with the rows taken since the last one, before they are landed as chunk `number`."""
        self._prune()
        return Note(
            source=self._source, stream=self._stream.name, window=self._window, number=number, rows=self.rows,
            duplicates=self._duplicates, next=place, cursor=self.cursor, covered=self._covered, recent=tuple(self._recent),
            digests=tuple(self._digests), left=tuple(self._left), again=self._again, previous=self._previous,
            boundary=() if self._previous else tuple(self._boundary.elements()),
        )  # fmt: skip

    def landed(self, key: str) -> None:
        """The rows of the note at `key` are landed."""
        self._landed.update(self._digests)
        self._previous, self._again = key, False
        self._empty()

    def _empty(self) -> None:
        self._rows: list[Mapping[str, Any]] = []
        self._digests: list[str] = []
        self._left: list[str] = []
        self._fresh: set[str] = set()
        self._size = self._duplicates = 0

    def _take(self, row: Mapping[str, Any], digest: str, size: int) -> None:
        place = self._place(row)
        if self._outside(place) or self._known(digest):
            self._duplicates += 1
            return
        self._rows.append(row)
        self._digests.append(digest)
        self._fresh.add(digest)
        self._size += size + 1
        if place is not None:
            self._remember(digest, place)

    def _take_exact(self, row: Mapping[str, Any], digest: str, size: int, nameless: bool) -> None:
        if self._left_out(digest):
            self._duplicates += 1
            return
        self._rows.append(row)
        self._size += size
        if nameless:
            self._digests.append(digest)
        if self._stream.cursor is not None and (value := row[self._stream.cursor.field]) is not None:
            self._remember_exact(digest, value)

    def _known(self, digest: str) -> bool:
        if self._stream.key:
            return digest in self._fresh or digest in self._landed or digest in self._boundary
        return self._left_out(digest)

    def _left_out(self, digest: str) -> bool:
        """Whether it is one of the rows that are to be left out: each is left out once."""
        if self._leave[digest] <= 0:
            return False
        self._leave[digest] -= 1
        self._left.append(digest)
        return True

    def _place(self, row: Mapping[str, Any]) -> Order | None:
        if self._stream.cursor is None:
            return None
        name = self._stream.cursor.field
        try:
            value = field_of(row, name)
        except KeyError:
            raise self._broken_cursor(f"a row has no field {name!r}: it has {_names(row)}") from None
        found = order(value)
        if found is None:
            told = "null" if value is None else row_text(repr(value))
            raise self._broken_cursor(f"field {name!r} of a row is {told}, which is neither a time, a number nor text")
        return found

    def _outside(self, place: Order | None) -> bool:
        if place is None:
            return False
        since, until = _order(self._window.since), _order(self._window.until) if self._window.by_hand else None
        return (since is not None and before(place, since)) or (until is not None and not before(place, until))

    def _remember(self, digest: str, place: Order) -> None:
        value = stored(place.raw)
        later = self._high is None or before(self._high, place)
        if later:
            self._high, self.cursor = place, value
            if not self._overlap:
                self._recent, self._covered = [], value
        if later or self._overlap or not before(place, self._high):  # type: ignore[arg-type]
            self._recent.append((digest, value))

    def _remember_exact(self, digest: str, value: Any) -> None:
        """As `_remember`, without comparing: the source orders texts by its own rules."""
        if self._overlap:
            self._remember(digest, order(value))  # type: ignore[arg-type]
            return
        kept = stored(value)
        if kept != self.cursor:
            self.cursor, self._recent, self._covered = kept, [], kept
        self._recent.append((digest, kept))

    @property
    def _overlap(self) -> bool:
        return self._stream.cursor is not None and self._stream.cursor.overlaps

    def _prune(self) -> None:
        cursor = self._stream.cursor
        if cursor is None or not cursor.overlaps or self.cursor is None:
            return
        try:
            bound = cursor.since(self.cursor)
        except ValueError as error:
            raise self._broken_cursor(str(error)) from error
        covered, limit = _order(self._covered), _order(bound)
        if covered is None or before(covered, limit):  # type: ignore[arg-type]
            self._covered = bound
        floor = _order(self._covered)
        self._recent = [(digest, value) for digest, value in self._recent if not before(order(value), floor)]  # type: ignore[arg-type]

    def _broken_cursor(self, reason: str) -> SourceFailed:
        return SourceFailed("cursor_field", f"{reason}. Correct 'cursor' of stream {self._stream.name!r}")

    def _notice_circles(self, page: str, place: Mapping[str, Any] | None) -> None:
        self._same_pages = self._same_pages + 1 if page and page == self._last_page else 1
        self._last_page = page
        visits = 0
        if place:
            where = canonical(place)
            self._pages[where] += 1
            visits = self._pages[where]
        if place is not None and max(self._same_pages, visits) >= REPEATS:
            what = "names the same next page" if visits >= REPEATS else "answers with the same rows"
            raise SourceFailed(
                "circles",
                f"the source {what} again and again ({REPEATS} times). Does 'pagination' of stream {self._stream.name!r} name "
                "what the source understands?",
                page_refused=True,
            )


def canonical(row: Any) -> str:
    """A row as JSON, the same for the same content."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)


def plain(value: Any) -> str:
    """What JSON has no form for, as text."""
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _order(value: Value | None) -> Order | None:
    return None if value is None else order(value)


def _names(row: Mapping[str, Any]) -> str:
    names = sorted(str(name) for name in row)
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "") if names else "none"
