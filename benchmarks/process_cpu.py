"""Processor time and memory of a process with all its descendants, from /proc: on a loaded machine seconds tell little."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds() -> float:
    """User and system time of this process, of all that live below it, and of those that have ended."""
    return sum(_ticks(pid) for pid in _tree(os.getpid())) / _TICKS


def peak_memory(command: str) -> list[int]:
    """The largest resident size, in MiB, of each living process below this one that has `command` in its command line.

    What a forked process shares with its parent counts in both.
    """
    return sorted(_peak(pid) for pid in _tree(os.getpid()) if command in _command(pid))


class OwnMemory:
    """While it is entered: the most memory that each process below this one has had of its own (USS), in MiB by process.

    Python workers are forked with the engine imported: what they share with the process they came from is not theirs.
    """

    def __init__(self, command: str) -> None:
        self._command, self._ended, self._peaks = command, Event(), Counter[int]()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> OwnMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def peaks(self) -> list[int]:
        return sorted(self._peaks.values())

    def _watch(self) -> None:
        while not self._ended.wait(0.25):
            for pid in _tree(os.getpid()):
                try:
                    if self._command in _command(pid):
                        self._peaks[pid] = max(self._peaks[pid], _own(pid))
                except (FileNotFoundError, ProcessLookupError):
                    continue  # it has ended


def _own(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:"))) // 1024


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    """Of all its threads; none where it has ended, whose time counts as its parent's."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return found
    for thread in threads:
        try:
            found += map(int, (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has ended meanwhile
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15]))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")), 0)
