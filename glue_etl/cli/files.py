"""The files named on a command line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from glue_etl.cli.failures import CommandFailed


def readable_files(paths: Iterable[Path]) -> list[Path]:
    """The files, each once, in order. Raises CommandFailed for the first that is none or can't be read."""
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise CommandFailed(f"{path}: no such file")
        if path.is_dir():
            raise CommandFailed(f"{path} is a folder: name the files in it ({path}/*)")
        if not path.is_file() or not os.access(path, os.R_OK):
            raise CommandFailed(f"{path} can't be read: it is no plain file, or its permissions forbid it")
        found.setdefault(path.resolve(), path)
    return list(found.values())
