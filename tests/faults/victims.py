"""The processes of a local cloud that a kill can hit, found below its own runtimes process and nowhere else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path


def children(pid: int) -> Iterator[int]:
    """All processes below `pid`, at any depth."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in found:
            yield child
            yield from children(child)


def glue_processes(runtimes: int) -> list[int]:
    """Python and JVM of the workers that have an order: a spare has none, so nothing of it is deployed yet."""
    return [pid for pid in children(runtimes) if _has_order(pid)]


def function_processes(runtimes: int, function: str) -> list[int]:
    """The containers of a function, busy or warm."""
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    return [pid for pid in children(runtimes) if wanted in _environment(pid)]


def kill(pids: list[int]) -> bool:
    """As kill -9; whether one of them still lived."""
    hit = False
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        hit = True
    return hit


def _has_order(pid: int) -> bool:
    try:
        folder = Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return False
    return folder.parent.name == "workers" and (folder / "deployed").is_dir()


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
