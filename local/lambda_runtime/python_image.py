"""What a Python function finds beside its own code: only what AWS's runtime image has.

AWS's image carries boto3 and the runtime interface client with their dependencies. A directory of links to exactly
these, taken from this environment, is all that a child's path gets; its interpreter runs with -S, so that nothing else
that is installed here can be imported, and a zip that lacks a dependency fails here as it does on AWS.
"""

from __future__ import annotations

import hashlib
import os
import re
from importlib import metadata
from pathlib import Path

_IMAGE = ("boto3", "awslambdaric")
IN_PLACE_OF_ATHENA = ("duckdb", "pyiceberg")
"""What runs the API's questions in the local cloud: DuckDB is in the function's zip too, for bad rows, and pyiceberg is not."""
_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")


def image_directory(state: Path) -> Path:
    """The directory of links to what AWS's image has."""
    return links_directory(state, _IMAGE)


def links_directory(state: Path, names: tuple[str, ...]) -> Path:
    """A directory of links to these packages and all they require; made anew when the versions or their place change."""
    entries = {entry.name: entry for name in _closure(names) for entry in _top_level(name)}
    text = "\n".join(f"{name}={entry}" for name, entry in sorted(entries.items()))
    directory = state / "lambda" / ".image" / hashlib.sha256(text.encode()).hexdigest()[:16]
    directory.mkdir(parents=True, exist_ok=True)
    for name, entry in entries.items():
        _link(directory / name, entry)
    return directory


def _link(link: Path, target: Path) -> None:
    try:
        os.symlink(target, link)
    except FileExistsError:
        return


def _closure(names: tuple[str, ...]) -> set[str]:
    """The distributions and all that they require, without extras, as far as installed."""
    found: set[str] = set()
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        if name in found or not _installed(name):
            continue
        found.add(name)
        open_names += [_name(line) for line in metadata.requires(name) or [] if "extra ==" not in line]
    return found


def _name(requirement: str) -> str:
    match = _REQUIREMENT_NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match.group()).lower() if match else ""


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return False
    return True


def _top_level(name: str) -> set[Path]:
    """What the distribution put directly into the site directory."""
    distribution = metadata.distribution(name)
    root = Path(str(distribution.locate_file(""))).resolve()
    parts = {file.parts[0] for file in distribution.files or []}
    return {root / part for part in parts if part not in ("..", "__pycache__")}
