"""Zip files whose bytes depend on nothing but their content: sorted names, one date, one mode, nothing compressed.

Not compressed, because two builds of zlib may write different bytes for the same input; the zips stay small without it.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

EARLIEST = (1980, 1, 1, 0, 0, 0)
NEVER_SHIPPED = (".pyc", ".pyi", ".c", ".h", ".orig")


def write_zip(target: Path, entries: Mapping[str, bytes]) -> None:
    """Write `entries` (path in the zip -> content) to `target`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted({*entries, *_folders(entries)}):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3  # Unix, wherever it is built: else the modes below are ignored
            entry.external_attr = (0o40755 if name.endswith("/") else 0o100644) << 16
            archive.writestr(entry, entries.get(name, b""))
    write_file(target, content.getvalue())


def _folders(names: Iterable[str]) -> set[str]:
    """Python 3.11 imports a package without __init__.py from a zip only if the zip lists its folder."""
    return {f"{parent.as_posix()}/" for name in names for parent in PurePosixPath(name).parents if parent.name}


def write_file(target: Path, content: bytes) -> None:
    """In one step: a reader, or another build of the same at the same time, never sees half a file."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(target)


def tree(root: Path, folders: Iterable[str]) -> dict[str, bytes]:
    """The files at or below `folders` (relative to `root`), under the paths that they have there."""
    found: dict[str, bytes] = {}
    for folder in folders:
        place = root / folder
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in NEVER_SHIPPED:
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def unpacked(wheel: Path) -> dict[str, bytes]:
    """A wheel's files as they are installed, without what only pip reads."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if not name.endswith((*NEVER_SHIPPED, "/", ".dist-info/RECORD", ".dist-info/WHEEL"))
        }
