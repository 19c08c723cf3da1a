"""Deployed code unpacked on disk, once for each zip, for all local clouds of this checkout, with the bytecode Python made of it.

A folder is of one code in one Python environment, whose builds of native parts it links. `make setup` makes those of the
functions that files need, so that the first run has them; others are made when first used, and go when nobody does for a week.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import sys
import sysconfig
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from local.lambda_runtime.native_code import use_own_builds

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "functions"
_UNUSED_SECONDS = 7 * 24 * 3600
_GOING = ".going-"  # no name of what is being unpacked: those have no second sign


def code_name(code: bytes) -> str:
    """The name of a zip: of its SHA-256, which Lambda tells in Base64."""
    told = base64.b64encode(hashlib.sha256(code).digest())
    return hashlib.sha256(told).hexdigest()[:16]


def code_folder(code: str, read: Callable[[], bytes], folder: Path = FOLDER) -> Path:
    """Where the code named `code` lies, below task/; `read` gives its zip where it has to be unpacked. Raises OSError."""
    site = Path(sysconfig.get_path("purelib")).resolve()
    place = f"{sys.version}\n{site}\n{site.stat().st_mtime_ns}"  # the time changes with what is installed
    found = folder / f"{code}-{hashlib.sha256(place.encode()).hexdigest()[:16]}"
    try:
        os.utime(found)
    except FileNotFoundError:
        _remove_unused(folder)
        _unpack(read(), found)
    return found


def _unpack(code: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix="."))
    try:
        task = partial / "task"
        task.mkdir()
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(task)
        use_own_builds(task)
        os.replace(partial, target)
    except zipfile.BadZipFile as error:
        raise OSError(f"the deployed code can't be unpacked: {error}") from error
    except OSError:
        if not target.exists():  # else another local cloud was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _remove_unused(folder: Path) -> None:
    """What goes loses its name first: half of it never counts as whole, and the next time removes what this one leaves."""
    limit = time.time() - _UNUSED_SECONDS
    for old in folder.glob("*"):
        if old.name.startswith(_GOING):
            shutil.rmtree(old, ignore_errors=True)
            continue
        with suppress(FileNotFoundError):  # another local cloud was faster
            if old.stat().st_mtime < limit:
                going = folder / f"{_GOING}{uuid.uuid4().hex}"
                os.replace(old, going)
                shutil.rmtree(going, ignore_errors=True)
