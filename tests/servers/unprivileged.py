"""Servers that refuse to run as root: their processes and folders as `nobody` when we are root, as ourselves otherwise."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOBODY = "nobody"


def process_user() -> dict[str, Any]:
    """What to give to subprocess, so that the process is not root's."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(NOBODY)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """An empty folder that the server's process owns, and that goes away."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        give(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path) -> None:
    """The path becomes the server process's own."""
    user = process_user()
    if user:
        os.chown(path, user["user"], user["group"])


def can_run(program: Path) -> bool:
    """Whether the server's user may execute it (a checkout below /root is closed to others)."""
    try:
        answer = subprocess.run([str(program), "--version"], capture_output=True, check=False, **process_user())
    except OSError:
        return False
    return answer.returncode == 0


def free_port() -> int:
    """A port that was free a moment ago: who binds it may still find it taken."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
