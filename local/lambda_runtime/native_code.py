"""Compiled parts of unpacked code: made for Lambda's processor, they are replaced by this machine's own builds.

Only of packages that are installed here in the very version that was shipped; what is missing from a zip stays missing.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path


def use_own_builds(task: Path) -> None:
    """Links this machine's shared libraries of the packages in `task` into their places there."""
    for shipped in metadata.distributions(path=[str(task)]):
        try:
            installed = metadata.distribution(shipped.name)
        except metadata.PackageNotFoundError:
            continue
        if installed.version == shipped.version:
            _link_libraries(installed, task)


def _link_libraries(installed: metadata.Distribution, task: Path) -> None:
    for file in installed.files or ():
        if ".so" in file.suffixes and ".." not in file.parts:
            place = task / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            place.symlink_to(Path(str(file.locate())).resolve())
