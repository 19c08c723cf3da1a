"""Pinned third-party wheels for the platform that code runs on at AWS, fetched once by pip into .cache/wheels.

Which registry pip asks is the machine's own setting. Once a wheel is there, the network is not needed again.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from glue_etl.core.errors import Terminal

LAMBDA = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
"""The functions: arm64 on Amazon Linux 2023 (glibc 2.34), which Lambda's Pythons from 3.12 on have."""

GLUE = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64")
"""Glue 5.1: x86_64 on Amazon Linux 2023 (glibc 2.34)."""


_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class WheelsUnavailable(Terminal):
    """The registry did not deliver a wheel. The message says which list was asked for and what pip said."""


def pins(requirements: Path) -> dict[str, str]:
    """Normalised name -> version, of every `name==version` line."""
    lines = (line.partition("#")[0].rstrip("\\ ") for line in requirements.read_text().splitlines())
    return {_normal(name): version for name, _, version in (line.partition("==") for line in lines if "==" in line)}


def digests(requirements: Path) -> frozenset[str]:
    """The SHA-256 of every file that may be installed (`make lock` writes them)."""
    return frozenset(_HASH.findall(requirements.read_text()))


def fetch(requirements: Path, platforms: tuple[str, ...], python: str, cache: Path) -> list[Path]:
    """The wheels of all pins in `requirements` for one of `platforms` and `python` (such as 3.13), sorted by name."""
    folder = cache / f"python{python}-{platforms[0]}"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pins(requirements)
    if len(_found(folder, wanted)) < len(wanted):
        _download(requirements, platforms, python, folder)
    found = _found(folder, wanted)
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        raise WheelsUnavailable(
            f"no wheel for {', '.join(missing)} ({requirements.name}) on {platforms[0]}, Python {python}: pin another version"
        )
    _check([found[name] for name in sorted(found)], requirements)
    return [found[name] for name in sorted(found)]


def _check(wheels: list[Path], requirements: Path) -> None:
    """Also of those that lay in the cache: what is shipped is what was pinned."""
    allowed = digests(requirements)
    others = [w.name for w in wheels if hashlib.sha256(w.read_bytes()).hexdigest() not in allowed]
    if others:
        raise WheelsUnavailable(f"{', '.join(others)}: other bytes than {requirements.name} says; delete .cache/wheels")


def _found(folder: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    named = {path: path.name.split("-") for path in sorted(folder.glob("*.whl"))}
    return {_normal(p[0]): path for path, p in named.items() if wanted.get(_normal(p[0])) == p[1]}


def _download(requirements: Path, platforms: tuple[str, ...], python: str, folder: Path) -> None:
    target = [f"--platform={platform}" for platform in platforms]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
    wheels_only = [
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        f"--python-version={python}",
        "--implementation=cp",
        *target,
    ]
    command = [*pip, *wheels_only, "--dest", str(folder), "-r", str(requirements)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        said = [line for line in result.stderr.splitlines() if line.startswith("ERROR")] or ["no reason given"]
        raise WheelsUnavailable(
            f"the package registry that pip is set to does not deliver {requirements.name}"
            f" (see `pip config list`): {said[-1]}"
        )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
