"""Secrets that tests hand to the product, made so that they are recognised wherever they should not be."""

from __future__ import annotations

import mmap
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

MARK = "planted-s3cret"


def secret(name: str) -> str:
    """A fresh secret, without characters that a URL or a connection string would write in another way."""
    return f"{MARK}-{name}-{uuid.uuid4().hex}"


def found_below(folder: Path) -> Iterator[Path]:
    """The files below `folder` that hold a planted secret. What goes away meanwhile is not looked at."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink() and _holds(path):
                yield path


def _holds(path: Path) -> bool:
    try:
        with path.open("rb") as content:
            if not path.stat().st_size:
                return False
            with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return mapped.find(MARK.encode()) >= 0
    except FileNotFoundError:
        return False  # a temporary file of something that just ended
