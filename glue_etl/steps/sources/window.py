"""One window of one stream: pages -> chunks -> landed files (docs/decisions/008).

For every chunk: the note is written, then the object is created if nobody has; who finds it there takes over its note instead of
what it read. The state in the table is moved after that, and may lag behind the objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

from glue_etl.core.errors import SourceFailed, SourceWaits, Transient
from glue_etl.core.pulling import pulls
from glue_etl.core.pulling.declarations import Stream
from glue_etl.core.pulling.progress import Note, WindowProgress
from glue_etl.core.pulling.pulls import StreamState
from glue_etl.steps.sources.ports import PullServices

LEAST_MARGIN = 20.0
"""Seconds before the time is up at which no further page is begun; more, where pages are slow."""


class WindowPull:
    """Works on the open window of `state`, whose lease is ours, until it is done or the time is short.

    `files`, `rows` and `duplicates` are what this invocation landed and left out.
    """

    def __init__(self, services: PullServices, stream: Stream, state: StreamState) -> None:
        self.state = state
        self.files: list[str] = []
        self.rows = 0
        self.duplicates = 0
        self.columns: Mapping[str, str] = {}
        self.doubts: Sequence[str] = ()
        self._services = services
        self._stream = stream
        self._progress = self._fresh(None)
        self._place: Mapping[str, Any] | None = None
        self._over = False
        self._whole_pages = False
        self._slowest = 0.0

    def run(self) -> bool:
        """True when the window is done, False when its time was up. Raises SourceFailed, and LostClaim for a lost lease."""
        self._load()
        while not self._over:
            self._follow_landed()
            if not self._over and (self._short() or not self._read()):
                return False
        self._finish()
        return True

    def _finish(self) -> None:
        """The rows that were left out since the last chunk are counted; where nothing new came, no file was landed."""
        progress, left_out = self._progress, self._progress.duplicates
        self.duplicates += left_out
        state = replace(self.state, duplicates_total=self.state.duplicates_total + left_out)
        self._put(pulls.finished(state, progress.cursor, progress.covered, self._services.now()))

    def _short(self) -> bool:
        """Whether the time left is too short for another page and for landing what was read."""
        return self._services.remaining() < max(LEAST_MARGIN, 2 * self._slowest)

    def _read(self) -> bool:
        """Read on, up to the window's end or a chunk of somebody else. False when the time was up."""
        try:
            return self._read_pages()
        except SourceWaits:
            self._stop()
            return False
        except SourceFailed as error:
            if error.code != "circles" and self._whole_pages:
                self._stop()  # so that the next attempt begins where this one failed
            raise

    def _read_pages(self) -> bool:
        pages = self._services.extractor().pages(self._stream, self.state.as_window(), self._place)
        with closing(cast(Any, pages)):
            while not self._over:
                started = self._services.remaining()
                page = next(pages, None)
                if page is None:
                    raise SourceFailed("no_end", f"stream {self._stream.name!r} ended without a last page")
                self._whole_pages = False
                self._progress.take(page.rows, page.next, page.exact)
                self.columns, self.doubts = page.columns, page.doubts
                self._place, self._whole_pages = page.next, True
                self._slowest = max(self._slowest, started - self._services.remaining())
                self._over = page.next is None
                full = self._progress.size >= self._services.source.chunk_bytes
                if (self._over or full) and self._progress.rows and not self._land():
                    return True
                if not self._over and self._short():
                    self._stop()
                    return False
        return True

    def _stop(self) -> None:
        """Land what was read, at a place from which another invocation can go on."""
        if not self._whole_pages:
            return
        if self._progress.rows:
            self._land()
        else:
            key, note = self._write_note(self.state.number)
            self.duplicates += note.duplicates
            self._progress.landed(key)
            self._put(pulls.advanced(self.state, key, note.duplicates, self._services.now()))
        self._whole_pages = False

    def _land(self) -> bool:
        """Land what was read as the next chunk; False where its object is there: then that chunk is followed instead."""
        number = self.state.number + 1
        note_key, note = self._write_note(number)
        key, extractor = self._key(number), self._services.extractor()
        body = extractor.encode(self._stream.name, self._progress.new_rows)
        if not self._services.landing.create(key, body, {"note": note_key}):
            landed = self._landed_note(number)
            if landed != note_key:
                if landed is None:
                    raise Transient(f"{key} was there and is not there any more")
                self._adopt(landed)
                return False
        self.files.append(key)
        self.rows += note.rows
        self.duplicates += note.duplicates
        self._progress.landed(note_key)
        self._whole_pages = False
        self._count(note_key, note)
        return True

    def _follow_landed(self) -> None:
        """Follow the chunks that are landed and of which the state does not know yet."""
        while not self._over and (landed := self._landed_note(self.state.number + 1)):
            self._adopt(landed)

    def _adopt(self, key: str) -> None:
        """Somebody landed the next chunk: its note says what follows, whatever was read here."""
        note = self._go_on_behind(key)
        self.state = replace(self.state, since=note.window.since, until=note.window.until)
        self._count(key, note)

    def _load(self) -> None:
        """Stand where the state says."""
        if self.state.resume != pulls.BEGIN:
            self._go_on_behind(self.state.note, again=self.state.resume == pulls.AGAIN)
        elif self.state.note and not self.state.by_hand:
            self._progress = self._fresh(self._read_note(self.state.note))

    def _go_on_behind(self, key: str, again: bool = False) -> Note:
        """Stand where a note of this window says, having taken in all the notes before it."""
        chain = self._chain(key)
        self._progress = self._fresh(None)
        for note_key, note in chain:
            self._progress.follow(note_key, note)
        last = chain[-1][1]
        self._place, self._over, self._whole_pages = last.next, last.next is None, False
        if not self._over and (again or not last.next):
            self._progress.begin_again()
            self._place = None
        return last

    def _chain(self, key: str) -> list[tuple[str, Note]]:
        """The window's notes up to this one, the first first."""
        chain: list[tuple[str, Note]] = []
        while key:
            note = self._read_note(key)
            chain.insert(0, (key, note))
            key = note.previous
        return chain

    def _read_note(self, key: str) -> Note:
        document = self._services.landing.read_json(key)
        if document is None:
            raise SourceFailed(
                "note_missing",
                f"{key} is missing in the raw bucket, which says how stream {self._stream.name!r} stands: restore the object "
                "(a version of it may be there), or delete the stream's item in the table of sources to begin anew",
            )
        return Note.from_json(document)

    def _write_note(self, number: int) -> tuple[str, Note]:
        note = self._progress.note(number, self._place)
        key = pulls.note_key(self.state, number, self._services.new_id())
        self._services.landing.write_json(key, note.to_json())
        return key, note

    def _landed_note(self, number: int) -> str | None:
        """The note of the chunk with this number; None where it is not landed."""
        metadata = self._services.landing.metadata(self._key(number))
        return None if metadata is None else metadata["note"]

    def _count(self, key: str, note: Note) -> None:
        now = self._services.now()
        self._put(pulls.landed(self.state, note.number, key, note.rows, note.duplicates, now))

    def _put(self, state: StreamState) -> None:
        self.state = self._services.states.put(state)

    def _fresh(self, before: Note | None) -> WindowProgress:
        return WindowProgress(self.state.source, self._stream, self.state.as_window(), before)

    def _key(self, number: int) -> str:
        extension = self._services.extractor().extension
        return pulls.object_key(self._services.settings.incoming_prefix, self.state, number, extension)
