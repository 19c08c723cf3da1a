"""Processor time and memory of a process with all its descendants, from /proc: on a loaded machine seconds tell little."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds() -> float:
    """User and system time of this process, of all that live below it, and of those that have ended."""
    return sum(_ticks(pid) for pid in _tree(os.getpid())) / _TICKS


def peak_memory(command: str) -> list[int]:
    """The largest resident size, in MiB, of each living process below this one that has `command` in its command line.

    What a forked process shares with its parent counts in both.
    """
    return sorted(_peak(pid) for pid in _tree(os.getpid()) if command in _command(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                yield from _tree(int(child))
            except FileNotFoundError:
                continue  # it has ended; its time counts as its parent's


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15]))


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")), 0)
