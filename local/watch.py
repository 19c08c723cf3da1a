"""Drops what is put into a folder of this machine into the raw bucket: each file when it is fully written, and when changed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local.session import Dropped, Outcome, Session, SessionFailed

LOOK_SECONDS = 1.0
Shape = tuple[int, int]


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Nobody else takes what is put into the folder meanwhile. Raises SessionFailed where somebody does already.

    The lock is the system's, on the folder itself: it ends with its process, however that ends, and leaves no file behind.
    """
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(folder)
        raise SessionFailed(
            f"another `glue-etl local up` takes what is put into {place}/: give this one a folder and a port of its own,"
            f" as in `glue-etl local up --folder {place}-2 --port 0`"
        ) from error
    try:
        yield
    finally:
        os.close(folder)


class Folder:
    """Says which files are complete: their size and time of change are the same on two looks in a row."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._seen: dict[Path, Shape] = {}
        self._taken: dict[Path, Shape] = {}

    def complete(self) -> list[Path]:
        """Files that are complete since the last call and have not been returned in this shape before."""
        now = dict(self._shapes())
        ready = [path for path, shape in now.items() if self._seen.get(path) == shape != self._taken.get(path)]
        self._taken |= {path: now[path] for path in ready}
        self._seen = now
        return ready

    def key(self, path: Path, prefix: str) -> str:
        """A file's own folders stand before the day, as a source's name does on AWS."""
        inside = path.relative_to(self._place)
        source = f"{inside.parent.as_posix()}/" if inside.parent != Path() else ""
        return f"{prefix}{source}{datetime.now(UTC):%Y/%m/%d}/{inside.name}"

    def _shapes(self) -> Iterator[tuple[Path, Shape]]:
        for path in sorted(self._place.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self._place).parts)
            try:
                if path.is_file() and not hidden:
                    found = path.stat()
                    yield path, (found.st_size, found.st_mtime_ns)
            except FileNotFoundError:
                continue  # removed while we looked


def watch(session: Session, place: Path) -> Iterator[Outcome]:
    """Drop and follow for ever: every change of a file's state, as it is seen."""
    folder = Folder(place)
    states: dict[Dropped, str] = {}
    while True:
        for path in folder.complete():
            states[session.drop(path, folder.key(path, session.stack.incoming_prefix))] = "WAITING"
        for file in list(states):
            outcome = session.outcome(file)
            if outcome.state != states[file]:
                states[file] = outcome.state
                yield outcome
            if outcome.final:
                del states[file]
        time.sleep(LOOK_SECONDS)
