"""Bytecode beside the modules of a deployed zip: else each Python process of a run compiles all that it imports of it.

Glue's processes do; a run here starts as many for a few rows. Made once for each zip, kept in .cache/packages/; what has not
been used for a week goes.
"""

from __future__ import annotations

import hashlib
import os
import py_compile
import shutil
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "packages"
_UNUSED_SECONDS = 7 * 24 * 3600


def add_bytecode(package: Path, folder: Path = FOLDER) -> None:
    """Replace the zip `package` by one with the same files and their bytecode; what is no zip stays as it is."""
    if not zipfile.is_zipfile(package):
        return
    digest = hashlib.sha256(sys.version.encode() + package.read_bytes()).hexdigest()
    made = folder / f"{digest[:32]}.zip"
    if not made.exists():
        _remove_unused(folder)
        _make(package, made)
    os.utime(made)
    shutil.copyfile(made, package)


def _make(package: Path, made: Path) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".") as work:
        whole = Path(work, made.name)
        shutil.copyfile(package, whole)
        with zipfile.ZipFile(whole, "a") as archive:
            for name in [name for name in archive.namelist() if name.endswith(".py")]:
                bytecode = _compiled(name, archive.read(name), Path(work))
                if bytecode:
                    archive.writestr(f"{name}c", bytecode)
        whole.replace(made)


def _compiled(name: str, source: bytes, work: Path) -> bytes:
    """Valid whatever the source's time, which a zip rounds; b"" of what Python can't compile: its import says why."""
    module, target = work / "module.py", work / "module.pyc"
    module.write_bytes(source)
    try:
        py_compile.compile(
            str(module),
            str(target),
            name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except py_compile.PyCompileError:
        return b""
    return target.read_bytes()


def _remove_unused(folder: Path) -> None:
    limit = time.time() - _UNUSED_SECONDS
    for old in folder.glob("*.zip"):
        with suppress(FileNotFoundError):  # another local cloud was faster
            if old.stat().st_mtime < limit:
                old.unlink()
